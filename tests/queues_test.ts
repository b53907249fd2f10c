/**
 * Every queue, consumer and chore there is, with bad items before the good ones: everything behind them
 * is handled. What is not on this list fails the first test.
 */

import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import {
  ActorSystem,
  type Actors,
  Deliverer,
  type Delivery,
  type DocumentTypes,
  documentBehavior,
  EventRelay,
  Housekeeping,
  InboxChores,
  type InboxEntry,
  type InboxTypes,
  inboxBehavior,
  limits,
  type PersonId,
  Projector,
  type Swept,
  systemClock,
  toPersonId,
} from "../actors/mod.ts";
import { LocalEventStream } from "../db/alone/event_stream.ts";
import { openEmbeddedStores, type Stores } from "../db/stores.ts";
import type { Services } from "../routes/services.ts";
import { MemoryLog } from "./support/memory_log.ts";
import { entry, notification } from "./support/notifications.ts";
import { startSuite } from "./support/suite.ts";
import { type TemporaryFolder, temporaryFolder } from "./support/temporary_folder.ts";
import { waitFor } from "./support/wait_for.ts";

setDefaultTimeout(120_000);

/** More than one page of any backlog. */
const BAD = 120;
const BAD_ENTRIES = 600;
const OWNER = toPersonId(systemClock.mintId());
const DAY_MS = 86_400_000;

let folder: TemporaryFolder;
let stores: Stores;
let system: ActorSystem;
let documents: Actors<DocumentTypes>;
let inboxes: Actors<InboxTypes>;
let log: MemoryLog;

beforeEach(async () => {
  folder = temporaryFolder();
  log = new MemoryLog();
  stores = await openEmbeddedStores(folder.path, { clock: systemClock });
  system = new ActorSystem({ clock: systemClock, log });
  documents = system.register(documentBehavior, stores.documentStore);
  inboxes = system.register(inboxBehavior, stores.inboxStore);
});

afterEach(async () => {
  await system.drain();
  await stores.close();
  folder[Symbol.dispose]();
});

/** The same actors, of which some always fail. */
function except<Kind extends DocumentTypes | InboxTypes>(
  actors: Actors<Kind>,
  bad: ReadonlySet<string>,
): Actors<Kind> {
  const ask: Actors<Kind>["ask"] = (id, operation, options) =>
    bad.has(id) ? Promise.reject(new Error("Cannot do it")) : actors.ask(id, operation, options);
  return { ...actors, ask, isActive: (id) => actors.isActive(id) };
}

async function createNotes(count: number, text: string): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const id = systemClock.mintId();
    const at = systemClock.now();
    const operationId = `create-${id}`;
    await documents.ask(id, { type: "create", userId: OWNER, at, operationId, text });
    ids.push(id);
  }
  return ids;
}

async function put(userId: PersonId, count: number, given: Partial<InboxEntry>): Promise<void> {
  const changes = Array.from({ length: count }, () => {
    const id = systemClock.mintId();
    const about = { ...entry(), ...given, id, subject: `document:${id}` };
    return { type: "entry", entry: about } as const;
  });
  await stores.inboxStore.commit([{ id: userId, changes }]);
}

function chores(bad: ReadonlySet<string>): InboxChores {
  const { inboxQueries: queries, accounts } = stores;
  const tools = { queries, accounts, clock: systemClock, log, isHere: () => true };
  return new InboxChores({ inboxes: except(inboxes, bad), ...tools });
}

function reportOf(sweeps: readonly Swept[], name: string) {
  return sweeps.find((sweep) => sweep.name === name)?.report();
}

/** By the name that operators see. */
const scenarios: Record<string, () => Promise<void>> = {
  async trash() {
    const [good, ...bad] = (await createNotes(BAD + 1, "x")).toReversed();
    const long = systemClock.now() - limits.trashMsMax - DAY_MS;
    const by = { userId: OWNER, linkId: undefined };
    for (const id of bad) await documents.ask(id, { type: "delete", by, at: long });
    await documents.ask(good ?? "", { type: "delete", by, at: long + 1 });
    const erased: string[] = [];
    const housekeeping = new Housekeeping({
      ...({ clock: systemClock, log, isHere: () => true, ...stores } as unknown as Services),
      documents: except(documents, new Set(bad)),
      eraser: { erase: async (ids: string[]) => void erased.push(...ids) } as Services["eraser"],
    });
    await housekeeping.run();
    expect(erased).toEqual([good ?? ""]);
    expect(await stores.documentQueries.summary(good ?? "")).toBeUndefined();
    expect(reportOf(housekeeping.sweeps, "trash")).toMatchObject({ failing: BAD });
  },

  async "notes to project"() {
    const bad = await createNotes(BAD, "bad");
    const [good = ""] = await createNotes(1, "# Good");
    const projector = new Projector({
      ...{ documents: except(documents, new Set(bad)), queries: stores.documentQueries },
      ...{ accounts: stores.accounts, clock: systemClock, log, isHere: () => true },
      rendering: {
        read: async () => ({ words: 1, mentions: [] }),
      } as unknown as Services["rendering"],
    });
    await projector.catchUp();
    expect(await stores.documentQueries.summary(good)).toMatchObject({ title: "Good" });
    expect(reportOf(projector.sweeps, "notes to project")).toMatchObject({ failing: BAD });
    await projector.stop();
  },

  async "inboxes to wake"() {
    const [bad, good] = [toPersonId(systemClock.mintId()), toPersonId(systemClock.mintId())];
    await put(bad, BAD_ENTRIES, { snoozedUntil: 5 });
    await put(good, 1, { snoozedUntil: 6 });
    const worker = chores(new Set([bad]));
    await worker.wake();
    const { items } = await stores.inboxQueries.list(good, { view: "inbox", limit: 9 });
    expect(items).toMatchObject([{ snoozedUntil: undefined }]);
    expect(reportOf(worker.sweeps, "inboxes to wake")).toMatchObject({ failing: 1 });
  },

  async "inboxes to tidy"() {
    const [bad, good] = [toPersonId(systemClock.mintId()), toPersonId(systemClock.mintId())];
    await put(bad, BAD_ENTRIES, { at: 5 });
    await put(good, 1, { at: 6 });
    const worker = chores(new Set([bad]));
    await worker.forget();
    expect((await stores.inboxQueries.list(good, { view: "inbox", limit: 9 })).items).toEqual([]);
    expect(reportOf(worker.sweeps, "inboxes to tidy")).toMatchObject({ failing: 1 });
  },

  inbox: () => handsOverBehindBadOnes("inbox"),
  lists: () => handsOverBehindBadOnes("lists"),

  async outbox() {
    const database = new Database(join(folder.path, "document.db"));
    const write = database.prepare(
      "INSERT INTO outbox (event_id, event, created_at) VALUES (?, ?, 1)",
    );
    for (let i = 0; i < limits.relayedEventsMax * 2; i++) write.run(`broken ${i}`, "{");
    database.close();
    await handsOverBehindBadOnes("inbox");
    const { setAside } = await stores.parkedEvents.counts();
    expect(setAside).toBe(limits.relayedEventsMax * 2);
  },

  push: () => deliversBehindBadOnes("push", "email"),
  email: () => deliversBehindBadOnes("email", "push"),
};

/** From the outbox to a group, with several parts of bad events before the good one. */
async function handsOverBehindBadOnes(group: string): Promise<void> {
  const bad = new Set(await createNotes(limits.relayedEventsMax + 9, "x"));
  const tools = { parked: stores.parkedEvents, clock: systemClock, log };
  const stream = new LocalEventStream(tools);
  const relay = new EventRelay({ outboxes: stores.outboxes, stream, ...tools });
  const taken: string[] = [];
  await stream.consume(group, async ({ subjectId }) => {
    if (bad.has(subjectId)) throw new Error("Cannot digest");
    taken.push(subjectId);
  });
  const [good = ""] = await createNotes(1, "good");
  relay.start();
  await waitFor(() => taken.includes(good));
  await relay.flush();
  expect(await stores.outboxes[0]?.backlog()).toMatchObject({ waiting: 0 });
  expect(await stores.parkedEvents.counts()).toMatchObject({ waiting: bad.size });
  await relay.stop();
  await stream.close();
}

/** One that cannot be read, many that hang in the other channel, and many that fail in this one. */
async function deliversBehindBadOnes(
  channel: Delivery["channel"],
  other: Delivery["channel"],
): Promise<void> {
  const hanging = limits.deliveriesTakenMax * 5;
  const queue = (on: Delivery["channel"], id: string, dueAt: number) => {
    const base = { channel: on, pace: "now", entryId: "entry-1" } as const;
    const delivery = { ...base, id, notification: notification(), dueAt };
    const change = { type: "deliver", delivery } as const;
    return { id: toPersonId(systemClock.mintId()), changes: [change] };
  };
  await stores.inboxStore.commit([
    ...Array.from({ length: hanging }, (_, i) => queue(other, `hangs ${i}`, i)),
    ...Array.from({ length: hanging }, (_, i) => queue(channel, `fails ${i}`, 10 + i)),
    queue(channel, "broken", 1),
    queue(channel, "good", 99_999),
  ]);
  const database = new Database(join(folder.path, "inbox.db"));
  database.run("UPDATE delivery SET notification = '{' WHERE id = 'broken'");
  database.close();
  const sent: string[] = [];
  const { promise: never, resolve: end } = Promise.withResolvers<void>();
  const deliverer = new Deliverer({
    queue: stores.deliveries,
    async deliver({ deliveries: [delivery] }) {
      if (delivery?.id.startsWith("hangs")) await never;
      if (delivery?.id.startsWith("fails")) throw new Error("Cannot send");
      sent.push(delivery?.id ?? "");
    },
    clock: systemClock,
    log,
  });
  deliverer.start();
  await waitFor(() => sent.length > 0);
  expect(sent).toEqual(["good"]);
  end();
  await deliverer.stop();
}

test("all that there are have a scenario here", async () => {
  await using suite = await startSuite();
  const { sweeps, outboxes } = await suite.services.events.report();
  const source = await Bun.file(join(import.meta.dir, "../server.ts")).text();
  const groups = [...source.matchAll(/\.consume\("(\w+)"/g)].map(([, name = ""]) => name);
  expect(outboxes.map(({ name }) => name)).toEqual(["document"]);
  const channels: Delivery["channel"][] = ["push", "email"];
  const all = [...sweeps.map(({ name }) => name), ...groups, "outbox", ...channels];
  expect(Object.keys(scenarios).toSorted()).toEqual(all.toSorted());
});

describe("bad items hold none of those behind them", () => {
  test.each(Object.entries(scenarios))("%s", async (_, run) => {
    await run();
  });
});
