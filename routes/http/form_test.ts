import { expect, test } from "bun:test";
import fc from "fast-check";
import { z } from "zod";
import { limits } from "../../actors/mod.ts";
import {
  check,
  checkboxSchema,
  cleanName,
  emailSchema,
  nameSchema,
  newPasswordSchema,
  passwordError,
  roleSchema,
} from "./form.ts";

test("cleanName() keeps scripts, emoji, joiners and markup as they are", () => {
  const names = [
    "Zoë Li",
    "محمد بن علي",
    "שרה כהן",
    "山田 太郎",
    "👩🏽‍🚀 Ana",
    "<b>Bob</b> & 'Ann' \"x\"",
    "می‌خواهم",
  ];
  for (const name of names) expect(cleanName(name)).toBe(name);
});

test("cleanName() takes out what cannot be seen and what would turn the text around", () => {
  expect(cleanName("  Inga \n\t Björk  ")).toBe("Inga Björk");
  expect(cleanName("Inga\u0000Björk\u0007")).toBe("Inga Björk");
  expect(cleanName("In\u200Bga\u2060\u00AD")).toBe("Inga");
  expect(cleanName("Inga\u202Ekrojb\u2069")).toBe("Ingakrojb");
  expect(cleanName("\uD83D Inga \uDE00")).toBe("Inga");
  expect(cleanName("Björk".normalize("NFD"))).toBe("Björk");
});

test("cleanName() answers well-formed text on one line, whatever comes, and is done after once", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const name = cleanName(text);
      expect(name.isWellFormed()).toBe(true);
      expect(name).not.toMatch(/[\u0000-\u001F\u007F\u202A-\u202E\u2066-\u2069]|^\s|\s$/);
      expect(cleanName(name)).toBe(name);
    }),
  );
});

test("a name needs something that can be seen, and ends at the limit", () => {
  const schema = z.object({ name: nameSchema });
  expect(check(schema, { name: " Inga " })).toEqual({ state: "ok", value: { name: "Inga" } });
  for (const name of ["", "   ", "\u200D\u200D", "\u202E"]) {
    expect(check(schema, { name })).toEqual({
      state: "invalid",
      errors: { name: "Enter a name." },
    });
  }
  expect(check(schema, {}).state).toBe("invalid");
  expect(check(schema, { name: "x".repeat(limits.nameUnitsMax) }).state).toBe("ok");
  expect(check(schema, { name: "x".repeat(limits.nameUnitsMax + 1) }).state).toBe("invalid");
});

test("an address needs two sides and no spaces or controls", () => {
  const isGood = (email: string) => emailSchema.safeParse(email).success;
  for (const email of ["inga@harbor.example", " ann@intranet ", "почта@пример.рф"]) {
    expect(isGood(email)).toBe(true);
  }
  const bad = ["", "inga", "inga@", "@harbor", "in ga@harbor", "a@b@c", "inga\u0000@harbor"];
  for (const email of bad) expect(isGood(email)).toBe(false);
  expect(isGood(`${"x".repeat(limits.emailUnitsMax)}@harbor`)).toBe(false);
});

test("a password is long enough, not too long, and not one letter", () => {
  const isGood = (password: string) => newPasswordSchema.safeParse(password).success;
  expect(isGood("correct horse")).toBe(true);
  expect(isGood(" spaces count ")).toBe(true);
  expect(isGood("x".repeat(limits.passwordUnitsMin))).toBe(false);
  expect(isGood("abcdefghi")).toBe(false);
  expect(isGood("abcdefghij".repeat(30))).toBe(false);
});

test("passwordError() refuses a password that everybody knows", () => {
  const inga = { email: "Inga@harbor.example", name: "Inga Björk" };
  expect(passwordError("inga@HARBOR.example", inga)).toContain("not your name");
  expect(passwordError("inga björk", inga)).toContain("not your name");
  expect(passwordError("correct horse", inga)).toBeUndefined();
});

test("check() tells the first thing that is wrong with each field", () => {
  const schema = z.object({ role: roleSchema, email: emailSchema, on: checkboxSchema });
  expect(check(schema, { role: "king", email: "x" })).toEqual({
    state: "invalid",
    errors: {
      role: "Choose a role from the list.",
      email: "Enter an e-mail address, such as name@example.org.",
    },
  });
  expect(check(schema, { role: "guest", email: "a@b", on: "on" })).toEqual({
    state: "ok",
    value: { role: "guest", email: "a@b", on: true },
  });
});
