/** What is asked while nobody does anything, or one person types, is counted: it is no more than needed. */

import { afterAll, beforeAll, expect, type Mock, setDefaultTimeout, spyOn, test } from "bun:test";
import { type DomainEvent, limits, Notifier } from "../actors/mod.ts";
import { MemorySharedFacts } from "../db/alone/bus.ts";
import { connectLive, type LiveClient } from "./support/live_client.ts";
import { person, personId } from "./support/people.ts";
import { startSuite, type TestSuite } from "./support/suite.ts";
import { emailOf, signUp, type Visitor } from "./support/visitor.ts";
import { waitFor } from "./support/wait_for.ts";

setDefaultTimeout(60_000);

const NOTES = 200;
const WATCHERS = 30;

let suite: TestSuite;
let ada: Visitor;
const clients: LiveClient[] = [];

beforeAll(async () => {
  suite = await startSuite();
  ada = await signUp(suite.setupLink, "Ada");
  for (let opened = 0; opened < NOTES; opened += limits.openDocumentsMax) {
    const client = await connectLive(suite.url, { cookie: ada.cookie });
    clients.push(client);
    const count = Math.min(limits.openDocumentsMax, NOTES - opened);
    for (let i = 0; i < count; i++) await client.open(await ada.createNote(`Note ${opened + i}`));
  }
});

afterAll(async () => {
  for (const client of clients) client.close();
  await suite.stop();
});

/** Makes a note, and waits until lists were told of it: what was to be told before was told by then. */
async function flush(told: Mock<(id: string) => unknown>): Promise<void> {
  const id = await ada.createNote("one more");
  await waitFor(() => told.mock.calls.some(([asked]) => asked === id));
  told.mockClear();
}

test("200 idle open notes ask for nothing when everybody is looked at", async () => {
  const { documentQueries } = suite.services;
  await waitFor(async () => (await documentQueries.unprojected({ limit: 1 })).items.length === 0);
  const told = spyOn(documentQueries, "audience");
  await flush(told);
  const others = (["summary", "list", "watchers"] as const).map((name) =>
    spyOn(documentQueries, name),
  );
  for (const spy of others) spy.mockClear();
  await suite.live.checkEverybody();
  await suite.live.checkEverybody();
  for (const spy of others) expect(spy).not.toHaveBeenCalled();
  const id = await ada.createNote("the last one");
  await waitFor(() => told.mock.calls.some(([other]) => other === id));
  expect(new Set(told.mock.calls.map(([other]) => other))).toEqual(new Set([id]));
});

test("who watches a note is asked about a person's changes once", async () => {
  const { services, log } = suite;
  const { documents, inboxes, accounts, clock } = services;
  const owner = (await accounts.findByEmail(emailOf("Ada")))?.account.id ?? personId("nobody");
  const watchers = Array.from({ length: WATCHERS }, (_, i) => person(`Watcher${i}`));
  const note = await ada.createNote("watched");
  const by = { userId: owner, linkId: undefined };
  for (const watcher of watchers) {
    await accounts.create(watcher, "no password");
    const share = { type: "share", by, at: clock.now(), userId: watcher.id, role: "read" } as const;
    await documents.ask(note, share);
    await services.documentQueries.setWatching(note, watcher.id, true);
  }
  const notifier = new Notifier({
    ...{ documents, inboxes, accounts, clock, log },
    inboxQueries: services.inboxQueries,
    documentQueries: services.documentQueries,
    facts: new MemorySharedFacts(clock),
    finishPurge: async () => {},
    isOnline: () => false,
  });
  const asked = spyOn(inboxes, "ask");
  const change = async (id: string, minutes: number) => {
    const at = clock.now() + minutes * 60_000;
    const about = { type: "document.changed", subjectId: note, byId: owner, at } as const;
    await notifier.take({ ...about, id, userIds: [], data: {} } as unknown as DomainEvent);
    // The suite's own notifier tells of the shares meanwhile.
    return asked.mock.calls.splice(0).filter(([, operation]) => {
      return operation.type !== "notify" || operation.notification.kind === "note.changed";
    }).length;
  };
  expect(await change("first", 0)).toBe(WATCHERS);
  for (let i = 0; i < 10; i++) expect(await change(`later ${i}`, 0)).toBe(0);
  await services.documentQueries.setWatching(note, watchers[0]?.id ?? owner, false);
  await services.documentQueries.setWatching(note, watchers[0]?.id ?? owner, true);
  expect(await change("watched anew", 0)).toBe(0);
  expect(await change("half an hour later", 31)).toBe(WATCHERS);
  asked.mockRestore();
});
