import { afterEach, beforeEach, expect, test } from "bun:test";
import { limits } from "../../actors/mod.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { person } from "../../tests/support/people.ts";
import { sqliteMigrations } from "../sql/migrate.ts";
import { type OpenDatabase, openSqlite } from "../sqlite/open.ts";
import { accountSteps } from "./migrations/mod.ts";
import type { AccountSchema } from "./schema.ts";
import { SqlSessionStore } from "./session_store.ts";
import { SqlAccountStore } from "./store.ts";

const inga = person("Inga Björk");
const tariq = person("Tariq Aziz");
const desk = { device: "Firefox on Linux", address: "192.0.2.7" };
const phone = { device: "Safari on iPhone", address: "2001:db8::7" };

let clock: FakeClock;
let database: OpenDatabase<AccountSchema>;
let accounts: SqlAccountStore;
let sessions: SqlSessionStore;

beforeEach(async () => {
  clock = new FakeClock();
  database = await openSqlite<AccountSchema>(":memory:", sqliteMigrations(accountSteps));
  sessions = new SqlSessionStore(database, clock);
  accounts = new SqlAccountStore(database, (userId) => sessions.forget(userId));
  await accounts.create(inga, "hash");
  await accounts.create(tariq, "hash");
});

afterEach(() => database.close());

test("the token is nowhere in the database, and has 200 random bits", async () => {
  const { token } = await sessions.create(inga.id, desk);
  expect(token).toMatch(/^[a-z2-7]{40}$/);
  const rows = await database.kysely.selectFrom("session").selectAll().execute();
  expect(JSON.stringify(rows)).not.toContain(token);
  expect(new TextDecoder().decode(database.database.serialize())).not.toContain(token);
});

test("a full disk does not lock out who is signed in", async () => {
  const { token } = await sessions.create(inga.id, desk);
  const ended = await sessions.create(tariq.id, desk);
  await clock.jump(limits.sessionMsMax * 0.8);
  fillDisk();
  expect((await sessions.validate(token))?.account.id).toBe(inga.id);
  await clock.jump(limits.sessionMsMax);
  expect(await sessions.validate(ended.token)).toBeUndefined();
  await expect(sessions.create(inga.id, phone)).rejects.toMatchObject({ code: "store_full" });
});

/** Allows the file no further page, and makes every write to a session need one. */
function fillDisk(): void {
  database.database.run("create table filler (bytes blob)");
  for (const event of ["insert", "update", "delete"]) {
    database.database.run(
      `create trigger fill_on_${event} after ${event} on session
       begin insert into filler values (zeroblob(100000)); end`,
    );
  }
  const { page_count: pages } = database.database.query("pragma page_count").get() as {
    page_count: number;
  };
  database.database.run(`pragma max_page_count = ${pages}`);
}
