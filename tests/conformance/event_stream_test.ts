/** What every stream of events promises, within one process and over Redis. */

import { afterEach, describe, expect, test } from "bun:test";
import { type DomainEvent, type EventStream, SuiteError, systemClock } from "../../actors/mod.ts";
import { LocalEventStream } from "../../db/alone/event_stream.ts";
import { RedisEventStream } from "../../db/redis/event_stream.ts";
import { startRedis } from "../../scripts/cluster/redis.ts";
import { noteEvent } from "../support/events.ts";
import { MemoryLog } from "../support/memory_log.ts";
import { openParkedEvents } from "../support/parked_events.ts";
import { TestRedis } from "../support/test_redis.ts";
import { waitFor } from "../support/wait_for.ts";

const redis = new TestRedis(startRedis);
const open = new Set<EventStream>();

afterEach(async () => {
  await Promise.all([...open].map((stream) => stream.close()));
  open.clear();
  await redis.server.command("FLUSHALL");
});

interface Kind {
  /** Streams of so many processes that share what is published. */
  streams(count: number): Promise<EventStream[]>;
  /** Publishes as a relay does: again and again until it is taken. */
  publish(stream: EventStream, events: readonly DomainEvent[]): Promise<void>;
}

const kinds: Record<string, Kind> = {
  "within a process": {
    async streams(count) {
      const parked = await openParkedEvents();
      const stream = new LocalEventStream({ parked, clock: systemClock, log: new MemoryLog() });
      return Array.from({ length: count }, () => stream);
    },
    async publish(stream, events) {
      const isTaken = () =>
        stream.publish(events).then(
          () => true,
          () => false,
        );
      await waitFor(isTaken);
    },
  },
  "over Redis": {
    async streams(count) {
      const parked = await openParkedEvents();
      const connections = await Promise.all(Array.from({ length: count }, () => redis.open()));
      return connections.map((connection) => {
        const consumer = systemClock.mintId();
        const options = { consumer, clock: systemClock, log: new MemoryLog(), parked };
        return new RedisEventStream(connection, options);
      });
    },
    publish: (stream, events) => stream.publish(events),
  },
};

async function start({ streams }: Kind, count: number): Promise<[EventStream, ...EventStream[]]> {
  const [first, ...others] = await streams(count);
  if (first === undefined) throw new Error("Cannot go on: wanted a stream");
  for (const stream of [first, ...others]) open.add(stream);
  return [first, ...others];
}

describe.each(Object.entries(kinds))("a stream of events %s", (_, kind) => {
  test("delivers every event to one node of each group", async () => {
    const [here, there] = await start(kind, 2);
    const taken: Record<string, string[]> = { inbox: [], lists: [] };
    for (const stream of [here, there ?? here]) {
      for (const [group, ids] of Object.entries(taken)) {
        await stream.consume(group, async ({ id }) => void ids.push(id));
      }
    }
    const events = Array.from({ length: 300 }, (_, index) =>
      noteEvent(`${index}`, { subjectId: `note-${index % 7}` }),
    );
    await kind.publish(here, events);
    for (const ids of Object.values(taken)) {
      await waitFor(() => ids.length >= events.length);
      expect(ids.toSorted()).toEqual(events.map(({ id }) => id).toSorted());
    }
  });

  test("hands events over as they were published", async () => {
    const [stream] = await start(kind, 1);
    const taken: DomainEvent[] = [];
    await stream.consume("inbox", async (event) => void taken.push(event));
    const event = noteEvent("one", { data: { role: "write — ✎", isNew: true }, userIds: [] });
    await kind.publish(stream, [event]);
    await waitFor(() => taken.length === 1);
    expect(taken).toEqual([event]);
  });

  test("keeps the order of a subject, however long each event takes", async () => {
    const [here, there] = await start(kind, 2);
    const taken = new Map<string, number[]>();
    const handler = async ({ id, subjectId }: DomainEvent) => {
      const turns = (Number(id) * 7) % 5;
      for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
      taken.set(subjectId, [...(taken.get(subjectId) ?? []), Number(id)]);
    };
    await here.consume("inbox", handler);
    await (there ?? here).consume("inbox", handler);
    const events = Array.from({ length: 400 }, (_, index) =>
      noteEvent(`${index}`, { subjectId: `note-${index % 5}` }),
    );
    for (let i = 0; i < events.length; i += 50) {
      await kind.publish(i % 100 === 0 ? here : (there ?? here), events.slice(i, i + 50));
    }
    await waitFor(() => [...taken.values()].flat().length === events.length);
    for (const ids of taken.values()) expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  });

  test("delivers an event again when its handler fails, and the others meanwhile", async () => {
    const [stream] = await start(kind, 1);
    const taken: string[] = [];
    let failures = 0;
    await stream.consume("inbox", async ({ id }) => {
      if (id === "bad" && failures++ < 2) throw new Error("No");
      taken.push(id);
    });
    await kind.publish(stream, [noteEvent("bad"), noteEvent("good"), noteEvent("better")]);
    await waitFor(() => taken.includes("bad"));
    expect(new Set(taken)).toEqual(new Set(["good", "better", "bad"]));
  });

  test("waits for what is broken, in order and for as long as it takes", async () => {
    const [stream] = await start(kind, 1);
    const taken: string[] = [];
    let isBroken = true;
    let tries = 0;
    await stream.consume("inbox", async ({ id }) => {
      tries++;
      if (isBroken) throw new SuiteError("store_failed", "Cannot save");
      taken.push(id);
    });
    const published = kind.publish(stream, [noteEvent("1"), noteEvent("2"), noteEvent("3")]);
    await waitFor(() => tries >= 3);
    expect(taken).toEqual([]);
    isBroken = false;
    await published;
    await waitFor(() => taken.length === 3);
    expect(taken).toEqual(["1", "2", "3"]);
  });

  test("delivers nothing to a consumer that was stopped", async () => {
    const [stream] = await start(kind, 1);
    const taken: string[] = [];
    const stop = await stream.consume("inbox", async ({ id }) => void taken.push(`old ${id}`));
    await kind.publish(stream, [noteEvent("1")]);
    await waitFor(() => taken.length === 1);
    await stop();
    await stream.consume("inbox", async ({ id }) => void taken.push(`new ${id}`));
    await kind.publish(stream, [noteEvent("2")]);
    await waitFor(() => taken.length === 2);
    expect(taken).toEqual(["old 1", "new 2"]);
  });
});
