import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type Account, type AccountStore, type Invitation, limits } from "../../actors/mod.ts";
import type { AccountSchema } from "../../db/account/schema.ts";
import { SqlAccountStore } from "../../db/account/store.ts";
import { MONDAY_MORNING, person, personId } from "../support/people.ts";
import { accountDatabases, type TestDatabase } from "./databases.ts";

let database: TestDatabase<AccountSchema>;
let changed: string[];
let store: AccountStore;

async function add(...accounts: Account[]): Promise<void> {
  for (const account of accounts) await store.create(account, `hash of ${account.name}`);
}

function invitation(createdBy: Account, given: Partial<Invitation> = {}): Invitation {
  return {
    id: `invitation of ${createdBy.name}`,
    role: "guest",
    createdBy: createdBy.id,
    createdAt: MONDAY_MORNING,
    expiresAt: MONDAY_MORNING + limits.invitationMsMax,
    usedAt: undefined,
    usedBy: undefined,
    ...given,
  };
}

describe.each(accountDatabases())("accounts in $name", ({ open, end }) => {
  beforeEach(async () => {
    database = await open();
    changed = [];
    store = new SqlAccountStore(database, (userId) => changed.push(userId));
  });

  afterEach(() => database.close());
  afterAll(end);

  test("an account is found by id and by address, and its hash only where it is asked for", async () => {
    const inga = person("Inga Björk", { shortcuts: false, theme: "dark", role: "administrator" });
    await add(inga);
    expect(await store.count()).toBe(1);
    expect(await store.find(inga.id)).toEqual(inga);
    expect(await store.find(personId("nobody"))).toBeUndefined();
    expect(await store.findAll([inga.id, personId("nobody")])).toEqual(new Map([[inga.id, inga]]));
    expect(await store.findAll([])).toEqual(new Map());
    expect(await store.findByEmail(" INGA@Harbor.example ")).toEqual({
      account: inga,
      passwordHash: "hash of Inga Björk",
    });
    expect(await store.findByEmail("olaf@harbor.example")).toBeUndefined();
    expect(await store.passwordHash(inga.id)).toBe("hash of Inga Björk");
    expect(await store.passwordHash(personId("nobody"))).toBeUndefined();
  });

  test("create() refuses an address that has an account, whatever its case", async () => {
    await add(person("Inga Björk"));
    const again = person("Another Inga", { email: "Inga@HARBOR.example" });
    await expect(store.create(again, "hash")).rejects.toMatchObject({
      code: "conflict",
      field: "email",
    });
    expect(await store.count()).toBe(1);
  });

  test("names keep their script, markup and emoji", async () => {
    const name = `<b>Zoë</b> 👩🏽‍🚀 مرحبا "quoted" 'and' \\ %_`;
    const zoe = person("Zoë", { name });
    await add(zoe);
    expect((await store.find(zoe.id))?.name).toBe(name);
  });

  test("people() answers the ones that exist, also for more ids than a statement has parameters", async () => {
    const [inga, tariq] = [person("Inga Björk"), person("Tariq Aziz")];
    await add(inga, tariq);
    const ids = [
      inga.id,
      ...Array.from({ length: 40_000 }, (_, i) => personId(`nobody ${i}`)),
      tariq.id,
    ];
    const found = await store.people(ids);
    expect([...found.keys()].sort()).toEqual([inga.id, tariq.id].sort());
    expect(found.get(tariq.id)).toEqual({ id: tariq.id, name: "Tariq Aziz", email: tariq.email });
    expect(await store.people([])).toEqual(new Map());
  });

  test("search() puts names that begin with the query first, then words, then any place", async () => {
    await add(
      person("Susan Marsh"),
      person("Joan Anders"),
      person("Ana Souza"),
      person("Peter Pan", { email: "captain@harbor.example" }),
    );
    const names = async (query: string, limit = 10) =>
      (await store.search(query, limit)).map((found) => found.name);
    expect(await names("an")).toEqual(["Ana Souza", "Joan Anders", "Peter Pan", "Susan Marsh"]);
    expect(await names("an", 2)).toEqual(["Ana Souza", "Joan Anders"]);
    expect(await names("captain")).toEqual(["Peter Pan"]);
    expect(await names("100%")).toEqual([]);
    expect(await names("s_san")).toEqual([]);
    expect(await names("\\")).toEqual([]);
    expect(await names("\0")).toEqual([]);
    expect(await names("", 2)).toHaveLength(2);
  });

  test("search() overlooks case and accents in any script", async () => {
    await add(person("Ángela Öztürk"), person("Ольга Белова"));
    expect(await store.search("angela ozt", 5)).toHaveLength(1);
    expect(await store.search("ОЛЬГА", 5)).toHaveLength(1);
  });

  test("list() is in the order of names", async () => {
    await add(person("Zoë Li"), person("Ángela Öztürk"), person("bob Stone"));
    expect((await store.list()).map((account) => account.name)).toEqual([
      "Ángela Öztürk",
      "bob Stone",
      "Zoë Li",
    ]);
  });

  test("update() changes what it is given, tells about it and keeps the search up to date", async () => {
    const inga = person("Inga Björk");
    await add(inga);
    const patch = {
      name: "Inga Berg",
      timeZone: "Asia/Tokyo",
      language: "sv-SE",
      theme: "light",
      shortcuts: false,
    } as const;
    await store.update(inga.id, patch);
    expect(await store.find(inga.id)).toEqual({ ...inga, ...patch });
    expect(await store.search("berg", 5)).toHaveLength(1);
    expect(await store.search("bjork", 5)).toHaveLength(0);
    expect(changed).toEqual([inga.id]);
    await store.update(inga.id, {});
    expect((await store.find(inga.id))?.name).toBe("Inga Berg");
  });

  test("update() and setPasswordHash() refuse an account that is not there", async () => {
    await expect(store.update(personId("nobody"), { name: "Nobody" })).rejects.toMatchObject({
      code: "not_found",
    });
    await expect(store.setPasswordHash(personId("nobody"), "hash")).rejects.toMatchObject({
      code: "not_found",
    });
  });

  test("setPasswordHash() replaces the hash", async () => {
    const inga = person("Inga Björk");
    await add(inga);
    await store.setPasswordHash(inga.id, "another hash");
    expect(await store.passwordHash(inga.id)).toBe("another hash");
  });

  test("the last administrator stays one, even when two step down at the same moment", async () => {
    const inga = person("Inga Björk", { role: "administrator" });
    const tariq = person("Tariq Aziz", { role: "administrator" });
    await add(inga, tariq, person("Zoë Li"));
    const results = await Promise.allSettled(
      [inga, tariq].map(({ id }) => store.update(id, { role: "guest" })),
    );
    expect(results.map((result) => result.status).sort()).toEqual(["fulfilled", "rejected"]);
    const roles = (await store.list()).map((account) => account.role);
    expect(roles.filter((role) => role === "administrator")).toHaveLength(1);
    await expect(store.update(tariq.id, { role: "member" })).rejects.toMatchObject({
      code: "conflict",
      field: "role",
    });
    await store.update(tariq.id, { role: "administrator", name: "Tariq A." });
    expect((await store.find(tariq.id))?.name).toBe("Tariq A.");
  });

  test("an invitation makes exactly one account, with its role", async () => {
    const inga = person("Inga Björk", { role: "administrator" });
    await add(inga);
    await store.createInvitation(invitation(inga), "token hash");
    expect(await store.findInvitation("token hash", MONDAY_MORNING)).toEqual(invitation(inga));
    const entry = { type: "invitation", tokenHash: "token hash" } as const;
    const guests = [person("Zoë Li", { role: "guest" }), person("Ana Souza", { role: "guest" })];
    const results = await Promise.allSettled(
      guests.map((guest) => store.create(guest, "hash", entry)),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(results.find(({ status }) => status === "rejected")).toMatchObject({
      reason: { code: "expired" },
    });
    const winner = results.findIndex(({ status }) => status === "fulfilled");
    expect(await store.count()).toBe(2);
    expect(await store.findInvitation("token hash", MONDAY_MORNING)).toBeUndefined();
    expect(await store.listInvitations()).toEqual([
      invitation(inga, { usedAt: MONDAY_MORNING, usedBy: guests[winner]?.id }),
    ]);
  });

  test("an invitation gives no other role than its own", async () => {
    const inga = person("Inga Björk", { role: "administrator" });
    await add(inga);
    await store.createInvitation(invitation(inga), "token hash");
    const climber = person("Zoë Li", { role: "administrator" });
    const entry = { type: "invitation", tokenHash: "token hash" } as const;
    await expect(store.create(climber, "hash", entry)).rejects.toMatchObject({ code: "expired" });
  });

  test("an invitation is not used up by an address that is taken", async () => {
    const inga = person("Inga Björk", { role: "administrator" });
    await add(inga);
    await store.createInvitation(invitation(inga), "token hash");
    const taken = person("Inga Again", { email: inga.email, role: "guest" });
    const entry = { type: "invitation", tokenHash: "token hash" } as const;
    await expect(store.create(taken, "hash", entry)).rejects.toMatchObject({ code: "conflict" });
    expect(await store.findInvitation("token hash", MONDAY_MORNING)).toBeDefined();
  });

  test("an invitation ends when it expires or is revoked", async () => {
    const inga = person("Inga Björk", { role: "administrator" });
    await add(inga);
    await store.createInvitation(invitation(inga), "first");
    await store.createInvitation(invitation(inga, { id: "second" }), "second");
    const later = MONDAY_MORNING + limits.invitationMsMax;
    expect(await store.findInvitation("first", later - 1)).toBeDefined();
    expect(await store.findInvitation("first", later)).toBeUndefined();
    const late = person("Zoë Li", { role: "guest", createdAt: later });
    const entry = { type: "invitation", tokenHash: "first" } as const;
    await expect(store.create(late, "hash", entry)).rejects.toMatchObject({ code: "expired" });
    await store.revokeInvitation("second");
    expect(await store.findInvitation("second", MONDAY_MORNING)).toBeUndefined();
  });

  test("revokeInvitation() keeps one that was used, because it tells how somebody came", async () => {
    const inga = person("Inga Björk", { role: "administrator" });
    await add(inga);
    await store.createInvitation(invitation(inga, { id: "one" }), "token hash");
    const entry = { type: "invitation", tokenHash: "token hash" } as const;
    await store.create(person("Zoë Li", { role: "guest" }), "hash", entry);
    await store.revokeInvitation("one");
    expect(await store.listInvitations()).toHaveLength(1);
  });

  test("the setup link makes the first account only, once, and not after it expired", async () => {
    const expiresAt = MONDAY_MORNING + limits.setupLinkMsMax;
    const entry = { type: "setup", tokenHash: "setup hash" } as const;
    expect(await store.isSetupToken("setup hash", MONDAY_MORNING)).toBe(false);
    await store.setSetupToken("older hash", expiresAt);
    await store.setSetupToken("setup hash", expiresAt);
    expect(await store.isSetupToken("older hash", MONDAY_MORNING)).toBe(false);
    expect(await store.isSetupToken("setup hash", expiresAt)).toBe(false);
    expect(await store.isSetupToken("setup hash", MONDAY_MORNING)).toBe(true);
    const both = [person("Inga Björk"), person("Tariq Aziz")];
    const results = await Promise.allSettled(
      both.map((account) => store.create({ ...account, role: "administrator" }, "hash", entry)),
    );
    expect(results.map((result) => result.status).sort()).toEqual(["fulfilled", "rejected"]);
    await store.setSetupToken("setup hash", expiresAt);
    expect(await store.isSetupToken("setup hash", MONDAY_MORNING)).toBe(false);
  });

  test("settings are set, replaced, removed, and begun only once", async () => {
    expect(await store.getSetting("motto")).toBeUndefined();
    expect(await store.initSetting("motto", "calm")).toBe("calm");
    expect(await store.initSetting("motto", "fast")).toBe("calm");
    await store.setSetting("motto", "dense");
    expect(await store.getSetting("motto")).toBe("dense");
    await store.setSetting("motto", undefined);
    expect(await store.getSetting("motto")).toBeUndefined();
  });

  test("of many administrators who step down at once, one stays", async () => {
    const people = Array.from({ length: 8 }, (_, i) =>
      person(`Admin${i} Björk`, { role: "administrator" }),
    );
    await add(...people);
    await Promise.allSettled(people.map(({ id }) => store.update(id, { role: "member" })));
    const roles = (await store.list()).map((account) => account.role);
    expect(roles.filter((role) => role === "administrator")).toHaveLength(1);
  });

  test("of many who use one invitation at once, one gets in", async () => {
    const inga = person("Inga Björk", { role: "administrator" });
    await add(inga);
    await store.createInvitation(invitation(inga), "token hash");
    const entry = { type: "invitation", tokenHash: "token hash" } as const;
    const guests = Array.from({ length: 8 }, (_, i) => person(`Guest${i} Li`, { role: "guest" }));
    await Promise.allSettled(guests.map((guest) => store.create(guest, "hash", entry)));
    expect(await store.count()).toBe(2);
  });

  test("of many who make accounts with one address at once, one does", async () => {
    const people = Array.from({ length: 8 }, (_, i) =>
      person(`Twin ${i}`, { email: "twin@harbor.example" }),
    );
    const results = await Promise.allSettled(people.map((it) => store.create(it, "hash")));
    const refused = results.filter((result) => result.status === "rejected");
    expect(refused.map(({ reason }) => reason.code)).toEqual(Array(7).fill("conflict"));
  });
});
