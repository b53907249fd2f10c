/** The client that other tests lean on, against the real server. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { connectLive } from "./live_client.ts";
import { spawnSuite, startSuite, type TestSuite } from "./suite.ts";
import { emailOf, inviteAndSignUp, signIn, signUp, type Visitor } from "./visitor.ts";
import { waitFor } from "./wait_for.ts";

let suite: TestSuite;
let ada: Visitor;
let grace: Visitor;

beforeAll(async () => {
  suite = await startSuite();
  ada = await signUp(suite.setupLink, "Ada");
  grace = await inviteAndSignUp(ada, "Grace");
});

afterAll(() => suite.stop());

test("two clients who type at once see the same text in the end", async () => {
  const id = await ada.createNote("Groceries\n");
  await ada.share(id, emailOf("Grace"), "write");
  const [a, g] = await Promise.all([connectLive(suite.url, ada), connectLive(suite.url, grace)]);
  const [adas, graces] = [await a.open(id), await g.open(id)];

  const edits: Promise<number>[] = [];
  for (let i = 0; i < 20; i++) {
    edits.push(adas.type(`apple ${i}\n`), graces.type(`pear ${i}\n`, 0));
  }
  await Promise.all(edits);
  await waitFor(() => adas.version === graces.version);
  expect(adas.text).toBe(graces.text);
  expect(adas.text.match(/apple/g)).toHaveLength(20);
  expect(adas.text.match(/pear/g)).toHaveLength(20);
  expect(adas.history.slice(-graces.history.length)).toEqual(graces.history);
  a.close();
  g.close();
});

test("a client whose line broke sends again what was in flight, and it counts once", async () => {
  const id = await ada.createNote("");
  const client = await connectLive(suite.url, ada);
  const note = await client.open(id);
  await note.type("one ");
  client.terminate();
  const saved = note.type("two ");
  await waitFor(() => client.closed);
  await client.connect();
  await saved;
  expect(note.text).toBe("one two ");
  expect(note.version).toBe(2);
  client.close();
});

test("whoever may not see a note cannot open it", async () => {
  const id = await ada.createNote("A surprise for Grace");
  const client = await connectLive(suite.url, grace);
  expect(client.open(id)).rejects.toThrow("not_found");
  client.close();
});

test("a killed server comes back on the same port with what it acknowledged", async () => {
  await using spawned = await spawnSuite();
  const linus = await signUp(spawned.setupLink, "Linus");
  const id = await linus.createNote("Kernel\n");
  const client = await connectLive(spawned.url, linus);
  const note = await client.open(id);
  await note.type("panic\n");

  expect(await spawned.kill("SIGKILL")).not.toBe(0);
  await waitFor(() => client.closed);
  await spawned.restart();

  const again = await connectLive(spawned.url, await signIn(spawned.url, "Linus"));
  expect((await again.open(id)).text).toBe("Kernel\npanic\n");
  again.close();
}, 60_000);
