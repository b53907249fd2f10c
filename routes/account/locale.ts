/** Time zones and languages a person may choose, and what a browser lets us guess of them. */

import { z } from "zod";

/** Every IANA zone this runtime knows. */
export const TIME_ZONES: readonly string[] = [
  ...new Set([...Intl.supportedValuesOf("timeZone"), "UTC"]),
].sort();

const TIME_ZONE_SET = new Set(TIME_ZONES);

/** Languages whose dates and numbers one can have, by BCP 47 tag. */
export const LANGUAGES: readonly string[] = [
  ...["ar-EG", "ar-SA", "bg", "bn", "ca", "cs", "da", "de-AT", "de-CH", "de-DE", "el"],
  ...["en-AU", "en-CA", "en-GB", "en-IE", "en-IN", "en-NZ", "en-US", "en-ZA", "es-ES", "es-MX"],
  ...["et", "eu", "fa", "fi", "fil", "fr-BE", "fr-CA", "fr-CH", "fr-FR", "ga", "gl", "he", "hi"],
  ...["hr", "hu", "id", "is", "it-CH", "it-IT", "ja", "kk", "ko", "lt", "lv", "ms", "nb", "nl-BE"],
  ...["nl-NL", "nn", "pl", "pt-BR", "pt-PT", "ro", "ru", "sk", "sl", "sq", "sr", "sv-SE", "sw"],
  ...["ta", "th", "tr", "uk", "ur", "uz", "vi", "zh-CN", "zh-HK", "zh-TW"],
];

const LANGUAGE_SET = new Set(LANGUAGES);

/** Which country a language without one is most likely written in. */
const COMMON: ReadonlyMap<string, string> = new Map([
  ["ar", "ar-EG"],
  ["de", "de-DE"],
  ["en", "en-US"],
  ["es", "es-ES"],
  ["fr", "fr-FR"],
  ["it", "it-IT"],
  ["nl", "nl-NL"],
  ["no", "nb"],
  ["pt", "pt-PT"],
  ["sv", "sv-SE"],
  ["zh", "zh-CN"],
]);

/** A zone from the list. */
export const timeZoneSchema = z
  .string()
  .refine((zone) => TIME_ZONE_SET.has(zone), "Choose a time zone from the list.");

/** A language from the list. */
export const languageSchema = z
  .string()
  .refine((tag) => LANGUAGE_SET.has(tag), "Choose a language from the list.");

/** The zone if we know it, otherwise the server's own. */
export function guessTimeZone(zone: string | undefined): string {
  if (zone !== undefined && TIME_ZONE_SET.has(zone)) return zone;
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return TIME_ZONE_SET.has(own) ? own : "UTC";
}

/** The first language of an `Accept-Language` header that we have, or one that comes close. */
export function guessLanguage(acceptLanguage: string | undefined): string {
  const wanted = (acceptLanguage ?? "")
    .slice(0, 200)
    .split(",")
    .map((part) => part.split(";")[0]?.trim().toLowerCase() ?? "")
    .filter(Boolean);
  for (const tag of wanted) {
    const exact = LANGUAGES.find((known) => known.toLowerCase() === tag);
    const language = tag.split("-")[0] ?? "";
    const close = COMMON.get(language) ?? LANGUAGES.find((known) => known === language);
    const found = exact ?? close;
    if (found !== undefined) return found;
  }
  return "en-US";
}

/** A language in its own words, with where it is spoken when that matters. */
export function nameLanguage(tag: string): string {
  const name =
    new Intl.DisplayNames([tag], { type: "language", languageDisplay: "standard" }).of(tag) ?? tag;
  return name.charAt(0).toLocaleUpperCase(tag) + name.slice(1);
}
