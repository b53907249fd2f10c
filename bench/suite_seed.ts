/**
 * Makes people, their sessions and their notes in a data folder, through the suite's own services,
 * before the server that is measured starts. Takes a `SeedPlan` on standard input and answers with a
 * list of `Seat`s, note by note.
 */

import { type Account, SuiteError, toPersonId } from "../actors/mod.ts";
import { loadConfig } from "../config.ts";
import type { Services } from "../routes/services.ts";
import { start } from "../server.ts";

/** What to make. */
export interface SeedPlan {
  dataDir: string;
  /** Postgres instead of the folder. */
  databaseUrl?: string;
  notes: number;
  /** The owner included; the others may write. */
  peoplePerNote: number;
  text: string;
}

/** Somebody's place in a note. */
export interface Seat {
  note: string;
  session: string | undefined;
}

/** Notes that are made at once; in Postgres each waits for connections. */
const AT_ONCE = { embedded: 100, postgres: 20 };

async function seed(plan: SeedPlan): Promise<Seat[]> {
  const { dataDir, databaseUrl: url, notes, peoplePerNote, text } = plan;
  const quiet = () => {};
  const log = { info: quiet, warn: quiet, error: console.error };
  const { databases } = loadConfig({}, { DATABASE_URL: url });
  const suite = await start({ dataDir, databases, port: 0, host: "127.0.0.1", log });
  const { services } = suite;
  const passwordHash = await services.passwords.hash("nobody signs in with this");
  const seats: Seat[] = [];
  const atOnce = url === undefined ? AT_ONCE.embedded : AT_ONCE.postgres;
  for (let from = 0; from < notes; from += atOnce) {
    const numbers = Array.from({ length: Math.min(atOnce, notes - from) }, (_, i) => from + i);
    const made = await Promise.all(
      numbers.map((number) =>
        makeNote(services, { number, people: peoplePerNote, passwordHash, text }),
      ),
    );
    seats.push(...made.flat());
  }
  await suite.stop();
  return seats;
}

async function makeNote(
  services: Services,
  given: { number: number; people: number; passwordHash: string; text: string },
): Promise<Seat[]> {
  const { clock, documents } = services;
  const note = clock.mintId();
  const seats: Seat[] = [];
  let owner: Account | undefined;
  for (let i = 0; i < given.people; i++) {
    const name = `Editor ${given.number}.${i}`;
    const account = await makePerson(services, name, given.passwordHash);
    const at = clock.now();
    if (owner === undefined) {
      owner = account;
      const operationId = clock.mintId();
      await documents.ask(note, {
        type: "create",
        userId: owner.id,
        at,
        operationId,
        text: given.text,
      });
    } else {
      const by = { userId: owner.id, linkId: undefined };
      await documents.ask(note, { type: "share", by, at, userId: account.id, role: "write" });
    }
    const from = { device: "bench", address: "127.0.0.1" };
    const { token } = await services.sessions.create(account.id, from);
    seats.push({ note, session: token });
  }
  return seats;
}

async function makePerson(
  { accounts, clock }: Services,
  name: string,
  passwordHash: string,
): Promise<Account> {
  const id = toPersonId(clock.mintId());
  const account: Account = {
    id,
    email: `${id.toLowerCase()}@bench.example`,
    name,
    role: "member",
    timeZone: "UTC",
    language: "en",
    theme: "system",
    shortcuts: true,
    createdAt: clock.now(),
  };
  await accounts.create(account, passwordHash);
  return account;
}

if (import.meta.main) {
  try {
    console.log(JSON.stringify(await seed(await Bun.stdin.json())));
    process.exit(0);
  } catch (error) {
    console.error(error instanceof SuiteError ? error.message : error);
    process.exit(1);
  }
}
