/** What happens to one person reaches another's inbox, and every page they have open, once. */

import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { InboxEntry, PersonId } from "../../actors/mod.ts";
import { connectLive, type LiveClient } from "../support/live_client.ts";
import { startSuite, type TestSuite } from "../support/suite.ts";
import { emailOf, inviteAndSignUp, signUp, type Visitor } from "../support/visitor.ts";
import { waitFor } from "../support/wait_for.ts";

let suite: TestSuite;
let ada: Visitor;
let grace: Visitor;

beforeAll(async () => {
  suite = await startSuite();
  ada = await signUp(suite.setupLink, "Ada");
  grace = await inviteAndSignUp(ada, "Grace");
});

afterAll(() => suite.stop());

async function idOf(name: string): Promise<PersonId> {
  const found = await suite.services.accounts.findByEmail(emailOf(name));
  if (!found) throw new Error(`Cannot find ${name}`);
  return found.account.id;
}

/** The entry about a note in somebody's inbox, once it is as it should be. */
async function entryOf(
  name: string,
  note: string,
  isRight: (entry: InboxEntry) => boolean = () => true,
): Promise<InboxEntry> {
  const userId = await idOf(name);
  return await waitFor(
    async () => {
      const { items } = await suite.services.inboxQueries.list(userId, {
        view: "inbox",
        limit: 50,
      });
      return items.find(({ subject, ...entry }) => {
        return subject === `document:${note}` && isRight({ subject, ...entry });
      });
    },
    { what: `an entry about the note in ${name}'s inbox` },
  );
}

async function isEmpty(name: string, note: string): Promise<void> {
  const userId = await idOf(name);
  await waitFor(
    async () => {
      const { items } = await suite.services.inboxQueries.list(userId, {
        view: "inbox",
        limit: 50,
      });
      return !items.some(({ subject }) => subject === `document:${note}`);
    },
    { what: "no entry about the note" },
  );
}

function hears(client: LiveClient, text: string): Promise<string> {
  return waitFor(() => client.fragments.find((html) => html.includes(text)), { what: text });
}

describe("a note that is shared", () => {
  test("comes into the inbox, onto open pages, and is counted", async () => {
    const page = await connectLive(suite.url, { cookie: grace.cookie });
    const note = await ada.createNote("# Harbor plan");
    await ada.share(note, emailOf("Grace"), "write");
    const entry = await entryOf("Grace", note);
    expect(entry).toMatchObject({
      kind: "note.shared",
      reason: "shared",
      path: `/notes/${note}`,
      byId: await idOf("Ada"),
      byName: "Ada",
      items: 1,
      readAt: undefined,
    });
    await hears(page, "Ada");
    expect(await suite.services.inboxQueries.unread(await idOf("Grace"))).toBeGreaterThan(0);
    page.close();
  });

  test("is told to nobody who did it themselves, nor to who comes by a link", async () => {
    const note = await ada.createNote("mine");
    await ada.share(note, emailOf("Grace"), "read");
    await entryOf("Grace", note);
    expect(
      (await suite.services.inboxQueries.list(await idOf("Ada"), { view: "inbox", limit: 50 }))
        .items,
    ).toEqual([]);
  });

  test("is withdrawn with the share, and comes back with it", async () => {
    const note = await ada.createNote("for a while");
    await ada.share(note, emailOf("Grace"), "read");
    await entryOf("Grace", note);
    await ada.post(`/notes/${note}/members/${await idOf("Grace")}`, { role: "none" });
    await isEmpty("Grace", note);
    await ada.share(note, emailOf("Grace"), "read");
    const again = await entryOf("Grace", note);
    expect(again.items).toBe(2);
  });

  test("goes with the note into the trash, and comes out with it", async () => {
    const note = await ada.createNote("to and fro");
    await ada.share(note, emailOf("Grace"), "read");
    await entryOf("Grace", note);
    await ada.post(`/notes/${note}/trash`);
    await isEmpty("Grace", note);
    await ada.post(`/notes/${note}/restore`);
    expect((await entryOf("Grace", note)).items).toBe(1);
  });

  test("is read at the source when somebody looks at it", async () => {
    const note = await ada.createNote("look");
    await ada.share(note, emailOf("Grace"), "read");
    await entryOf("Grace", note);
    const page = await connectLive(suite.url, { cookie: grace.cookie });
    await page.open(note, "read");
    await entryOf("Grace", note, ({ readAt }) => readAt !== undefined);
    page.close();
  });

  test("is called in the inbox what it is called now", async () => {
    const note = await ada.createNote("# Before");
    await ada.share(note, emailOf("Grace"), "write");
    await entryOf("Grace", note);
    const page = await connectLive(suite.url, { cookie: ada.cookie });
    const mine = await page.open(note);
    await mine.edit([2, -6, "After"]);
    await entryOf("Grace", note, ({ title }) => title === "After");
    page.close();
  });
});

test("a title with markup is words and nothing else", async () => {
  const note = await ada.createNote("<img src=x onerror=alert(1)> & co");
  await ada.share(note, emailOf("Grace"), "read");
  await entryOf("Grace", note, ({ title }) => title.includes("<img"));
  const { text } = await grace.get("/inbox");
  expect(text).not.toContain("<img src=x");
  expect(text).toContain("&lt;img src=x");
});

test("an event that comes twice is told once, and one for nobody is told to nobody", async () => {
  const note = await ada.createNote("once");
  await ada.share(note, emailOf("Grace"), "read");
  const { items } = await entryOf("Grace", note);
  const userId = await idOf("Grace");
  const notification = {
    eventId: "an-event-of-the-test",
    kind: "note.shared",
    reason: "shared",
    subject: `document:${note}`,
    title: "once",
    path: `/notes/${note}`,
    byId: undefined,
    byName: undefined,
    at: suite.services.clock.now(),
  } as const;
  const notify = () =>
    suite.services.inboxes.ask(userId, {
      type: "notify",
      notification,
      entryId: suite.services.clock.mintId(),
      isLooking: false,
      at: suite.services.clock.now(),
    });
  await Promise.all([notify(), notify(), notify()]);
  expect((await entryOf("Grace", note)).items).toBe(items + 1);
});

test("a flood about one thing is one entry that can be read", async () => {
  const userId = await idOf("Grace");
  const at = suite.services.clock.now();
  const floods = Array.from({ length: 300 }, (_, number) =>
    suite.services.inboxes.ask(userId, {
      type: "notify",
      notification: {
        eventId: `flood-${number}`,
        kind: "note.mentioned",
        reason: "mentioned",
        subject: "document:flood",
        title: "Flooded",
        path: "/notes",
        byId: undefined,
        byName: "Ada",
        at: at + number,
      },
      entryId: suite.services.clock.mintId(),
      isLooking: false,
      at: at + number,
    }),
  );
  await Promise.all(floods);
  const entry = await entryOf("Grace", "flood");
  expect(entry).toMatchObject({ items: 300, unreadItems: 300 });
  const before = await suite.services.inboxQueries.unread(userId);
  await suite.services.inboxes.ask(userId, { type: "read", ids: [entry.id], at: at + 400 });
  expect(await suite.services.inboxQueries.unread(userId)).toBe(before - 1);
  expect((await grace.get(`/inbox/${entry.id}`)).status).toBe(200);
});

test("administrators are told of an actor that is out of service", async () => {
  const { services, dataDir } = suite;
  const id = services.clock.mintId();
  // What is stored of this note is torn: it crashes whenever somebody wants to read it.
  using database = new Database(join(dataDir, "document.db"));
  database.run("PRAGMA busy_timeout = 5000");
  database.run(
    "INSERT INTO document (id, owner_id, created_at, version, changed_at, changed_by) VALUES (?, 'x', 1, 1, 1, 'x')",
    [id],
  );
  database.run("INSERT INTO snapshot (document_id, version, bytes) VALUES (?, 1, x'00')", [id]);
  await waitFor(
    async () => {
      await services.documents.ask(id, { type: "describe" }).catch(() => {});
      return services.system.report().quarantined.length > 0;
    },
    { deadlineMs: 30_000, what: "the torn note to be put out of service" },
  );
  const userId = await idOf("Ada");
  const entry = await waitFor(async () => {
    const { items } = await services.inboxQueries.list(userId, { view: "inbox", limit: 50 });
    return items.find(({ kind }) => kind === "ops.quarantined");
  });
  expect(entry).toMatchObject({ reason: "administrator", path: "/ops", title: `document:${id}` });
  const { items } = await services.inboxQueries.list(await idOf("Grace"), {
    view: "inbox",
    limit: 50,
  });
  expect(items.some(({ kind }) => kind === "ops.quarantined")).toBe(false);

  // It stays as long as that is so, and goes when it no longer is.
  const alarms = () => services.inboxQueries.subjects("ops.quarantined", { prefix: "ops:" });
  await services.events.look();
  expect(await alarms()).toEqual([`ops:document:${id}`]);
  await ada.post("/ops/release", { address: `document:${id}` });
  await services.events.look();
  expect(await alarms()).toEqual([]);
});
