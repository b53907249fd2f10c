/** The end of a note, step by step, over real stores: what is there when it is acknowledged, and when it fails. */

import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  ActorSystem,
  type Actors,
  type DocumentTypes,
  documentBehavior,
  documentSubject,
  Eraser,
  type InboxTypes,
  inboxBehavior,
  type PersonId,
  purgeDocuments,
  systemClock,
  toPersonId,
} from "../../actors/mod.ts";
import { openEmbeddedStores, type Stores } from "../../db/stores.ts";
import { MemoryLog } from "../support/memory_log.ts";
import { notify } from "../support/notifications.ts";
import { startSuite } from "../support/suite.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary_folder.ts";
import { waitFor } from "../support/wait_for.ts";
import { filesWith } from "./remains.ts";

const ada = { userId: toPersonId(systemClock.mintId()), linkId: undefined };
const [grace, ken] = [toPersonId(systemClock.mintId()), toPersonId(systemClock.mintId())];

let folder: TemporaryFolder;
let stores: Stores;
let documents: Actors<DocumentTypes>;
let inboxes: Actors<InboxTypes>;
let eraser: Eraser;
let log: MemoryLog;
/** What was done, in its order. */
let steps: string[];
/** What fails the next time. */
let failure: Error | undefined;

beforeEach(async () => {
  folder = temporaryFolder();
  log = new MemoryLog();
  [steps, failure] = [[], undefined];
  stores = await openEmbeddedStores(folder.path, { clock: systemClock });
  const system = new ActorSystem({ clock: systemClock, log });
  documents = system.register(documentBehavior, stores.documentStore);
  inboxes = system.register(inboxBehavior, stores.inboxStore);
  inboxes.observe((_, events) => steps.push(...events.map(({ type }) => type)));
  const { inboxQueries, parkedEvents } = stores;
  eraser = new Eraser({
    ...{ inboxes, inboxQueries, parkedEvents, clock: systemClock },
    forget: (id) => void steps.push(`forget ${id}`),
    async eraseFiles() {
      if (failure) throw failure;
      steps.push("files");
    },
  });
});

afterEach(async () => {
  await stores.close();
  folder[Symbol.dispose]();
});

/** A note in the trash, of which two people were told. */
async function trashed(): Promise<string> {
  const id = systemClock.mintId();
  const at = systemClock.now();
  const userId = ada.userId;
  await documents.ask(id, { type: "create", userId, at, operationId: `create-${id}`, text: "x" });
  await documents.ask(id, { type: "delete", by: ada, at });
  for (const who of [grace, ken]) await tell(who, id, "event-1");
  steps = [];
  return id;
}

async function tell(userId: PersonId, id: string, eventId: string): Promise<void> {
  const about = { eventId: `${eventId} of ${id}`, subject: documentSubject(id) };
  await inboxes.ask(userId, notify(about, { entryId: systemClock.mintId() }));
}

const purge = (...ids: string[]) =>
  purgeDocuments(
    { documents, eraser, clock: systemClock, log },
    ids.map((id) => ({ id, by: ada })),
  );

const holders = (id: string) => stores.inboxQueries.holders(documentSubject(id));

test("everything made of a note is gone before its purge is acknowledged, without any event", async () => {
  const [id, other] = [await trashed(), await trashed()];
  await purge(id);
  expect(await holders(id)).toEqual([]);
  expect(await holders(other)).toHaveLength(2);
  expect(steps).toEqual(["erased", "erased", `forget ${id}`, "files"]);
  expect(await stores.inboxQueries.unread(grace)).toBe(1);
});

test("files are erased once for many notes", async () => {
  const ids = [await trashed(), await trashed()];
  steps = [];
  await purge(...ids);
  expect(steps.filter((step) => step === "files")).toHaveLength(1);
});

test("a purge that cannot be finished says so, and its owner may repeat it", async () => {
  const id = await trashed();
  failure = new Error("the disk is away");
  const error = await purge(id).catch((reason) => reason);
  expect(error).toMatchObject({ code: "store_failed", retryAfterSeconds: 5 });
  expect(error.message).toStartWith("Cannot finish deleting for good");
  expect(log.find("cannot finish a purge")).toHaveLength(1);
  failure = undefined;
  await purge(id);
  expect(steps.at(-1)).toBe("files");
  const by = { userId: grace, linkId: undefined };
  const services = { documents, eraser, clock: systemClock, log };
  await expect(purgeDocuments(services, [{ id, by }])).rejects.toMatchObject({ code: "not_found" });
});

test("of many notes, those before one that cannot be purged are erased all the same", async () => {
  const id = await trashed();
  await expect(purge(id, systemClock.mintId())).rejects.toMatchObject({ code: "not_found" });
  expect(await holders(id)).toEqual([]);
  expect(steps.at(-1)).toBe("files");
});

test("the event of a purge finishes what was interrupted, and does nothing twice", async () => {
  const id = await trashed();
  await documents.ask(id, { type: "purge", by: ada, at: systemClock.now() });
  await eraser.finish(id);
  expect(await holders(id)).toEqual([]);
  expect(steps).toEqual(["erased", "erased", `forget ${id}`, "files"]);
  await eraser.finish(id);
  expect(steps).toHaveLength(4);
});

test("the event of a purge that is still going on waits for it, and erases no files again", async () => {
  const id = await trashed();
  const purging = purge(id);
  await waitFor(() => steps.includes("erased"));
  await eraser.finish(id);
  expect(steps.at(-1)).toBe("files");
  await purging;
  expect(steps.filter((step) => step === "files")).toHaveLength(1);
});

test("no inbox takes a notification about it afterwards", async () => {
  const id = await trashed();
  await purge(id);
  for (const who of [ada.userId, grace]) await tell(who, id, "event-late");
  expect(await holders(id)).toEqual([]);
});

test("a process that died in between is finished by the next one", async () => {
  const id = await trashed();
  await documents.ask(id, { type: "purge", by: ada, at: systemClock.now() });
  await stores.close();
  expect(filesWith(folder.path, "harbor plan")).not.toEqual([]);
  const suite = await startSuite({ dataDir: folder.path });
  const { inboxQueries } = suite.services;
  await waitFor(async () => (await inboxQueries.holders(documentSubject(id))).length === 0);
  await waitFor(() => filesWith(folder.path, "harbor plan").length === 0);
  await suite.stop();
  stores = await openEmbeddedStores(folder.path, { clock: systemClock });
});
