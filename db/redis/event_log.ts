/** The stream of events in Redis, with the commands that writers and readers need. */

import { type DomainEvent, limits, parseEvent } from "../../actors/mod.ts";
import type { RedisCommands, RedisConnection } from "./open.ts";

const KEY = "suite:events";
const PENDING_PAGE = 100;

/** An event in the stream; undefined where it cannot be read. */
export interface EventEntry {
  id: string;
  event: DomainEvent | undefined;
  /** As it stands there. */
  text: string;
  /** How often it was delivered. */
  deliveries: number;
}

type RawEntry = [id: string, fields: string[]];

/** The stream, as one consumer of one group sees it. */
export interface Reader {
  group: string;
  consumer: string;
}

/** Appends events, in order. */
export async function append(redis: RedisConnection, events: readonly DomainEvent[]) {
  await redis.run(async (commands) => {
    const pipeline = commands.pipeline();
    for (const event of events) {
      const text = JSON.stringify(event);
      pipeline.xadd(KEY, "MAXLEN", "~", limits.eventsKeptMax, "*", "event", text);
    }
    for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
  });
}

/** Makes the group, from the beginning of the stream, unless there is one. */
export async function ensureGroup(redis: RedisConnection, group: string): Promise<void> {
  await redis.run((commands) =>
    commands.xgroup("CREATE", KEY, group, "0", "MKSTREAM").catch((error: Error) => {
      if (!error.message.startsWith("BUSYGROUP")) throw error;
    }),
  );
}

/** Waits for events that nobody of the group has got, on a connection of its own. */
export async function readNew(
  commands: RedisCommands,
  { group, consumer, count }: Reader & { count: number },
): Promise<EventEntry[]> {
  const block = ["COUNT", count, "BLOCK", limits.eventBlockMs, "STREAMS", KEY, ">"] as const;
  const reply = await commands.xreadgroup("GROUP", group, consumer, ...block);
  const [stream] = (reply ?? []) as [key: string, entries: RawEntry[]][];
  return (stream?.[1] ?? []).map((entry) => toEntry(entry, 1));
}

/**
 * Takes over what was delivered and never acknowledged, oldest first, except what is in hand; then
 * forgets consumers who have nothing left.
 */
export async function claimPending(
  redis: RedisConnection,
  { group, consumer, inHand }: Reader & { inHand: { has(id: string): boolean } },
): Promise<EventEntry[]> {
  const claimed: EventEntry[] = [];
  let from = "-";
  while (true) {
    const pending = await redis.run(
      (commands) =>
        commands.xpending(KEY, group, from, "+", PENDING_PAGE) as Promise<
          [id: string, consumer: string, idleMs: number, deliveries: number][]
        >,
    );
    const deliveries = new Map(pending.map(([id, , , count]) => [id, count]));
    const ids = [...deliveries.keys()].filter((id) => !inHand.has(id));
    if (ids.length > 0) {
      const entries = await redis.run((commands) =>
        commands.call("xclaim", KEY, group, consumer, 0, ...ids),
      );
      for (const entry of (entries as (RawEntry | null)[]).filter((entry) => entry !== null)) {
        claimed.push(toEntry(entry, (deliveries.get(entry[0]) ?? 0) + 1));
      }
    }
    const last = pending.at(-1);
    if (last === undefined || pending.length < PENDING_PAGE) break;
    from = `(${last[0]}`;
  }
  await forgetIdle(redis, { group, consumer });
  return claimed;
}

/** Takes this consumer out of the group when it has nothing left. */
export async function leaveGroup(redis: RedisConnection, { group, consumer }: Reader) {
  const own = (await consumersOf(redis, group)).find(({ name }) => name === consumer);
  if (own?.pending === 0) await removeConsumer(redis, { group, consumer });
}

/** An event was handled. */
export async function acknowledge(redis: RedisConnection, group: string, id: string) {
  await redis.run((commands) => commands.xack(KEY, group, id));
}

async function forgetIdle(redis: RedisConnection, { group, consumer }: Reader): Promise<void> {
  for (const { name, pending } of await consumersOf(redis, group)) {
    if (name !== consumer && pending === 0) await removeConsumer(redis, { group, consumer: name });
  }
}

async function consumersOf(
  redis: RedisConnection,
  group: string,
): Promise<{ name: string; pending: number }[]> {
  const rows = await redis.run((commands) => commands.xinfo("CONSUMERS", KEY, group));
  return (rows as unknown[][]).map((row) => {
    const at = (field: string) => row[row.indexOf(field) + 1];
    return { name: String(at("name")), pending: Number(at("pending")) };
  });
}

async function removeConsumer(redis: RedisConnection, { group, consumer }: Reader): Promise<void> {
  await redis.run((commands) => commands.xgroup("DELCONSUMER", KEY, group, consumer));
}

function toEntry([id, fields]: RawEntry, deliveries: number): EventEntry {
  const text = fields[fields.indexOf("event") + 1] ?? "";
  return { id, event: parseEvent(text), text, deliveries };
}
