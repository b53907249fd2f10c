import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type DomainEvent, systemClock } from "../../actors/mod.ts";
import { writeEvent } from "../../db/sql/outbox.ts";
import { personId } from "../support/people.ts";
import { documentDatabases, emptyOutbox, type TestDocuments } from "./databases.ts";

const ADA = personId("ada");
const GRACE = personId("grace");

function trashed(name: string): DomainEvent {
  const type = "document.trashed";
  return { id: name, type, subjectId: name, at: 5, byId: ADA, userIds: [GRACE], data: {} };
}

let opened: TestDocuments;

async function write(...names: string[]): Promise<void> {
  for (const name of names) await writeEvent(opened.database.kysely, trashed(name));
}

describe.each(documentDatabases(systemClock))("an outbox in $name", ({ open, end }) => {
  beforeEach(async () => {
    opened = await open();
  });

  afterEach(() => opened.close());
  afterAll(end);

  test("hands out the oldest events as they were written, a part at a time", async () => {
    await write("one", "two", "three");
    const parts: DomainEvent[][] = [];
    const publish = async (events: DomainEvent[]) => void parts.push(events);
    expect(await opened.outbox.relay(2, publish)).toBe(2);
    expect(await opened.outbox.relay(2, publish)).toBe(1);
    expect(await opened.outbox.relay(2, publish)).toBe(0);
    expect(parts).toEqual([[trashed("one"), trashed("two")], [trashed("three")]]);
  });

  test("keeps events that could not be published", async () => {
    await write("one");
    const failed = opened.outbox.relay(9, async () => {
      throw new Error("the stream is away");
    });
    await expect(failed).rejects.toThrow("the stream is away");
    expect(await emptyOutbox(opened.outbox)).toEqual([trashed("one")]);
  });

  test("hands out what is no event beside the events, and is done with both", async () => {
    await write("one", "two");
    const table = opened.database.kysely.updateTable("outbox");
    await table.set({ event: '{"id":"one"' }).where("event_id", "=", "one").execute();
    const handed: unknown[] = [];
    const relayed = opened.outbox.relay(9, async (...given) => void handed.push(...given));
    expect(await relayed).toBe(2);
    expect(handed).toEqual([[trashed("two")], [{ id: "one", text: '{"id":"one"' }]]);
    expect(await opened.outbox.backlog()).toEqual({ oldestAt: undefined, waiting: 0 });
  });

  test("says how many wait and how old the oldest is", async () => {
    await writeEvent(opened.database.kysely, trashed("old"), 70);
    await write("one", "two");
    expect(await opened.outbox.backlog()).toEqual({ oldestAt: 5, waiting: 3 });
    await opened.outbox.relay(1, async () => {});
    expect(await opened.outbox.backlog()).toEqual({ oldestAt: 5, waiting: 2 });
  });

  test("tells a repeat once", async () => {
    await write("one", "one");
    expect(await emptyOutbox(opened.outbox)).toHaveLength(1);
  });

  test("never hands out the same event twice at the same time", async () => {
    const names = Array.from({ length: 20 }, (_, i) => `event ${i}`);
    await write(...names);
    const handed: string[] = [];
    const publish = async (events: DomainEvent[]) => {
      handed.push(...events.map(({ id }) => id));
      await Promise.resolve();
    };
    while (handed.length < names.length) {
      await Promise.all(Array.from({ length: 4 }, () => opened.outbox.relay(3, publish)));
    }
    expect(handed.sort()).toEqual(names.sort());
  });

  test("takes events while others are handed out", async () => {
    await write("one");
    const { promise: published, resolve } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const relayed = opened.outbox.relay(9, () => {
      begin();
      return published;
    });
    await begun;
    await write("two");
    resolve();
    expect(await relayed).toBe(1);
    expect(await emptyOutbox(opened.outbox)).toEqual([trashed("two")]);
  });
});
