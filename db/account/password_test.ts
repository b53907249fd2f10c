import { expect, test } from "bun:test";
import { limits } from "../../actors/mod.ts";
import { Argon2idHasher } from "./password.ts";

test("hash() makes an Argon2id hash with the recommended parameters", async () => {
  const hash = await new Argon2idHasher().hash("correct horse battery");
  expect(hash).toStartWith("$argon2id$v=19$m=19456,t=2,p=1$");
});

test("verify() accepts the password and nothing else", async () => {
  const hasher = new Argon2idHasher();
  const hash = await hasher.hash("correct horse battery");
  expect(await hasher.verify("correct horse battery", hash)).toBe(true);
  expect(await hasher.verify("correct horse batterY", hash)).toBe(false);
  expect(await hasher.verify("", hash)).toBe(false);
});

test("verify() answers false when there is no hash", async () => {
  expect(await new Argon2idHasher().verify("correct horse battery", undefined)).toBe(false);
});

test("a password may be composed differently by another keyboard", async () => {
  const hasher = new Argon2idHasher();
  const hash = await hasher.hash("Zoë's café");
  expect(await hasher.verify("Zoë's café".normalize("NFD"), hash)).toBe(true);
});

test("more passwords than wait are refused as busy, and the others are answered", async () => {
  const hasher = new Argon2idHasher();
  const count = limits.passwordHashesMax + limits.passwordHashesWaitingMax;
  // A cheap hash, so that two hundred of them do not keep the tests waiting.
  const hash = await Bun.password.hash("secret", { algorithm: "bcrypt", cost: 4 });
  const checks = Array.from({ length: count + 1 }, () => hasher.verify("secret", hash));
  const results = await Promise.allSettled(checks);
  const refused = results.filter((result) => result.status === "rejected");
  expect(refused).toHaveLength(1);
  expect(refused[0]).toMatchObject({ reason: { code: "busy", retryAfterSeconds: 5 } });
  expect(results.filter((result) => result.status === "fulfilled" && result.value)).toHaveLength(
    count,
  );
  expect(await hasher.verify("secret", hash)).toBe(true);
});

test("a check that fails gives its place back", async () => {
  const hasher = new Argon2idHasher();
  const hash = await Bun.password.hash("secret", { algorithm: "bcrypt", cost: 4 });
  for (let i = 0; i <= limits.passwordHashesMax; i++) {
    await expect(hasher.verify("secret", "no hash at all")).rejects.toThrow();
  }
  expect(await hasher.verify("secret", hash)).toBe(true);
});
