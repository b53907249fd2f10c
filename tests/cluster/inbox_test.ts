/** Notifications over several nodes, on Postgres and Redis: from one node to pages on another, once. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { Client } from "pg";
import { type Cluster, startCluster } from "../../scripts/cluster/mod.ts";
import { connectLive } from "../support/live_client.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { emailOf, inviteAndSignUp, signUp, type Visitor } from "../support/visitor.ts";
import { waitFor } from "../support/wait_for.ts";
import { defectsOf, waitUntilWhole } from "./evidence.ts";

const NOTES = 24;

const folder = temporaryFolder();
let cluster: Cluster;
let ada: Visitor;
let grace: Visitor;

beforeAll(async () => {
  cluster = await startCluster({ dir: folder.path });
  await waitUntilWhole(cluster);
  ada = await signUp(cluster.setupLink ?? "", "Ada");
  grace = await inviteAndSignUp(ada, "Grace");
}, 120_000);

afterAll(async () => {
  await cluster?.stop();
  folder[Symbol.dispose]();
}, 60_000);

/** How many things each entry in everybody's inbox has, by what it is about. */
async function itemsBySubject(): Promise<Map<string, number>> {
  const client = new Client({ connectionString: cluster.postgres.url });
  await client.connect();
  try {
    const { rows } = await client.query(
      `SELECT entry.subject, count(*)::int AS items FROM inbox.entry
       JOIN inbox.item ON item.user_id = entry.user_id AND item.entry_id = entry.id
       GROUP BY entry.subject`,
    );
    return new Map(rows.map(({ subject, items }) => [subject, items]));
  } finally {
    await client.end();
  }
}

/** Tries again what was on its way to a node that was killed. */
async function persist<Value>(attempt: () => Promise<Value>): Promise<Value> {
  const done = await waitFor(
    () =>
      attempt().then(
        (value) => ({ value }),
        () => undefined,
      ),
    {
      what: "an answer from a node that lives",
    },
  );
  return done.value;
}

test("what happens on one node is said on a page at another, and counted in all tabs", async () => {
  const [one, two] = cluster.nodes;
  if (!one || !two) throw new Error("Cannot go on: expected nodes");
  const { origin } = new URL(cluster.url);
  const pages = [
    await connectLive(new URL(two.url), { cookie: grace.cookie, origin }),
    await connectLive(new URL(one.url), { cookie: grace.cookie, origin }),
  ];
  const note = await ada.at(new URL(one.url)).createNote("# Over the water");
  await ada.at(new URL(one.url)).share(note, emailOf("Grace"), "write");
  for (const page of pages) {
    await waitFor(() => page.fragments.some((html) => html.includes("Over the water")), {
      what: "the toast on every page",
    });
  }
  const { text } = await grace.at(new URL(two.url)).get("/inbox");
  expect(text).toContain("Over the water");
  for (const page of pages) page.close();
});

test("a consumer that is killed in the middle tells nothing twice and forgets nothing", async () => {
  const notes: string[] = [];
  const sharing = (async () => {
    for (let i = 0; i < NOTES; i++) {
      const note = await persist(() => ada.createNote(`# Crossing ${i}`));
      await persist(() => ada.share(note, emailOf("Grace"), "read"));
      notes.push(note);
    }
  })();
  // One of them reads the events; each is killed once, while events are on their way.
  for (const [index, node] of cluster.nodes.slice(1).entries()) {
    await waitFor(() => notes.length > ((index + 1) * NOTES) / 4, { deadlineMs: 60_000 });
    await node.kill();
    await waitFor(() => notes.length > ((index + 1) * NOTES) / 4 + 3, { deadlineMs: 60_000 });
    await node.restart();
  }
  await sharing;
  const items = await waitFor(
    async () => {
      const found = await itemsBySubject();
      return notes.every((note) => found.has(`document:${note}`)) && found;
    },
    { deadlineMs: 60_000, what: "every note to be in the inbox" },
  );
  for (const note of notes) expect(items.get(`document:${note}`)).toBe(1);
  // What the page says is what is there.
  const { text } = await grace.get("/inbox");
  expect(text).toContain(`data-unread="${items.size}"`);
  expect(defectsOf(cluster)).toEqual([]);
}, 240_000);
