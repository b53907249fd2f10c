/** An event that ends the process which handles it: it is set aside, and no other event is. */

import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { type DomainEvent, limits, systemClock } from "../actors/mod.ts";
import { openEmbeddedStores } from "../db/stores.ts";
import { noteEvent } from "./support/events.ts";
import { temporaryFolder } from "./support/temporary_folder.ts";

setDefaultTimeout(120_000);

const HANDLER = join(import.meta.dir, "support", "deadly_handler.ts");
const GOOD = 40;

/** Works in the files of the folder while no process has it. */
function inFile<T>(folder: string, name: string, work: (database: Database) => T): T {
  const database = new Database(join(folder, name));
  try {
    return work(database);
  } finally {
    database.close();
  }
}

function write(folder: string, events: readonly DomainEvent[]): void {
  inFile(folder, "document.db", (database) => {
    const insert = database.query(
      "INSERT INTO outbox (event_id, event, created_at) VALUES (?, ?, 1)",
    );
    for (const event of events) insert.run(event.id, JSON.stringify(event));
  });
}

/** Runs a process until it dies or has nothing left to do. */
async function run(folder: string): Promise<{ isDead: boolean; ids: string[] }> {
  const child = Bun.spawn(["bun", HANDLER, folder], { stdout: "pipe", stderr: "inherit" });
  const printed = await new Response(child.stdout).text();
  await child.exited;
  const isDead = child.signalCode === "SIGKILL";
  if (!isDead) expect(child.exitCode).toBe(0);
  const ids = printed.split("\n").filter((line) => line !== "");
  return { isDead, ids };
}

test("an event that no process survives is set aside alone, and all others are handled", async () => {
  using folder = temporaryFolder();
  const stores = await openEmbeddedStores(folder.path, { clock: systemClock });
  await stores.close();
  const at = systemClock.now();
  const ids = Array.from({ length: GOOD }, (_, index) => `good ${index}`);
  ids.splice(GOOD / 2, 0, "deadly");
  write(
    folder.path,
    // Of one subject each, but for the last good one, which comes after the deadly one.
    ids.map((id, index) => noteEvent(id, { at, subjectId: index > GOOD / 2 ? "deadly" : id })),
  );
  const handled = new Set<string>();
  let processes = 0;
  let deaths = 0;
  const isSetAside = () =>
    inFile(folder.path, "inbox.db", (database) =>
      database.query("SELECT 1 FROM parked_event WHERE state = 'set_aside'").get(),
    );
  while (!isSetAside() && processes++ < 20) {
    // What a dead process had in hand comes back after a while: that time passes here.
    inFile(folder.path, "inbox.db", (database) =>
      database.run("UPDATE parked_event SET due_at = 0"),
    );
    const { isDead, ids } = await run(folder.path);
    if (isDead) deaths++;
    for (const id of ids) handled.add(id);
  }
  expect(deaths).toBe(limits.eventDeathsMax);
  expect(handled.size).toBe(GOOD);
  expect(
    inFile(folder.path, "inbox.db", (database) =>
      database.query("SELECT event_id, state, error FROM parked_event").all(),
    ),
  ).toEqual([{ event_id: "deadly", state: "set_aside", error: "No process survived it" }]);
});
