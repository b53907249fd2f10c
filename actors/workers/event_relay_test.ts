import { expect, test } from "bun:test";
import { noteEvent } from "../../tests/support/events.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { MemoryLog } from "../../tests/support/memory_log.ts";
import { openParkedEvents } from "../../tests/support/parked_events.ts";
import { type DomainEvent, type EventStream, limits, type Outbox } from "../mod.ts";
import { EventRelay } from "./event_relay.ts";

/** An outbox in memory, which notices when it is asked twice at the same time. */
class MemoryOutbox implements Outbox {
  readonly name = "document";
  readonly events: DomainEvent[] = [];
  overlaps = 0;
  #isRelaying = false;
  #written: () => void = () => {};

  write(...events: DomainEvent[]): void {
    this.events.push(...events);
    this.#written();
  }

  onWritten(callback: () => void): void {
    this.#written = callback;
  }

  async backlog() {
    return { oldestAt: this.events[0]?.at, waiting: this.events.length };
  }

  async relay(limit: number, publish: Parameters<Outbox["relay"]>[1]): Promise<number> {
    if (this.#isRelaying) this.overlaps++;
    this.#isRelaying = true;
    try {
      const events = this.events.slice(0, limit);
      if (events.length > 0) await publish(events, []);
      this.events.splice(0, events.length);
      return events.length;
    } finally {
      this.#isRelaying = false;
    }
  }
}

/** A stream that can be broken, and what it was given. */
class MemoryStream implements EventStream {
  readonly published: string[] = [];
  isBroken = false;
  calls = 0;

  async publish(events: readonly DomainEvent[]): Promise<void> {
    this.calls++;
    await Promise.resolve();
    if (this.isBroken) throw new Error("Cannot publish");
    this.published.push(...events.map(({ id }) => id));
  }

  consume(): Promise<() => Promise<void>> {
    throw new Error("Cannot consume: this stream is for writing");
  }

  async close(): Promise<void> {}
}

const parked = await openParkedEvents();

function start() {
  const clock = new FakeClock();
  const log = new MemoryLog();
  const stream = new MemoryStream();
  const outbox = new MemoryOutbox();
  const other = new MemoryOutbox();
  const relay = new EventRelay({ outboxes: [outbox, other], stream, parked, clock, log });
  return { clock, log, stream, outbox, other, relay };
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => `${index}`);

test("what was written is relayed at once, in order, from every outbox", async () => {
  const { relay, outbox, other, stream, clock } = start();
  outbox.write(noteEvent("before"));
  relay.start();
  relay.start();
  await clock.settle();
  expect(stream.published).toEqual(["before"]);
  outbox.write(noteEvent("1"), noteEvent("2"));
  outbox.write(noteEvent("3"));
  await clock.settle();
  other.write(noteEvent("4"));
  await clock.settle();
  expect(stream.published).toEqual(["before", "1", "2", "3", "4"]);
  await relay.stop();
});

test("many events take several rounds, and none at the same time", async () => {
  const { relay, outbox, stream, clock } = start();
  relay.start();
  const all = ids(limits.relayedEventsMax * 3 + 1);
  for (const id of all) outbox.write(noteEvent(id));
  await Promise.all([relay.flush(), relay.flush()]);
  await clock.settle();
  expect(stream.published).toEqual(all);
  expect(outbox.overlaps).toBe(0);
  await relay.stop();
});

test("events that nobody told about are found in time", async () => {
  const { relay, outbox, stream, clock } = start();
  relay.start();
  await clock.settle();
  outbox.events.push(noteEvent("left by a node that died"));
  await clock.advance(limits.relayMs * 1.3);
  expect(stream.published).toEqual(["left by a node that died"]);
  await relay.stop();
});

test("a stream that is away is not hurried, and gets everything when it is back", async () => {
  const { relay, outbox, other, stream, clock, log } = start();
  stream.isBroken = true;
  relay.start();
  await clock.settle();
  outbox.write(noteEvent("1"));
  await clock.settle();
  const { calls } = stream;
  for (const id of ids(50)) outbox.write(noteEvent(`later-${id}`));
  await clock.settle();
  expect(stream.calls).toBe(calls);
  await clock.advance(60_000);
  expect(stream.calls).toBeLessThan(30);
  stream.isBroken = false;
  await clock.advance(limits.relayRetryMsMax * 1.3);
  expect(stream.published).toHaveLength(51);
  expect(stream.published[0]).toBe("1");
  expect(other.events).toEqual([]);
  expect(log.lines.map(({ message }) => message)).toEqual([
    "Cannot relay events",
    "Events are relayed again",
  ]);
  await relay.stop();
});

test("what is no event is set aside, and holds nothing behind it", async () => {
  const { relay, outbox, stream, clock } = start();
  const hand = outbox.relay.bind(outbox);
  outbox.relay = (limit, publish) =>
    hand(limit, (events) => publish(events, [{ id: "broken", text: "{" }]));
  outbox.write(noteEvent("good"));
  relay.start();
  await clock.settle();
  expect(stream.published).toEqual(["good"]);
  const [broken] = await parked.list(9);
  expect(broken).toMatchObject({ group: "outbox", id: "broken", state: "set_aside" });
  await parked.discard(broken?.number ?? 0);
  await relay.stop();
});

test("flush() tries also while the stream is away", async () => {
  const { relay, outbox, stream, clock } = start();
  stream.isBroken = true;
  outbox.write(noteEvent("1"));
  relay.start();
  await clock.settle();
  stream.isBroken = false;
  await relay.flush();
  expect(stream.published).toEqual(["1"]);
  await relay.stop();
});

test("stop() waits for what is on its way and leaves no timer behind", async () => {
  const { relay, outbox, stream, clock } = start();
  relay.start();
  await clock.settle();
  outbox.write(noteEvent("1"));
  await relay.stop();
  expect(stream.published).toEqual(["1"]);
  outbox.write(noteEvent("2"));
  await clock.advance(60_000);
  expect(stream.published).toEqual(["1"]);
  expect(clock.timers).toBe(0);
});
