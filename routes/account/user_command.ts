/**
 * The `user` command of the server's command line: for whoever has the machine, and for the day on
 * which nobody can sign in. It works while the server runs.
 */

import { parseArgs } from "node:util";
import { z } from "zod";
import { SuiteError } from "../../actors/mod.ts";
import {
  check,
  emailSchema,
  nameSchema,
  newPasswordSchema,
  passwordError,
  roleSchema,
} from "../http/form.ts";
import type { Services } from "../services.ts";
import { newAccount } from "./ways_in.ts";

/** What the command works with. */
export type UserCommandServices = Pick<
  Services,
  "accounts" | "sessions" | "passwords" | "clock"
> & {
  /** Takes the lines of the answer; the standard output when nothing is given. */
  write?: (line: string) => void;
};

const USAGE = `Usage: suite user create --email ADDRESS --name NAME [--role administrator|member|guest] [--password PASSWORD]
       suite user reset-password --email ADDRESS [--password PASSWORD]
       suite user list
Without --password one is made up and printed.`;

const OPTIONS = {
  email: { type: "string" },
  name: { type: "string" },
  role: { type: "string" },
  password: { type: "string" },
} as const;

type Options = { [Name in keyof typeof OPTIONS]?: string | undefined };

/** Runs the command with the words after `user`; answers the exit code. */
export async function runUserCommand(
  args: readonly string[],
  services: UserCommandServices,
): Promise<number> {
  const write = services.write ?? ((line) => console.log(line));
  const parsed = parse(args);
  if (parsed.state === "invalid") {
    write(parsed.reason);
    write(USAGE);
    return 2;
  }
  try {
    await parsed.run(services, parsed.options, write);
    return 0;
  } catch (error) {
    if (!(error instanceof SuiteError)) throw error;
    write(error.message);
    return 1;
  }
}

type Run = (
  services: UserCommandServices,
  options: Options,
  write: (line: string) => void,
) => Promise<void>;

const COMMANDS: Record<string, Run> = {
  create: createUser,
  "reset-password": resetPassword,
  list: listUsers,
};

function parse(
  args: readonly string[],
): { state: "ok"; run: Run; options: Options } | { state: "invalid"; reason: string } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: OPTIONS,
      allowPositionals: true,
    });
    const [name = ""] = positionals;
    const run = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (run && positionals.length === 1) return { state: "ok", run, options: values };
    const received = positionals.join(" ");
    return { state: "invalid", reason: `Cannot run "user ${received}": there is no such command` };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { state: "invalid", reason: `Cannot read the options: ${reason}` };
  }
}

const accountSchema = z.object({
  email: emailSchema,
  name: nameSchema,
  role: roleSchema.optional(),
  password: newPasswordSchema.optional(),
});

const resetSchema = z.object({ email: emailSchema, password: newPasswordSchema.optional() });

async function createUser(
  services: UserCommandServices,
  options: Options,
  write: (line: string) => void,
): Promise<void> {
  const given = read("create the account", accountSchema, options);
  const isFirst = (await services.accounts.count()) === 0;
  const role = given.role ?? (isFirst ? "administrator" : "member");
  if (isFirst && role !== "administrator") {
    throw new SuiteError(
      "invalid",
      `Cannot create the account: expected the first one to be an administrator, received "${role}"`,
    );
  }
  const account = newAccount(services, { email: given.email, name: given.name, role });
  const password = given.password ?? generatePassword();
  refuseGivenAway(password, account);
  await services.accounts.create(account, await services.passwords.hash(password));
  write(`Created ${role} ${account.name} <${account.email}>`);
  if (given.password === undefined) write(`Password: ${password}`);
}

async function resetPassword(
  services: UserCommandServices,
  options: Options,
  write: (line: string) => void,
): Promise<void> {
  const given = read("reset the password", resetSchema, options);
  const found = await services.accounts.findByEmail(given.email);
  if (!found) {
    throw new SuiteError(
      "not_found",
      `Cannot reset the password: expected an account, received "${given.email}"`,
    );
  }
  const { account } = found;
  const password = given.password ?? generatePassword();
  refuseGivenAway(password, account);
  await services.accounts.setPasswordHash(account.id, await services.passwords.hash(password));
  const ended = await services.sessions.revokeAll(account.id);
  write(
    `Set a new password for ${account.name} <${account.email}>; sessions ended: ${ended.length}`,
  );
  if (given.password === undefined) write(`Password: ${password}`);
}

async function listUsers(
  services: UserCommandServices,
  _options: Options,
  write: (line: string) => void,
): Promise<void> {
  for (const { email, name, role, createdAt } of await services.accounts.list()) {
    write(
      [role.padEnd(13), new Date(createdAt).toISOString().slice(0, 10), email, name].join("  "),
    );
  }
}

function read<Value>(action: string, schema: z.ZodType<Value>, options: Options): Value {
  const form: Record<string, string> = {};
  for (const [name, value] of Object.entries(options)) if (value !== undefined) form[name] = value;
  const checked = check(schema, form);
  if (checked.state === "ok") return checked.value;
  const [[name, message] = ["", ""]] = Object.entries(checked.errors);
  throw new SuiteError("invalid", `Cannot ${action}: --${name}: ${message}`);
}

function refuseGivenAway(password: string, account: { email: string; name: string }): void {
  const error = passwordError(password, account);
  if (error) throw new SuiteError("invalid", `Cannot set the password: ${error}`);
}

const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";
const GROUPS = 5;
const GROUP_LETTERS = 4;

/** A hundred random bits, in letters that are not mistaken for each other. */
export function generatePassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(GROUPS * GROUP_LETTERS));
  const letters = Array.from(bytes, (byte) => LETTERS[byte % LETTERS.length]).join("");
  return letters.match(/.{4}/g)?.join("-") ?? letters;
}
