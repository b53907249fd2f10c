/** What open notes cost while nobody does anything: what is asked is counted. */

import { afterAll, beforeAll, expect, type Mock, setDefaultTimeout, spyOn, test } from "bun:test";
import { limits } from "../actors/mod.ts";
import { connectLive, type LiveClient } from "./support/live_client.ts";
import { startSuite, type TestSuite } from "./support/suite.ts";
import { signUp, type Visitor } from "./support/visitor.ts";
import { waitFor } from "./support/wait_for.ts";

setDefaultTimeout(60_000);

const NOTES = 200;

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
