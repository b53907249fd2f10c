import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { limits, type Session } from "../../actors/mod.ts";
import type { AccountSchema } from "../../db/account/schema.ts";
import { SqlSessionStore } from "../../db/account/session_store.ts";
import { SqlAccountStore } from "../../db/account/store.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { MONDAY_MORNING, person } from "../support/people.ts";
import { accountDatabases, type TestDatabase } from "./databases.ts";

const inga = person("Inga Björk");
const tariq = person("Tariq Aziz");
const desk = { device: "Firefox on Linux", address: "192.0.2.7" };
const phone = { device: "Safari on iPhone", address: "2001:db8::7" };

let clock: FakeClock;
let database: TestDatabase<AccountSchema>;
let accounts: SqlAccountStore;
let sessions: SqlSessionStore;
let forgotten: string[];
/** Sessions of which it was told that they ended. */
let told: string[];

describe.each(accountDatabases())("sessions in $name", ({ open, end }) => {
  beforeEach(async () => {
    clock = new FakeClock();
    database = await open();
    forgotten = [];
    told = [];
    const onForget = (userId: string) => forgotten.push(userId);
    const onEnded = async (ids: readonly string[]) => void told.push(...ids);
    sessions = new SqlSessionStore(database, clock, { onForget, onEnded });
    accounts = new SqlAccountStore(database, (userId) => sessions.changed(userId));
    await accounts.create(inga, "hash");
    await accounts.create(tariq, "hash");
  });

  afterEach(() => database.close());
  afterAll(end);

  test("a token names a session and the account it belongs to", async () => {
    const { token, session } = await sessions.create(inga.id, desk);
    expect(session).toMatchObject({
      ...desk,
      userId: inga.id,
      createdAt: MONDAY_MORNING,
      lastUsedAt: MONDAY_MORNING,
    });
    const checked = await sessions.validate(token);
    expect(checked?.account).toEqual(inga);
    expect(checked?.session).toMatchObject({ id: session.id, userId: inga.id, ...desk });
    expect(await sessions.validate(`${token}x`)).toBeUndefined();
    expect(await sessions.validate(session.id)).toBeUndefined();
    expect(await sessions.validate("")).toBeUndefined();
  });

  test("the token is in no column, and has 200 random bits", async () => {
    const { token } = await sessions.create(inga.id, desk);
    expect(token).toMatch(/^[a-z2-7]{40}$/);
    const rows = await database.kysely.selectFrom("session").selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  test("a session ends after thirty days without use", async () => {
    const { token, session } = await sessions.create(inga.id, desk);
    expect(Math.abs(session.expiresAt - (MONDAY_MORNING + limits.sessionMsMax))).toBeLessThan(
      1_000,
    );
    await clock.jump(limits.sessionMsMax + 1_000);
    expect(await sessions.validate(token)).toBeUndefined();
    expect(await sessions.list(inga.id)).toEqual([]);
  });

  test("a session that is used goes on for thirty days more", async () => {
    const { token } = await sessions.create(inga.id, desk);
    for (let use = 0; use < 4; use++) {
      await clock.jump(limits.sessionMsMax * 0.8);
      expect(await sessions.validate(token)).toBeDefined();
    }
  });

  test("the last use is written down once a minute at most", async () => {
    const { token } = await sessions.create(inga.id, desk);
    await clock.jump(limits.sessionTouchMs - 1);
    await sessions.validate(token);
    expect((await sessions.list(inga.id))[0]?.lastUsedAt).toBe(MONDAY_MORNING);
    await clock.jump(limits.sessionCacheMs);
    await sessions.validate(token);
    expect((await sessions.list(inga.id))[0]?.lastUsedAt).toBe(clock.now());
  });

  test("a checked session is trusted for a moment, then asked for again", async () => {
    const { token } = await sessions.create(inga.id, desk);
    await sessions.validate(token);
    await database.kysely.deleteFrom("session").execute();
    await clock.jump(limits.sessionCacheMs - 1);
    expect(await sessions.validate(token)).toBeDefined();
    await clock.jump(1);
    expect(await sessions.validate(token)).toBeUndefined();
  });

  test("revoke() ends one session at once, also one that was checked a moment ago", async () => {
    const first = await sessions.create(inga.id, desk);
    const second = await sessions.create(inga.id, phone);
    await sessions.validate(first.token);
    expect(await sessions.revoke(inga.id, first.session.id)).toBe(true);
    expect(await sessions.validate(first.token)).toBeUndefined();
    expect(await sessions.validate(second.token)).toBeDefined();
  });

  test("revoke() does not end somebody else's session", async () => {
    const { token, session } = await sessions.create(inga.id, desk);
    expect(await sessions.revoke(tariq.id, session.id)).toBe(false);
    expect(await sessions.validate(token)).toBeDefined();
  });

  test("a check that began before a revocation is not remembered after it", async () => {
    const { token, session } = await sessions.create(inga.id, desk);
    await Promise.all([sessions.validate(token), sessions.revoke(inga.id, session.id)]);
    expect(await sessions.validate(token)).toBeUndefined();
  });

  test("revokeAll() ends all sessions of a person but the kept one, and names them", async () => {
    const kept = await sessions.create(inga.id, desk);
    const ended = [await sessions.create(inga.id, phone), await sessions.create(inga.id, phone)];
    const other = await sessions.create(tariq.id, desk);
    for (const { token } of [kept, ...ended, other]) await sessions.validate(token);
    const ids = await sessions.revokeAll(inga.id, kept.session.id);
    expect(ids.sort()).toEqual(ended.map(({ session }) => session.id).sort());
    for (const { token } of ended) expect(await sessions.validate(token)).toBeUndefined();
    expect(await sessions.validate(kept.token)).toBeDefined();
    expect(await sessions.validate(other.token)).toBeDefined();
    expect(await sessions.revokeAll(inga.id)).toEqual([kept.session.id]);
    expect(await sessions.validate(kept.token)).toBeUndefined();
  });

  test("list() shows a person's sessions, last used first", async () => {
    const older = await sessions.create(inga.id, desk);
    await clock.jump(60_000);
    const newer = await sessions.create(inga.id, phone);
    await sessions.create(tariq.id, desk);
    const listed = await sessions.list(inga.id);
    expect(listed.map(({ id }) => id)).toEqual([newer.session.id, older.session.id]);
  });

  test("a changed account shows at once in a session that was checked a moment ago", async () => {
    const { token } = await sessions.create(inga.id, desk);
    await sessions.validate(token);
    await accounts.update(inga.id, { theme: "dark", role: "guest" });
    expect((await sessions.validate(token))?.account).toMatchObject({
      theme: "dark",
      role: "guest",
    });
  });

  test("deleteExpired() leaves only sessions that still work", async () => {
    await sessions.create(inga.id, desk);
    await clock.jump(limits.sessionMsMax / 2);
    const { session } = await sessions.create(inga.id, phone);
    await clock.jump(limits.sessionMsMax / 2 + 1_000);
    await sessions.deleteExpired();
    const rows = await database.kysely.selectFrom("session").select("id").execute();
    expect(rows).toEqual([{ id: session.id }]);
  });

  test("a person has so many sessions; the one that was not used for longest ends first", async () => {
    const first = await sessions.create(inga.id, desk);
    await sessions.validate(first.token);
    const other = await sessions.create(tariq.id, desk);
    for (let i = 0; i < limits.sessionsPerPersonMax; i++) {
      await clock.jump(1_000);
      await sessions.create(inga.id, phone);
    }
    expect(await sessions.list(inga.id)).toHaveLength(limits.sessionsPerPersonMax);
    expect(await sessions.validate(first.token)).toBeUndefined();
    expect(await sessions.validate(other.token)).toBeDefined();
  });

  test("ended() says which of many are over, and that the others are in use", async () => {
    const [one, other] = [
      await sessions.create(inga.id, desk),
      await sessions.create(tariq.id, phone),
    ];
    const tokens = [one.token, other.token, "nobody's"];
    expect(await sessions.ended([])).toEqual([]);
    expect(await sessions.ended(tokens)).toEqual(["nobody's"]);
    await clock.jump(limits.sessionTouchMs);
    await sessions.revoke(tariq.id, other.session.id);
    expect(await sessions.ended(tokens)).toEqual([other.token, "nobody's"]);
    expect((await sessions.list(inga.id))[0]?.lastUsedAt).toBe(clock.now());
    await clock.jump(limits.sessionMsMax);
    expect(await sessions.ended(tokens)).toEqual(tokens);
  });

  test("endedIds() says which of many are none anymore, without believing what was checked", async () => {
    const one = await sessions.create(inga.id, desk);
    const two = await sessions.create(tariq.id, phone);
    await sessions.validate(one.token);
    const ids = [one.session.id, two.session.id, "never was"];
    expect(await sessions.endedIds([])).toEqual([]);
    expect(await sessions.endedIds(ids)).toEqual(["never was"]);
    await database.kysely.deleteFrom("session").where("user_id", "=", inga.id).execute();
    expect(await sessions.endedIds(ids)).toEqual([one.session.id, "never was"]);
    await clock.jump(limits.sessionMsMax + 1_000);
    expect(await sessions.endedIds(ids)).toEqual(ids);
  });

  const ways: Record<string, (one: { token: string; session: Session }) => Promise<unknown>> = {
    "revoke()": ({ session }) => sessions.revoke(inga.id, session.id),
    "revokeAll()": () => sessions.revokeAll(inga.id),
    "too many of a person": async () => {
      for (let i = 0; i < limits.sessionsPerPersonMax; i++) {
        await clock.jump(1);
        await sessions.create(inga.id, desk);
      }
    },
    "deleteExpired()": async () => {
      await clock.jump(limits.sessionMsMax + 1_000);
      await sessions.deleteExpired();
    },
    "validate() after its time": async ({ token }) => {
      await clock.jump(limits.sessionMsMax + 1_000);
      await sessions.validate(token);
    },
  };

  test.each(Object.entries(ways))(
    "%s tells which sessions ended, and no others",
    async (_, end) => {
      const one = await sessions.create(inga.id, desk);
      await clock.jump(1);
      const others = [
        await sessions.create(inga.id, phone),
        await sessions.create(tariq.id, phone),
      ];
      const before = [one, ...others].map(({ session }) => session.id);
      await end(one);
      const rows = await database.kysely.selectFrom("session").select("id").execute();
      const left = new Set(rows.map(({ id }) => id));
      expect(left).not.toContain(one.session.id);
      expect(told.toSorted()).toEqual(before.filter((id) => !left.has(id)).sort());
    },
  );

  test("forget() reads again what another process has changed, and tells nobody", async () => {
    const { token } = await sessions.create(inga.id, desk);
    await sessions.validate(token);
    await database.kysely.deleteFrom("session").execute();
    sessions.forget(tariq.id);
    expect(await sessions.validate(token)).toBeDefined();
    sessions.forget(inga.id);
    expect(await sessions.validate(token)).toBeUndefined();
    expect(forgotten).toEqual([]);
  });

  test("whoever changes a session or an account has other processes told", async () => {
    const { session } = await sessions.create(inga.id, desk);
    await sessions.revoke(inga.id, session.id);
    await sessions.revokeAll(tariq.id);
    await accounts.update(inga.id, { theme: "dark" });
    expect(forgotten).toEqual([inga.id, tariq.id, inga.id]);
  });
});
