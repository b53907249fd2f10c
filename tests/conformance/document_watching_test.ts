import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  ActorSystem,
  type Actors,
  type DocumentProjection,
  type DocumentTypes,
  documentBehavior,
  type PersonId,
  systemClock,
} from "../../actors/mod.ts";
import { personId } from "../support/people.ts";
import { documentDatabases, emptyOutbox, type TestDocuments } from "./databases.ts";

const ADA = personId("ada");
const GRACE = personId("grace");
const LINUS = personId("linus");

const quiet = { info() {}, warn() {}, error() {} };
const ada = { userId: ADA, linkId: undefined };

let opened: TestDocuments;
let documents: Actors<DocumentTypes>;
let id: string;

async function share(userId: PersonId, role: "read" | undefined): Promise<void> {
  await documents.ask(id, { type: "share", by: ada, at: 5, userId, role });
}

async function project(given: Partial<DocumentProjection>): Promise<string[]> {
  const projection = { version: 1, title: "t", excerpt: "", text: "t", words: 1 };
  await opened.queries.project(id, { ...projection, changedAt: 8, changedBy: ADA, ...given });
  const events = await emptyOutbox(opened.outbox);
  return events.filter(({ type }) => type === "document.mentioned").map((event) => event.id);
}

describe.each(documentDatabases(systemClock))("notes in $name", ({ open, end }) => {
  beforeEach(async () => {
    opened = await open();
    const system = new ActorSystem({ clock: systemClock, log: quiet });
    documents = system.register(documentBehavior, opened.store);
    id = systemClock.mintId();
    await documents.ask(id, { type: "create", userId: ADA, at: 1, operationId: id, text: "x" });
    await emptyOutbox(opened.outbox);
  });

  afterEach(() => opened.close());
  afterAll(end);

  describe("are watched", () => {
    test("by their owner unless they do not want to", async () => {
      expect(await opened.queries.watchers(id)).toEqual([ADA]);
      await opened.queries.setWatching(id, ADA, false);
      expect(await opened.queries.watchers(id)).toEqual([]);
      expect(await opened.queries.isWatching(id, ADA)).toBe(false);
      await opened.queries.setWatching(id, ADA, true);
      expect(await opened.queries.watchers(id)).toEqual([ADA]);
      expect(await opened.queries.isWatching(id, ADA)).toBe(true);
    });

    test("by others when they said so, while they have access", async () => {
      await share(GRACE, "read");
      await share(LINUS, "read");
      expect(await opened.queries.watchers(id)).toEqual([ADA]);
      for (const userId of [GRACE, personId("ken")])
        await opened.queries.setWatching(id, userId, true);
      expect((await opened.queries.watchers(id)).sort()).toEqual([ADA, GRACE]);
      expect(await opened.queries.isWatching(id, GRACE)).toBe(true);
      expect(await opened.queries.isWatching(id, LINUS)).toBe(false);
      expect(await opened.queries.isWatching(id, personId("ken"))).toBe(false);
      await share(GRACE, undefined);
      expect(await opened.queries.watchers(id)).toEqual([ADA]);
    });

    test("by nobody whose link has expired", async () => {
      const expiresAt = systemClock.now() - 1;
      const link = { id: "l1", role: "read", tokenHash: "hash", createdAt: 1, expiresAt } as const;
      await documents.ask(id, { type: "link", by: ada, at: 1, link });
      await documents.ask(id, { type: "join", userId: GRACE, linkId: "l1", at: 1 });
      await opened.queries.setWatching(id, GRACE, true);
      expect(await opened.queries.watchers(id)).toEqual([ADA]);
    });
  });

  describe("name people", () => {
    test("and tell each of them once, in the transaction that shows it", async () => {
      const mentions = [GRACE, LINUS, GRACE, ADA];
      const toldBefore = opened.told();
      const projection = { version: 3, title: "t", excerpt: "", text: "t", words: 1, mentions };
      await opened.queries.project(id, { ...projection, changedAt: 8, changedBy: ADA });
      expect(opened.told() - toldBefore).toBe(1);
      const mentioned = (userId: PersonId) => ({
        ...{ id: `document.mentioned:${id}:${userId}:3`, type: "document.mentioned" },
        ...{ subjectId: id, at: 8, byId: ADA, userIds: [userId], data: { version: 3 } },
      });
      const [changed, ...events] = await emptyOutbox(opened.outbox);
      expect(changed?.type).toBe("document.changed");
      expect(events as unknown[]).toEqual([mentioned(GRACE), mentioned(LINUS)]);
    });

    test("anew when they were not named in between, and by somebody unknown too", async () => {
      const named = (version: number) => `document.mentioned:${id}:${GRACE}:${version}`;
      expect(await project({ version: 1, mentions: [GRACE] })).toEqual([named(1)]);
      expect(await project({ version: 2, mentions: [GRACE] })).toEqual([]);
      expect(await project({ version: 3, mentions: [] })).toEqual([]);
      const guest = { version: 4, mentions: [GRACE], changedBy: "link:l1" };
      expect(await project(guest)).toEqual([named(4)]);
    });

    test("whom a caller does not know they name as before", async () => {
      await project({ version: 1, mentions: [GRACE] });
      await project({ version: 2 });
      expect(await project({ version: 3, mentions: [GRACE] })).toEqual([]);
    });

    test("tell nothing about an older text than the one that is shown", async () => {
      await project({ version: 5, mentions: [] });
      expect(await project({ version: 4, mentions: [GRACE] })).toEqual([]);
      // The same text, when somebody it names has an account by now.
      expect(await project({ version: 5, mentions: [GRACE] })).toHaveLength(1);
    });
  });

  test("take what was said about watching and naming with them", async () => {
    await project({ mentions: [GRACE] });
    await opened.queries.setWatching(id, ADA, false);
    await documents.ask(id, { type: "delete", by: ada, at: 5 });
    await documents.ask(id, { type: "purge", by: ada, at: 6 });
    for (const table of ["watch", "mention"] as const) {
      expect(await opened.database.kysely.selectFrom(table).selectAll().execute()).toEqual([]);
    }
  });
});
