/**
 * `bun run populate`: fills a data folder with a made-up team and what it writes, for screenshots, for
 * trying things out and for the benches. The same seed makes the same people and the same notes on the
 * same day; only the secrets (passwords, links) are other ones each time.
 */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Account, SuiteError, systemClock } from "../actors/mod.ts";
import { loadConfig } from "../config.ts";
import { openAccounts } from "../db/account.ts";
import { createLog } from "../db/log.ts";
import { generatePassword } from "../routes/account/user_command.ts";
import { newPasswordSchema, passwordError } from "../routes/http/form.ts";
import { start } from "../server.ts";
import { fill } from "./populate/fill.ts";
import { PEOPLE_MAX, PEOPLE_MIN } from "./populate/people.ts";
import { type Plan, plan } from "./populate/plan.ts";
import { readLanguages } from "./populate/texts.ts";

/** What to fill, and with how much. */
export interface PopulateOptions {
  /** The folder; that of the settings when it is left out. */
  dataDir?: string | undefined;
  people?: number;
  notes?: number;
  seed?: number;
  /** Everybody's password; one is made up when it is left out. */
  password?: string | undefined;
  /** The moment until which everything happens, in milliseconds; this one when it is left out. */
  now?: number;
}

/** What was made. */
export interface Populated {
  dataDir: string;
  plan: Plan;
  administrator: Account;
  password: string;
}

const NOTES_MAX = 5_000;
const PAGE_UNITS = 3_000;
const USAGE = `Usage: bun run populate [--data DIR] [--people 12] [--notes 200] [--seed 1] [--password TEXT]
Fills a data folder without accounts with a made-up team and its notes. Everybody has the same password;
without --password one is made up and printed.`;

/**
 * Fills a data folder. Throws a SuiteError `conflict` when there are accounts already, and `invalid` for
 * a password that nobody could choose.
 */
export async function populate(options: PopulateOptions = {}): Promise<Populated> {
  const { people = 12, notes = 200, seed = 1, now = systemClock.now() } = options;
  const { dataDir } = loadConfig(options.dataDir === undefined ? {} : { dataDir: options.dataDir });
  const planned = plan({ people, notes, seed, now, languages: await readLanguages() });
  const [administrator] = planned.accounts;
  if (!administrator) throw new Error("Cannot populate: there is no administrator");
  const password = options.password ?? generatePassword();
  for (const account of planned.accounts) assertPassword(password, account);
  await assertEmpty(dataDir);
  const log = createLog({ level: "warn" });
  const suite = await start({ port: 0, host: "127.0.0.1", publicUrl: undefined, dataDir, log });
  try {
    await fill(suite.services, planned, password);
  } finally {
    // Stopping projects what waits, so that lists and search know every note.
    await suite.stop();
  }
  return { dataDir, plan: planned, administrator, password };
}

function assertPassword(password: string, account: Account): void {
  const checked = newPasswordSchema.safeParse(password);
  const error = checked.error?.issues[0]?.message ?? passwordError(password, account);
  if (error) throw new SuiteError("invalid", `Cannot populate: --password: ${error}`);
}

/** Looked at before a suite starts there: that would tidy up what is not ours. */
async function assertEmpty(dataDir: string): Promise<void> {
  const { accounts, close } = await openAccounts(join(dataDir, "account.db"), systemClock);
  const count = await accounts.count().finally(close);
  if (count === 0) return;
  throw new SuiteError(
    "conflict",
    `Cannot populate "${dataDir}": expected a folder without accounts, received one with ${count}`,
  );
}

/** What people are told at the end. */
export function describe({ dataDir, plan, administrator, password }: Populated): string {
  const { accounts, notes, pins } = plan;
  const count = (holds: (note: Plan["notes"][number]) => boolean) => notes.filter(holds).length;
  const roleCount = (role: string) => accounts.filter((account) => account.role === role).length;
  const units = notes.reduce((sum, note) => sum + note.text.length, 0);
  const longest = Math.max(...notes.map((note) => note.text.length));
  const operations = notes.flatMap((note) => note.operations);
  const edits = operations.filter(({ type }) => type === "edit" || type === "create").length;
  const languages = new Set(notes.map((note) => note.language)).size;
  return [
    `Filled ${dataDir}`,
    `  ${accounts.length} people: ${roleCount("administrator")} administrator, ${roleCount("member")} members, ${roleCount("guest")} guest`,
    `  ${notes.length} notes in ${languages} languages: ${(units / 1e6).toFixed(1)} million characters, the longest has ${Math.ceil(longest / PAGE_UNITS)} pages`,
    `  ${count((note) => note.members.size > 0)} shared with people, ${count((note) => note.links.size > 0)} by link, ${pins.length} pins, ${count((note) => note.deleted)} in the trash, ${edits.toLocaleString("en")} edits`,
    "",
    `Sign in as  ${administrator.email}  (${administrator.name}, administrator)`,
    `Password    ${password}  (everybody's)`,
  ].join("\n");
}

function readOptions(args: readonly string[]): PopulateOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: "string" },
      people: { type: "string", default: "12" },
      notes: { type: "string", default: "200" },
      seed: { type: "string", default: "1" },
      password: { type: "string" },
    },
  });
  return {
    dataDir: values.data,
    people: readNumber("people", values.people, { min: PEOPLE_MIN, max: PEOPLE_MAX }),
    notes: readNumber("notes", values.notes, { min: 1, max: NOTES_MAX }),
    seed: readNumber("seed", values.seed, { min: 0, max: Number.MAX_SAFE_INTEGER }),
    password: values.password,
  };
}

function readNumber(name: string, text: string, range: { min: number; max: number }): number {
  const { min, max } = range;
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new SuiteError(
    "invalid",
    `Cannot populate: expected --${name} from ${min} to ${max}, received "${text}"`,
  );
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    console.log(USAGE);
    return 0;
  }
  let options: PopulateOptions;
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${USAGE}`);
    return 2;
  }
  try {
    const started = performance.now();
    console.log(describe(await populate(options)));
    console.log(`\nDone in ${((performance.now() - started) / 1_000).toFixed(1)} s`);
    return 0;
  } catch (error) {
    console.error(error instanceof SuiteError ? error.message : error);
    return 1;
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
