/** Two people on two nodes: what one does, the other sees at once, wherever the note lives. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { limits } from "../../actors/mod.ts";
import { type Cluster, startCluster } from "../../scripts/cluster/mod.ts";
import { connectLive, type Frame, type LiveClient } from "../support/live_client.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { emailOf, inviteAndSignUp, PASSWORD, signIn, Visitor } from "../support/visitor.ts";
import { waitFor } from "../support/wait_for.ts";
import { defectsOf, waitUntilWhole } from "./evidence.ts";
import { signUpFirst } from "./typists.ts";

const folder = temporaryFolder();
let cluster: Cluster;
/** Ada asks the first node, and Grace the second. */
let ada: Visitor;
let grace: Visitor;
let graceId: string;

beforeAll(async () => {
  cluster = await startCluster({ dir: folder.path, nodes: 2, fsync: false });
  await waitUntilWhole(cluster);
  const first = await signUpFirst(cluster);
  ada = first.at(nodeUrl(0));
  grace = (await inviteAndSignUp(first, "Grace")).at(nodeUrl(1));
  const note = await ada.createNote("for the id of Grace");
  await ada.share(note, emailOf("Grace"), "read");
  const { text } = await ada.get(`/notes/${note}/share`);
  graceId = /\/members\/(\w+)/.exec(text)?.[1] ?? "";
}, 90_000);

afterAll(async () => {
  await cluster?.stop();
  folder[Symbol.dispose]();
}, 60_000);

function nodeUrl(index: number): URL {
  return new URL(cluster.nodes[index]?.url ?? "");
}

function connect(visitor: Visitor): Promise<LiveClient> {
  const { origin } = new URL(cluster.url);
  return connectLive(visitor.url, { cookie: visitor.cookie, origin });
}

function frameOf(client: LiveClient, t: string, test: (frame: Frame) => boolean = () => true) {
  return waitFor(() => client.frames.find((frame) => frame.t === t && test(frame)), {
    what: `a frame "${t}", received ${client.frames.map((frame) => frame.t)}`,
  });
}

/** A note that lives on the node of this index, so that each flow is seen from both sides. */
async function noteOn(index: number, text: string): Promise<string> {
  const name = cluster.nodes[index]?.name;
  while (true) {
    const note = await ada.createNote(text);
    const { text: html } = await ada.get(`/notes/${note}`);
    if (!html.includes(`near=${name}`)) continue;
    await ada.share(note, emailOf("Grace"), "write");
    return note;
  }
}

for (const [index, place] of ["on Ada's node", "on Grace's node"].entries()) {
  describe(`a note that lives ${place}`, () => {
    test("is typed in from both nodes, and both see the same", async () => {
      const note = await noteOn(index, "start ");
      const [a, b] = [await connect(ada), await connect(grace)];
      const [mine, hers] = [await a.open(note), await b.open(note)];
      for (let i = 0; i < 10; i++) await Promise.all([mine.type(`a${i} `), hers.type(`g${i} `)]);
      await waitFor(() => mine.version === 21 && hers.version === 21);
      expect(mine.text).toBe(hers.text);
      expect(mine.text.split(" ")).toHaveLength(22);
      a.close();
      b.close();
    });

    test("shows people and carets across nodes, until they leave", async () => {
      const note = await noteOn(index, "Hello");
      const [a, b] = [await connect(ada), await connect(grace)];
      await Promise.all([a.open(note), b.open(note)]);
      // Both may have joined with the same color; then one of them takes another.
      const isBoth = ({ people }: Frame) =>
        new Set((people as { color: number }[]).map(({ color }) => color)).size === 2;
      for (const client of [a, b]) await frameOf(client, "presence", isBoth);
      b.send({ t: "caret", note, version: 1, caret: [1, 3] });
      const caret = await frameOf(a, "caret", ({ client }) => client === b.id);
      expect(caret).toMatchObject({ caret: [1, 3] });
      a.frames.length = 0;
      b.terminate();
      await frameOf(a, "presence", ({ people }) => (people as unknown[]).length === 1);
      a.close();
    });

    test("renders its preview on the other node too", async () => {
      const note = await noteOn(index, "# Tides");
      const [a, b] = [await connect(ada), await connect(grace)];
      const [mine] = await Promise.all([a.open(note), b.open(note)]);
      b.send({ t: "preview", note, on: true });
      await frameOf(b, "preview", (frame) => JSON.stringify(frame.blocks).includes("Tides"));
      await mine.type("\n\nhigh at *nine*");
      await frameOf(b, "preview", (frame) =>
        JSON.stringify(frame.blocks).includes("<em>nine</em>"),
      );
      a.close();
      b.close();
    });

    test("changes a role at once, and closes when it is taken away", async () => {
      const note = await noteOn(index, "ours");
      const b = await connect(grace);
      const hers = await b.open(note);
      await ada.post(`/notes/${note}/members/${graceId}`, { role: "read" });
      expect(await frameOf(b, "role")).toMatchObject({ role: "read" });
      expect(hers.type("x")).rejects.toThrow("forbidden");
      await ada.post(`/notes/${note}/members/${graceId}`, { role: "none" });
      await frameOf(b, "revoked");
      expect(b.open(note)).rejects.toThrow("not_found");
      expect((await grace.get(`/notes/${note}`)).status).toBe(404);
      b.close();
    });

    test("changes its line in a list on the other node", async () => {
      const note = await noteOn(index, "before");
      const b = await connect(grace);
      b.send({ t: "watch", topics: ["notes"] });
      const a = await connect(ada);
      const mine = await a.open(note);
      await mine.type("tide table ", 0);
      const isTold = (html: string) => html.includes("tide table");
      await waitFor(() => b.fragments.find(isTold), { what: "the line of the note" });
      await waitFor(async () => (await grace.get("/notes")).text.includes("tide table"));
      a.close();
      b.close();
    });
  });
}

test("a list on the other node is fetched again when a note comes or goes", async () => {
  const b = await connect(grace);
  b.send({ t: "watch", topics: ["notes"] });
  b.send({ t: "ping" });
  await frameOf(b, "pong");
  const note = await ada.createNote("new");
  await ada.share(note, emailOf("Grace"), "read");
  await frameOf(b, "stale");
  b.frames.length = 0;
  await ada.post(`/notes/${note}/trash`);
  await frameOf(b, "stale");
  b.close();
});

test("signing out on one node closes the sockets of the session on the other", async () => {
  const visitor = (await signIn(new URL(cluster.url), "Grace")).at(nodeUrl(0));
  const here = await connect(visitor);
  const there = await connect(visitor.at(nodeUrl(1)));
  const other = await connect(grace);
  await visitor.get("/notes");
  expect((await visitor.post("/signout")).status).toBe(303);
  for (const client of [here, there]) {
    await client.lost;
    expect(client.closed?.code).toBe(4401);
  }
  expect(other.closed).toBeUndefined();
  const late = await visitor.at(nodeUrl(1)).get("/notes", { Accept: "text/html" });
  expect(late.location).toStartWith("/signin");
  other.close();
});

test("tries of a password are counted on all nodes together", async () => {
  const { origin } = new URL(cluster.url);
  const attempt = async (index: number, password: string) => {
    const stranger = new Visitor(nodeUrl(index), { origin });
    return await stranger.post("/signin", { email: emailOf("Mallory"), password });
  };
  for (let tries = 0; tries < limits.signInFailuresPerAccountMax; tries++) {
    expect((await attempt(tries % 2, "wrong horse")).status).toBeLessThan(429);
  }
  for (const index of [0, 1]) expect((await attempt(index, PASSWORD)).status).toBe(429);
});

test("no node has met a defect meanwhile", () => {
  expect(defectsOf(cluster)).toEqual([]);
});
