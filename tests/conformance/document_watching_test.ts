import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  ActorSystem,
  type Actors,
  type DocumentProjection,
  type DocumentTypes,
  documentBehavior,
  systemClock,
} from "../../actors/mod.ts";
import { documentDatabases, emptyOutbox, type TestDocuments } from "./databases.ts";

const quiet = { info() {}, warn() {}, error() {} };
const ada = { userId: "ada", linkId: undefined };

let opened: TestDocuments;
let documents: Actors<DocumentTypes>;
let id: string;

async function share(userId: string, role: "read" | undefined): Promise<void> {
  await documents.ask(id, { type: "share", by: ada, at: 5, userId, role });
}

async function project(given: Partial<DocumentProjection>): Promise<string[]> {
  const projection = { version: 1, title: "t", excerpt: "", text: "t", words: 1 };
  await opened.queries.project(id, { ...projection, changedAt: 8, changedBy: "ada", ...given });
  const events = await emptyOutbox(opened.outbox);
  return events.filter(({ type }) => type === "document.mentioned").map((event) => event.id);
}

describe.each(documentDatabases(systemClock))("notes in $name", ({ open, end }) => {
  beforeEach(async () => {
    opened = await open();
    const system = new ActorSystem({ clock: systemClock, log: quiet });
    documents = system.register(documentBehavior, opened.store);
    id = systemClock.mintId();
    await documents.ask(id, { type: "create", userId: "ada", at: 1, operationId: id, text: "x" });
    await emptyOutbox(opened.outbox);
  });

  afterEach(() => opened.close());
  afterAll(end);

  describe("are watched", () => {
    test("by their owner unless they do not want to", async () => {
      expect(await opened.queries.watchers(id)).toEqual(["ada"]);
      await opened.queries.setWatching(id, "ada", false);
      expect(await opened.queries.watchers(id)).toEqual([]);
      expect(await opened.queries.isWatching(id, "ada")).toBe(false);
      await opened.queries.setWatching(id, "ada", true);
      expect(await opened.queries.watchers(id)).toEqual(["ada"]);
      expect(await opened.queries.isWatching(id, "ada")).toBe(true);
    });

    test("by others when they said so, while they have access", async () => {
      await share("grace", "read");
      await share("linus", "read");
      expect(await opened.queries.watchers(id)).toEqual(["ada"]);
      for (const userId of ["grace", "ken"]) await opened.queries.setWatching(id, userId, true);
      expect((await opened.queries.watchers(id)).sort()).toEqual(["ada", "grace"]);
      expect(await opened.queries.isWatching(id, "grace")).toBe(true);
      expect(await opened.queries.isWatching(id, "linus")).toBe(false);
      expect(await opened.queries.isWatching(id, "ken")).toBe(false);
      await share("grace", undefined);
      expect(await opened.queries.watchers(id)).toEqual(["ada"]);
    });

    test("by nobody whose link has expired", async () => {
      const expiresAt = systemClock.now() - 1;
      const link = { id: "l1", role: "read", tokenHash: "hash", createdAt: 1, expiresAt } as const;
      await documents.ask(id, { type: "link", by: ada, at: 1, link });
      await documents.ask(id, { type: "join", userId: "grace", linkId: "l1", at: 1 });
      await opened.queries.setWatching(id, "grace", true);
      expect(await opened.queries.watchers(id)).toEqual(["ada"]);
    });
  });

  describe("name people", () => {
    test("and tell each of them once, in the transaction that shows it", async () => {
      const mentions = ["grace", "linus", "grace", "ada"];
      const toldBefore = opened.told();
      const projection = { version: 3, title: "t", excerpt: "", text: "t", words: 1, mentions };
      await opened.queries.project(id, { ...projection, changedAt: 8, changedBy: "ada" });
      expect(opened.told() - toldBefore).toBe(1);
      const mentioned = (userId: string) => ({
        ...{ id: `document.mentioned:${id}:${userId}:3`, type: "document.mentioned" },
        ...{ subjectId: id, at: 8, byId: "ada", userIds: [userId], data: { version: 3 } },
      });
      const [changed, ...events] = await emptyOutbox(opened.outbox);
      expect(changed?.type).toBe("document.changed");
      expect(events as unknown[]).toEqual([mentioned("grace"), mentioned("linus")]);
    });

    test("anew when they were not named in between, and by somebody unknown too", async () => {
      const named = (version: number) => `document.mentioned:${id}:grace:${version}`;
      expect(await project({ version: 1, mentions: ["grace"] })).toEqual([named(1)]);
      expect(await project({ version: 2, mentions: ["grace"] })).toEqual([]);
      expect(await project({ version: 3, mentions: [] })).toEqual([]);
      const guest = { version: 4, mentions: ["grace"], changedBy: "link:l1" };
      expect(await project(guest)).toEqual([named(4)]);
    });

    test("whom a caller does not know they name as before", async () => {
      await project({ version: 1, mentions: ["grace"] });
      await project({ version: 2 });
      expect(await project({ version: 3, mentions: ["grace"] })).toEqual([]);
    });

    test("tell nothing about an older text than the one that is shown", async () => {
      await project({ version: 5, mentions: [] });
      expect(await project({ version: 4, mentions: ["grace"] })).toEqual([]);
      // The same text, when somebody it names has an account by now.
      expect(await project({ version: 5, mentions: ["grace"] })).toHaveLength(1);
    });
  });

  test("take what was said about watching and naming with them", async () => {
    await project({ mentions: ["grace"] });
    await opened.queries.setWatching(id, "ada", false);
    await documents.ask(id, { type: "delete", by: ada, at: 5 });
    await documents.ask(id, { type: "purge", by: ada, at: 6 });
    for (const table of ["watch", "mention"] as const) {
      expect(await opened.database.kysely.selectFrom(table).selectAll().execute()).toEqual([]);
    }
  });
});
