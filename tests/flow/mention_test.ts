/** From a name in a text to an entry in an inbox, through the real server. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { type InboxEntry, type PersonId, toPersonId } from "../../actors/mod.ts";
import { connectLive, type LiveClient } from "../support/live_client.ts";
import { startSuite, type TestSuite } from "../support/suite.ts";
import { emailOf, inviteAndSignUp, signUp, type Visitor } from "../support/visitor.ts";
import { waitFor as waitForSoon } from "../support/wait_for.ts";

// A busy machine takes its time.
setDefaultTimeout(120_000);

/** Projections rest, and the longer the busier the machine is. */
function waitFor<Value>(condition: () => Value | Promise<Value>) {
  return waitForSoon(condition, { deadlineMs: 50_000 });
}

let suite: TestSuite;
let ada: Visitor;
let grace: Visitor;
let mary: Visitor;
let client: LiveClient;

beforeAll(async () => {
  suite = await startSuite();
  ada = await signUp(suite.setupLink, "Ada");
  grace = await inviteAndSignUp(ada, "Grace");
  mary = await inviteAndSignUp(ada, "Mary");
  client = await connectLive(suite.url, { cookie: ada.cookie });
});

afterAll(async () => {
  client.close();
  await suite.stop();
});

async function idOf(name: string): Promise<PersonId> {
  return toPersonId((await suite.services.accounts.findByEmail(emailOf(name)))?.account.id ?? "");
}

/** What somebody's inbox has about a note. */
async function entryOf(name: string, note: string): Promise<InboxEntry | undefined> {
  const page = { view: "inbox", limit: 50 } as const;
  const { items } = await suite.services.inboxQueries.list(await idOf(name), page);
  return items.find(({ subject }) => subject === `document:${note}`);
}

/** How often somebody was told that a note names them. */
async function toldOf(name: string, note: string): Promise<number> {
  const entry = await entryOf(name, note);
  if (!entry) return 0;
  const items = await suite.services.inboxQueries.items(await idOf(name), entry.id, 50);
  return items.filter(({ kind }) => kind === "note.mentioned").length;
}

/** Waits until everything up to a version was projected, and what it tells has left the outbox. */
async function projected(note: string): Promise<void> {
  await waitFor(async () => {
    const { items } = await suite.services.documentQueries.unprojected({ limit: 100 });
    return !items.includes(note);
  });
}

async function noteFor(name: "Grace" | "Mary", text: string): Promise<string> {
  const note = await ada.createNote(text);
  await ada.share(note, emailOf(name), "write");
  await waitFor(() => entryOf(name, note));
  await projected(note);
  return note;
}

describe("who is named in a note", () => {
  test("is told once, not again by the next edit, and again when named anew", async () => {
    const id = await noteFor("Grace", "For ");
    const note = await client.open(id);
    await note.type("@Grace");
    await waitFor(async () => (await toldOf("Grace", id)) === 1);
    expect(await entryOf("Grace", id)).toMatchObject({ reason: "mentioned", byName: "Ada" });
    await note.type(" and more");
    await projected(id);
    await note.edit([4, -6]);
    await projected(id);
    expect(await toldOf("Grace", id)).toBe(1);
    await note.type("@grace ", 4);
    await waitFor(async () => (await toldOf("Grace", id)) === 2);
    // What is told comes in order: behind this nothing of before is on its way.
    await ada.share(id, emailOf("Mary"), "read");
    await waitFor(() => entryOf("Mary", id));
    expect(await toldOf("Grace", id)).toBe(2);
  });

  test("is told nothing without access, and nobody of what they wrote themselves", async () => {
    const id = await noteFor("Grace", "x ");
    const note = await client.open(id);
    await note.type("@Ada @Mary @Grace");
    // What is told of one edit is told at once: when one has heard, so have all.
    await waitFor(async () => (await toldOf("Grace", id)) === 1);
    expect(await toldOf("Mary", id)).toBe(0);
    expect(await toldOf("Ada", id)).toBe(0);
  });

  test("has read it by looking: by the page, by the socket, and by coming back to it", async () => {
    const id = await noteFor("Mary", "Look ");
    const isRead = async () => (await entryOf("Mary", id))?.readAt !== undefined;
    await waitFor(async () => !(await isRead()));
    await mary.get(`/notes/${id}`);
    await waitFor(isRead);
    const note = await client.open(id);
    await note.type("@Mary ");
    await waitFor(async () => !(await isRead()));
    const theirs = await connectLive(suite.url, { cookie: mary.cookie });
    theirs.send({ t: "open", note: id, mode: "read", away: true });
    await waitFor(() => theirs.frames.some(({ t }) => t === "reset"));
    expect(await isRead()).toBe(false);
    theirs.send({ t: "seen", note: id });
    await waitFor(isRead);
    theirs.close();
  });
});

describe("people to name", () => {
  test("are those with access but oneself, for those who may write", async () => {
    const id = await noteFor("Grace", "x");
    const forAda = await ada.get(`/notes/${id}/people?q=GR`);
    expect(forAda.status).toBe(200);
    expect(forAda.text).toContain('data-name="Grace"');
    expect(forAda.text).not.toContain('data-name="Ada"');
    expect((await ada.get(`/notes/${id}/people?q=mar`)).text).not.toContain("option");
    expect((await grace.get(`/notes/${id}/people`)).text).toContain('data-name="Ada"');
    expect((await mary.get(`/notes/${id}/people`)).status).toBe(404);
    await ada.share(id, emailOf("Mary"), "read");
    expect((await mary.get(`/notes/${id}/people`)).status).toBe(403);
    expect((await ada.get("/notes/nothing/people")).status).toBe(404);
  });
});

describe("watching", () => {
  test("is the owner's without asking and others' when they ask, and can be taken back", async () => {
    const id = await noteFor("Grace", "watched");
    const pressed = async (visitor: Visitor) =>
      /id="note-watch" aria-pressed="(\w+)"/.exec((await visitor.get(`/notes/${id}`)).text)?.[1];
    expect([await pressed(ada), await pressed(grace)]).toEqual(["true", "false"]);
    const answer = await grace.post(`/notes/${id}/watch`);
    expect(answer).toMatchObject({ status: 303, location: `/notes/${id}` });
    expect((await grace.get(`/notes/${id}`)).text).toContain(`action="/notes/${id}/unwatch"`);
    await ada.post(`/notes/${id}/unwatch`);
    expect([await pressed(ada), await pressed(grace)]).toEqual(["false", "true"]);
    expect(await suite.services.documentQueries.watchers(id)).toEqual([await idOf("Grace")]);
    expect((await mary.post(`/notes/${id}/watch`)).status).toBe(404);
  });

  test("brings changes by others to the inbox", async () => {
    const id = await noteFor("Grace", "news: ");
    await grace.post(`/notes/${id}/watch`);
    const note = await client.open(id);
    await note.type("something");
    await waitFor(async () => (await entryOf("Grace", id))?.reason === "watching");
    expect(await entryOf("Ada", id)).toBeUndefined();
  });

  test("brings a daily e-mail at eight where one is, also to those who never chose anything", async () => {
    const { accounts, inboxQueries } = suite.services;
    const userId = await idOf("Mary");
    await accounts.update(userId, { timeZone: "Asia/Tokyo" });
    const id = await noteFor("Mary", "daily: ");
    await mary.post(`/notes/${id}/watch`);
    const note = await client.open(id);
    await note.type("something");
    const mail = await waitFor(async () => {
      const entry = await entryOf("Mary", id);
      const found = entry ? await inboxQueries.deliveries(userId, entry.id, 9) : [];
      return found.find(({ pace }) => pace === "daily");
    });
    const due = Temporal.Instant.fromEpochMilliseconds(mail.dueAt).toZonedDateTimeISO("Asia/Tokyo");
    expect(due.toPlainTime().toString()).toBe("08:00:00");
  });
});
