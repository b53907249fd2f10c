/**
 * A process alone on a data folder whose handler of events kills it when one says so, as a fault of the
 * machine would: `bun deadly_handler.ts <data-dir>`. It prints the id of each event that it has handled,
 * and ends when none is left to be tried now.
 */

import { EventRelay, limits, systemClock } from "../../actors/mod.ts";
import { LocalEventStream } from "../../db/alone/event_stream.ts";
import { openEmbeddedStores } from "../../db/stores.ts";
import { MemoryLog } from "./memory_log.ts";

const [dataDir = ""] = process.argv.slice(2);
const stores = await openEmbeddedStores(dataDir, { clock: systemClock });
const { parkedEvents, outboxes } = stores;
const tools = { parked: parkedEvents, clock: systemClock, log: new MemoryLog() };
const stream = new LocalEventStream(tools);
await stream.consume("inbox", async ({ id }) => {
  // As handlers do, so that others are in hand at the same time.
  await parkedEvents.counts();
  if (id.startsWith("deadly")) process.kill(process.pid, "SIGKILL");
  process.stdout.write(`${id}\n`);
});
const relay = new EventRelay({ outboxes, stream, ...tools });
relay.start();
await relay.flush();
while (await isBusy()) await Bun.sleep(limits.stallWatchMs);
await stream.close();
await relay.stop();
await stores.close();

async function isBusy(): Promise<boolean> {
  const parked = await parkedEvents.list(limits.relayedEventsMax);
  return parked.some(({ state, dueAt }) => state === "waiting" && dueAt <= systemClock.now());
}
