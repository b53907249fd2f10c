import { expect, test } from "bun:test";
import {
  guessLanguage,
  guessTimeZone,
  LANGUAGES,
  languageSchema,
  nameLanguage,
  TIME_ZONES,
  timeZoneSchema,
} from "./locale.ts";

test("every zone and language of the lists can be used", () => {
  for (const timeZone of TIME_ZONES) {
    expect(() => new Intl.DateTimeFormat("en", { timeZone })).not.toThrow();
    expect(timeZoneSchema.safeParse(timeZone).success).toBe(true);
  }
  expect(Intl.DateTimeFormat.supportedLocalesOf([...LANGUAGES])).toHaveLength(LANGUAGES.length);
  for (const tag of LANGUAGES) expect(languageSchema.safeParse(tag).success).toBe(true);
  expect(TIME_ZONES).toContain("UTC");
});

test("a zone or language that is not in the lists is refused", () => {
  for (const zone of ["", "Mars/Olympus", "Europe/Lisbon\u0000"]) {
    expect(timeZoneSchema.safeParse(zone).success).toBe(false);
  }
  expect(languageSchema.safeParse("tlh").success).toBe(false);
});

test("guessTimeZone() takes what the browser says when it is a zone", () => {
  expect(guessTimeZone("Asia/Tokyo")).toBe("Asia/Tokyo");
  const own = guessTimeZone(undefined);
  expect(TIME_ZONES).toContain(own);
  expect(guessTimeZone("Mars/Olympus")).toBe(own);
});

test("guessLanguage() takes the first language it has, or one that comes close", () => {
  expect(guessLanguage("de-AT,de;q=0.9,en;q=0.8")).toBe("de-AT");
  expect(guessLanguage("de")).toBe("de-DE");
  expect(guessLanguage("fr-LU")).toBe("fr-FR");
  expect(guessLanguage("ja-JP")).toBe("ja");
  expect(guessLanguage("tlh, sv")).toBe("sv-SE");
  for (const header of [undefined, "", "*", ";;,", "constructor"]) {
    expect(guessLanguage(header)).toBe("en-US");
  }
});

test("nameLanguage() uses the language's own words", () => {
  expect(nameLanguage("de-AT")).toBe("Deutsch (Österreich)");
  expect(nameLanguage("fi")).toBe("Suomi");
});
