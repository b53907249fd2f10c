/**
 * A process that takes events and never comes to an end with one, so that a test can kill it in the
 * middle: `bun event_consumer.ts <redis-url> <group>`. It prints the id of each event that it took.
 */

import { systemClock } from "../../actors/mod.ts";
import { RedisEventStream } from "../../db/redis/event_stream.ts";
import { openRedis } from "../../db/redis/open.ts";
import { MemoryLog } from "./memory_log.ts";
import { openParkedEvents } from "./parked_events.ts";

const [url = "", group = ""] = process.argv.slice(2);
const log = new MemoryLog();
const redis = await openRedis(url, { log });
const parked = await openParkedEvents();
const consumer = systemClock.mintId();
const stream = new RedisEventStream(redis, { consumer, clock: systemClock, log, parked });
await stream.consume(group, (event) => {
  process.stdout.write(`${event.id}\n`);
  return new Promise(() => {});
});
