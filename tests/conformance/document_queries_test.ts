import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  ActorSystem,
  type Actors,
  type DocumentOperation,
  type DocumentProjection,
  type DocumentTypes,
  documentBehavior,
  type PersonId,
  systemClock,
} from "../../actors/mod.ts";
import { personId } from "../support/people.ts";
import { documentDatabases, emptyOutbox, loadLiving, type TestDocuments } from "./databases.ts";

const ADA = personId("ada");
const GRACE = personId("grace");
const LINUS = personId("linus");

const quiet = { info() {}, warn() {}, error() {} };
const ada = { userId: ADA, linkId: undefined };

let opened: TestDocuments;
let documents: Actors<DocumentTypes>;

/** Actors with nothing in memory, over the same database. */
function restart(): void {
  const system = new ActorSystem({ clock: systemClock, log: quiet });
  documents = system.register(documentBehavior, opened.store);
}

async function create(text: string, userId = ADA): Promise<string> {
  const id = systemClock.mintId();
  const at = systemClock.now();
  await documents.ask(id, { type: "create", userId, at, operationId: `create-${id}`, text });
  return id;
}

function edit(base: number, delta: (number | string)[], operationId: string): DocumentOperation {
  const caret = undefined;
  return { type: "edit", by: ada, at: 5, operationId, client: "c", base, delta, caret };
}

async function project(id: string, title: string, text: string, changedAt = 1): Promise<void> {
  const version = (await loadLiving(opened.store, id))?.version ?? 0;
  await opened.queries.project(id, { ...projection(version, title), text, changedAt });
}

function projection(version: number, title = "Title"): DocumentProjection {
  const [excerpt, text, changedBy] = ["", title, ADA];
  return { version, title, excerpt, text, words: 1, changedAt: 1, changedBy };
}

describe.each(documentDatabases(systemClock))("the read side in $name", ({ open, end }) => {
  beforeEach(async () => {
    opened = await open();
    restart();
  });

  afterEach(() => opened.close());
  afterAll(end);

  describe("sharing", () => {
    test("is stored, counted and taken back with its link", async () => {
      const id = await create("x");
      const link = {
        id: "l1",
        role: "write",
        tokenHash: "hash",
        createdAt: 1,
        expiresAt: undefined,
      } as const;
      await documents.ask(id, { type: "share", by: ada, at: 5, userId: GRACE, role: "read" });
      await documents.ask(id, { type: "link", by: ada, at: 5, link });
      await documents.ask(id, { type: "join", userId: LINUS, linkId: "l1", at: 5 });
      restart();
      expect(await opened.queries.role(id, GRACE)).toBe("read");
      expect(await opened.queries.role(id, LINUS)).toBe("write");
      expect(await opened.queries.role(id, personId("ken"))).toBeUndefined();
      expect((await opened.queries.audience(id)).sort()).toEqual([ADA, GRACE, LINUS]);
      expect(await opened.queries.summary(id)).toMatchObject({ memberCount: 2, linkCount: 1 });
      expect(await opened.queries.link("hash", 9)).toEqual({ documentId: id, link });
      await documents.ask(id, { type: "unlink", by: ada, at: 6, linkId: "l1" });
      expect(await opened.queries.link("hash", 9)).toBeUndefined();
      expect(await opened.queries.role(id, LINUS)).toBeUndefined();
      await documents.ask(id, { type: "share", by: ada, at: 7, userId: GRACE, role: undefined });
      expect(await opened.queries.role(id, GRACE)).toBeUndefined();
    });

    test("makes people acquainted, for as long as they have something in common", async () => {
      const ken = personId("ken");
      const share = (id: string, userId: PersonId, by: PersonId, isShared = true) => {
        const shared = { userId, role: isShared ? ("read" as const) : undefined };
        const principal = { userId: by, linkId: undefined };
        return documents.ask(id, { type: "share", by: principal, at: 5, ...shared });
      };
      const link = (id: string, expiresAt: number | undefined) =>
        ({ id, role: "read", tokenHash: `hash ${id}`, createdAt: 1, expiresAt }) as const;
      const [adas, kens, lauras] = [await create("a"), await create("k", ken), await create("l")];
      await share(adas, GRACE, ADA);
      await share(kens, GRACE, ken);
      await share(kens, LINUS, ken);
      const past = systemClock.now() - 1;
      await documents.ask(lauras, { type: "link", by: ada, at: 1, link: link("gone", past) });
      await documents.ask(lauras, { type: "link", by: ada, at: 1, link: link("good", undefined) });
      await documents.ask(lauras, {
        type: "join",
        userId: personId("mina"),
        linkId: "gone",
        at: 1,
      });
      await documents.ask(lauras, {
        type: "join",
        userId: personId("nora"),
        linkId: "good",
        at: 1,
      });
      const known = async (userId: PersonId) =>
        (await opened.queries.acquaintances(userId, 9)).toSorted();
      expect(await known(GRACE)).toEqual([ADA, ken, LINUS]);
      expect(await known(LINUS)).toEqual([GRACE, ken]);
      expect(await known(ADA)).toEqual([GRACE, personId("nora")]);
      expect(await known(personId("mina"))).toEqual([]);
      expect(await known(personId("nora"))).toEqual([ADA]);
      expect(await known(personId("nobody"))).toEqual([]);
      expect(await opened.queries.acquaintances(GRACE, 2)).toHaveLength(2);
      await share(kens, GRACE, ken, false);
      expect(await known(GRACE)).toEqual([ADA]);
    });

    test("by a link ends when the link expires", async () => {
      const id = await create("x");
      const expiresAt = systemClock.now() - 1;
      const link = { id: "l1", role: "read", tokenHash: "hash", createdAt: 1, expiresAt } as const;
      await documents.ask(id, { type: "link", by: ada, at: 1, link });
      await documents.ask(id, { type: "join", userId: GRACE, linkId: "l1", at: 1 });
      expect(await opened.queries.role(id, GRACE)).toBeUndefined();
      expect((await opened.queries.list(GRACE, {})).items).toEqual([]);
      expect(await opened.queries.link("hash", systemClock.now())).toBeUndefined();
    });
  });

  describe("list()", () => {
    test("shows what one owns or was given, by scope", async () => {
      const mine = await create("mine");
      const given = await create("given", GRACE);
      const trashed = await create("trashed");
      await create("hidden", GRACE);
      const by = { userId: GRACE, linkId: undefined };
      await documents.ask(given, { type: "share", by, at: 5, userId: ADA, role: "read" });
      await documents.ask(trashed, { type: "delete", by: ada, at: 5 });
      const ids = async (scope: "all" | "mine" | "shared" | "trash") =>
        (await opened.queries.list(ADA, { scope })).items.map(({ id }) => id).sort();
      expect(await ids("all")).toEqual([mine, given].sort());
      expect(await ids("mine")).toEqual([mine]);
      expect(await ids("shared")).toEqual([given]);
      expect(await ids("trash")).toEqual([trashed]);
      expect((await opened.queries.expired(6, { limit: 9 })).items).toEqual([
        { id: trashed, ownerId: ADA },
      ]);
      expect((await opened.queries.expired(5, { limit: 9 })).items).toEqual([]);
    });

    test("puts pinned ones first and pages without a gap or a repeat, in every order", async () => {
      const all: string[] = [];
      for (let i = 0; i < 23; i++) {
        const id = await create("x");
        await project(id, `Title ${i % 7}`, "x");
        all.push(id);
      }
      const pinned = all[11] ?? "";
      await opened.queries.setPinned(pinned, ADA, true);
      await opened.queries.setPinned(pinned, ADA, true);
      for (const sort of ["changed", "created", "title"] as const) {
        const seen: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await opened.queries.list(ADA, { sort, cursor, limit: 5 });
          seen.push(...page.items.map(({ id }) => id));
          cursor = page.nextCursor;
        } while (cursor);
        expect(seen[0]).toBe(pinned);
        expect([...seen].sort()).toEqual([...all].sort());
      }
      await opened.queries.setPinned(pinned, ADA, false);
      const { items } = await opened.queries.list(ADA, { cursor: "made up", limit: 1 });
      expect(items[0]?.pinned).toBe(false);
    });

    test("finds words as one types them, in every script", async () => {
      const texts = {
        french: "Le café est près de l'église",
        japanese: "東京の会議は来週の火曜日です",
        thai: "ประชุมวันอังคาร",
        arabic: "اجتماع يوم الثلاثاء",
        code: "call foo_bar(42)",
      };
      const ids: Record<string, string> = {};
      for (const [name, text] of Object.entries(texts)) {
        const id = await create(text);
        await project(id, name, text);
        ids[name] = id;
      }
      const find = async (query: string) =>
        (await opened.queries.list(ADA, { query })).items.map(({ id }) => id);
      expect(await find("cafe egl")).toEqual([ids.french ?? ""]);
      expect(await find("火曜")).toEqual([ids.japanese ?? ""]);
      expect(await find("会議 東京")).toEqual([ids.japanese ?? ""]);
      expect(await find("火日")).toEqual([]);
      expect(await find("วันอัง")).toEqual([ids.thai ?? ""]);
      expect(await find("الثلا")).toEqual([ids.arabic ?? ""]);
      expect(await find("foo")).toEqual([ids.code ?? ""]);
      expect(await find('" OR *')).toEqual([]);
      expect(await find("NOT french")).toEqual([]);
    });
  });

  describe("projections", () => {
    const changes = async () =>
      (await emptyOutbox(opened.outbox)).filter(({ type }) => type === "document.changed");

    test("are behind until they are made", async () => {
      const id = await create("Title");
      expect((await opened.queries.unprojected({ limit: 9 })).items).toEqual([id]);
      await project(id, "Title", "Title");
      expect((await opened.queries.unprojected({ limit: 9 })).items).toEqual([]);
      await documents.ask(id, edit(1, ["x"], "operation-1"));
      expect((await opened.queries.unprojected({ limit: 9 })).items).toEqual([id]);
    });

    test("tell that a text has changed, once for each version", async () => {
      const id = await create("Title");
      const toldBefore = opened.told();
      await opened.queries.project(id, { ...projection(1), changedBy: GRACE, changedAt: 8 });
      await opened.queries.project(id, projection(1));
      await opened.queries.project(id, { ...projection(2), changedBy: "link:l1" });
      expect(opened.told() - toldBefore).toBe(2);
      expect(await changes()).toEqual([
        {
          ...{ id: `document.changed:${id}:1`, type: "document.changed", subjectId: id, at: 8 },
          ...{ byId: GRACE, userIds: [GRACE], data: { version: 1 } },
        },
        {
          ...{ id: `document.changed:${id}:2`, type: "document.changed", subjectId: id, at: 1 },
          ...{ byId: undefined, userIds: [], data: { version: 2 } },
        },
      ] as never);
    });

    test("are not made from an older text than the one that is shown", async () => {
      const id = await create("Title");
      await opened.queries.project(id, projection(5, "newer"));
      await opened.queries.project(id, projection(4, "older"));
      expect((await opened.queries.summary(id))?.title).toBe("newer");
      expect((await opened.queries.list(ADA, { query: "older" })).items).toEqual([]);
      await opened.queries.project(id, projection(5, "rebuilt"));
      expect((await opened.queries.list(ADA, { query: "rebuilt" })).items).toHaveLength(1);
    });

    test("end with the newest when many are made at once", async () => {
      const id = await create("Title");
      const versions = [3, 9, 1, 7, 10, 2, 8, 5, 4, 6];
      await Promise.all(
        versions.map((version) => opened.queries.project(id, projection(version, `v${version}`))),
      );
      expect((await opened.queries.summary(id))?.title).toBe("v10");
      const found = async (query: string) =>
        (await opened.queries.list(ADA, { query })).items.length;
      expect(await found("v10")).toBe(1);
      expect(await found("v9")).toBe(0);
      const told = (await changes()).map(({ data }) => data.version);
      expect(told).toContain(10);
      expect(told).toEqual(told.toSorted((a, b) => Number(a) - Number(b)));
    });

    test("of a note that is not there are nothing", async () => {
      await opened.queries.project(systemClock.mintId(), projection(1));
      expect(await changes()).toEqual([]);
    });
  });

  describe("search()", () => {
    const find = async (query: string) =>
      (await opened.queries.list(ADA, { query })).items.map(({ title }) => title).sort();

    test("overlooks case and accents, in the text and in what is typed", async () => {
      await project(await create("x"), "one", "Über die Brücke nach Ålesund, ΟΔΟΣ και ЁЛКА");
      for (const query of ["uber", "BRUCKE", "brücke alesund", "οδος", "ΟΔΟΣ", "ёлка"]) {
        expect([query, await find(query)]).toEqual([query, ["one"]]);
      }
      expect(await find("ubel")).toEqual([]);
    });

    test("finds the beginning of words and not their middle", async () => {
      await project(await create("x"), "one", "An extraordinary meeting");
      expect(await find("extra meet")).toEqual(["one"]);
      expect(await find("ordinary")).toEqual([]);
      expect(await find("e")).toEqual(["one"]);
    });

    test("finds a phrase of an unspaced script far into a long text", async () => {
      const filler = "今日は晴れです。".repeat(3_000);
      await project(await create("x"), "long", `${filler}来週の会議${filler}`);
      expect(await find("来週の会議")).toEqual(["long"]);
      expect(await find("会議来週")).toEqual([]);
    });

    test("finds every word of a long text", async () => {
      const words = Array.from({ length: 60_000 }, (_, i) => `w${i.toString(36)}x`).join(" ");
      await project(await create("x"), "long", words);
      expect(await find("w0x")).toEqual(["long"]);
      expect(await find(`w${(59_999).toString(36)}x w${(30_000).toString(36)}x`)).toEqual(["long"]);
    });

    test("takes signs for nothing but what is between words", async () => {
      await project(await create("x"), "one", "it's 'quoted' \\ a:b & c|d !e <-> f* (g)");
      for (const query of ["it's", "'quoted'", "a:b", "c|d", "!e", "<-> f*", "(g)", "\\ a"]) {
        expect([query, await find(query)]).toEqual([query, ["one"]]);
      }
      for (const query of ["'", "\\", "<->", ":*", "!", "\0"]) {
        expect([query, await find(query)]).toEqual([query, []]);
      }
    });

    test("finds mixed words and very long ones", async () => {
      const long = "x".repeat(5_000);
      await project(await create("x"), "one", `第3回 foo東京bar ${long}`);
      for (const query of ["第3回", "3", "foo", "東京", "bar", "x".repeat(150)]) {
        expect([query, await find(query)]).toEqual([query, ["one"]]);
      }
    });
  });

  describe("list() in order of titles", () => {
    test("does not tell apart case, and pages over titles that are the same but for it", async () => {
      for (const title of ["beta", "Alpha", "alpha", "Émile", "ALPHA", "Beta", "émile"]) {
        await project(await create("x"), title, title);
      }
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await opened.queries.list(ADA, { sort: "title", cursor, limit: 2 });
        seen.push(...page.items.map(({ title }) => title));
        cursor = page.nextCursor;
      } while (cursor);
      expect(seen).toEqual(["ALPHA", "alpha", "Alpha", "Beta", "beta", "Émile", "émile"]);
    });

    test("begins at the beginning for a cursor of another order or one made up", async () => {
      await create("x");
      await create("y");
      const page = await opened.queries.list(ADA, { sort: "title", limit: 1 });
      const made = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
      for (const cursor of [page.nextCursor, made([0, 1.5, 2]), made([0, "\0", 2]), made(null)]) {
        const { items } = await opened.queries.list(ADA, { cursor });
        expect(items).toHaveLength(2);
      }
    });
  });
});
