/** Reads forms, cleans what people typed, and says what is wrong with it field by field. */

import type { Context } from "hono";
import { z } from "zod";
import { limits, type Role, type Theme } from "../../actors/mod.ts";
import { isForm, isJson } from "./body.ts";
import { bodyOriginOf } from "./body_gate.ts";
import type { Env } from "./env.ts";
import { type FormField, FormParser } from "./form_parser.ts";

/** What a form sent, by field. */
export type Form = Readonly<Record<string, string>>;

/** What is wrong with a form, by field, in words a person can act on. */
export type FieldErrors = Readonly<Record<string, string>>;

/** The outcome of checking a form. */
export type Checked<Value> =
  | { state: "ok"; value: Value }
  | { state: "invalid"; errors: FieldErrors };

/** The fields of the request's form; of several with one name, the last. */
export async function readForm(c: Context<Env>): Promise<Form> {
  return Object.fromEntries(await readFields(c));
}

/** All values of one field, such as those that were selected in a list. */
export async function readValues(c: Context<Env>, name: string): Promise<string[]> {
  return (await readFields(c)).flatMap(([other, value]) => (other === name ? [value] : []));
}

/** What the JSON in the request's body says; undefined when it is none. */
export async function readJson(c: Context<Env>): Promise<unknown> {
  const { body } = c.var;
  if (body === undefined || !isJson(c.req.raw.headers)) return undefined;
  const decoder = new TextDecoder();
  let text = "";
  await body.read(bodyOriginOf(c), (slice) => {
    text += decoder.decode(slice, { stream: true });
  });
  try {
    return JSON.parse(text + decoder.decode());
  } catch {
    return undefined;
  }
}

/**
 * Name and value of each field, in the order of the form. A body is read once, by whoever asks first: the
 * check of its token, or its route.
 */
export function readFields(c: Context<Env>): Promise<readonly FormField[]> {
  if (c.var.fields === undefined) c.set("fields", parseFields(c));
  return c.var.fields ?? Promise.resolve([]);
}

async function parseFields(c: Context<Env>): Promise<readonly FormField[]> {
  const { body } = c.var;
  if (body === undefined || !isForm(c.req.raw.headers)) return [];
  const parser = new FormParser({
    fieldsMax: limits.formFieldsMax,
    nameBytesMax: limits.formNameBytesMax,
    valueBytesMax: limits.formValueBytesMax,
  });
  await body.read(bodyOriginOf(c), (slice) => parser.push(slice));
  return parser.end();
}

/** Checks a form against a schema. */
export function check<Value>(schema: z.ZodType<Value>, form: Form): Checked<Value> {
  const parsed = schema.safeParse(form);
  if (parsed.success) return { state: "ok", value: parsed.data };
  const errors: Record<string, string> = {};
  for (const issue of parsed.error.issues) errors[String(issue.path[0])] ??= issue.message;
  return { state: "invalid", errors };
}

// Characters that reorder the text around them: a name with one could dress up as another.
const BIDI_CONTROLS = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;
const CONTROLS = /[\u0000-\u001F\u007F-\u009F\u2028\u2029\uFEFF]/g;
// Characters without a width; joiners stay, as emoji and some scripts are written with them.
const INVISIBLE = /[\u00AD\u180E\u200B\u2060-\u2064]/g;
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;

/** A name on one line, without what cannot be seen and what would disturb the text around it. */
export function cleanName(text: string): string {
  return text
    .replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, "")
    .replace(BIDI_CONTROLS, "")
    .replace(INVISIBLE, "")
    .replace(CONTROLS, " ")
    .replace(/\s+/gu, " ")
    .trim()
    .normalize("NFC");
}

/** A person's name. */
export const nameSchema = z
  .string({ error: "Enter a name." })
  .transform(cleanName)
  .refine((name) => VISIBLE.test(name), "Enter a name.")
  .refine(
    (name) => name.length <= limits.nameUnitsMax,
    `Use a shorter name, ${limits.nameUnitsMax} characters at most.`,
  );

/** An e-mail address, as far as a form can know one. */
export const emailSchema = z
  .string({ error: "Enter an e-mail address." })
  .transform((email) => email.trim().normalize("NFC"))
  .refine(
    (email) => /^[^\s@\p{C}]+@[^\s@\p{C}]+$/u.test(email) && email.length <= limits.emailUnitsMax,
    "Enter an e-mail address, such as name@example.org.",
  );

/** A new password. */
export const newPasswordSchema = z
  .string({ error: "Choose a password." })
  .refine(
    (password) => password.length >= limits.passwordUnitsMin,
    `Choose a longer password, ${limits.passwordUnitsMin} characters or more.`,
  )
  .refine(
    (password) => password.length <= limits.passwordUnitsMax,
    `Choose a shorter password, ${limits.passwordUnitsMax} characters at most.`,
  )
  .refine(
    (password) => new Set(password).size > 3,
    "Choose a password that is harder to guess, such as four random words.",
  );

/** The error of a password that the account gives away, if it does. */
export function passwordError(
  password: string,
  account: { email: string; name: string },
): string | undefined {
  const given = password.toLowerCase();
  const isGivenAway = [account.email, account.name].some((text) => text.toLowerCase() === given);
  return isGivenAway ? "Choose a password that is not your name or address." : undefined;
}

const ROLES: readonly Role[] = ["administrator", "member", "guest"];
const THEMES: readonly Theme[] = ["system", "light", "dark"];

/** A role of the suite. */
export const roleSchema = z.enum(ROLES, { error: "Choose a role from the list." });

/** How the suite looks. */
export const themeSchema = z.enum(THEMES, { error: "Choose a theme from the list." });

/** A checkbox: browsers leave it out of the form when it is off. */
export const checkboxSchema = z
  .string()
  .optional()
  .transform((value) => value !== undefined);
