/** Events that cannot be handled, from the first failure to the end, through the real server. */

import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { type InboxEntry, limits } from "../actors/mod.ts";
import { startSuite, type TestSuite } from "./support/suite.ts";
import { temporaryFolder } from "./support/temporary_folder.ts";
import { emailOf, inviteAndSignUp, signIn, signUp, type Visitor } from "./support/visitor.ts";
import { waitFor } from "./support/wait_for.ts";

setDefaultTimeout(120_000);

const NOTES = 30;

const folder = temporaryFolder();
let suite: TestSuite;
let ada: Visitor;
let mary: Visitor;

beforeAll(async () => {
  suite = await startSuite({ dataDir: folder.path });
  ada = await signUp(suite.setupLink, "Ada");
  await inviteAndSignUp(ada, "Grace");
  mary = await inviteAndSignUp(ada, "Mary");
});

afterAll(async () => {
  await suite.stop();
  folder[Symbol.dispose]();
});

/** Changes the inboxes' file behind the suite's back. */
function tamper(statement: string, ...values: string[]): void {
  const database = new Database(join(folder.path, "inbox.db"));
  database.run("PRAGMA busy_timeout = 1000");
  database.run(statement, values);
  database.close();
}

async function idOf(name: string) {
  const found = await suite.services.accounts.findByEmail(emailOf(name));
  if (found === undefined) throw new Error(`Cannot go on: expected ${name}`);
  return found.account.id;
}

async function entriesOf(name: string): Promise<InboxEntry[]> {
  const page = { view: "inbox", limit: 100 } as const;
  return (await suite.services.inboxQueries.list(await idOf(name), page)).items;
}

async function alarmOf(name: string): Promise<InboxEntry | undefined> {
  return (await entriesOf(name)).find(({ subject }) => subject === "ops:events");
}

async function counts() {
  return (await suite.services.events.report()).parked;
}

async function health(): Promise<{ status: string; events?: Record<string, number> }> {
  return await (await fetch(new URL("/healthz", suite.url))).json();
}

/** Stops, lets something be done to the files that no process has in hand, and starts again. */
async function restart(between: () => void = () => {}): Promise<void> {
  await suite.stop();
  between();
  suite = await startSuite({ dataDir: folder.path });
  ada = await signIn(suite.url, "Ada");
  mary = await signIn(suite.url, "Mary");
}

test("an inbox that cannot be read keeps no other from being told", async () => {
  const grace = await idOf("Grace");
  tamper("INSERT INTO inbox (user_id, unread, preferences) VALUES (?, 0, '{')", grace);
  for (let i = 0; i < NOTES; i++)
    await ada.share(await ada.createNote(`Note ${i}`), emailOf("Grace"), "read");
  const note = await ada.createNote("For Mary");
  await ada.share(note, emailOf("Mary"), "read");
  await waitFor(async () => (await entriesOf("Mary")).length === 1);
  await waitFor(async () => (await counts()).waiting >= NOTES);
  // What is parked leaves the outbox a moment later.
  const outbox = async () => (await suite.services.events.report()).outboxes[0];
  await waitFor(async () => (await outbox())?.waiting === 0);
  expect(await outbox()).toEqual({ name: "document", oldestAt: undefined, waiting: 0 });
  expect(await health()).toMatchObject({ events: { waiting: 0, setAside: 0 } });
});

test("what was tried often enough is set aside, over restarts, and administrators are told", async () => {
  const last = `failures = ${limits.eventFailuresMax - 1}`;
  await restart(() => tamper(`UPDATE parked_event SET ${last}, due_at = 0, unsettled = 0`));
  await waitFor(async () => (await counts()).setAside === NOTES);
  await restart();
  expect(await counts()).toMatchObject({ waiting: 0, setAside: NOTES });
  await suite.services.events.look();
  expect(await alarmOf("Ada")).toMatchObject({ kind: "ops.events_set_aside", path: "/ops" });
  expect(await alarmOf("Mary")).toBeUndefined();
  expect(await health()).toMatchObject({ events: { setAside: NOTES, parked: 0 } });
});

test("/ops shows it to administrators, who discard and replay it without a script", async () => {
  expect((await mary.get("/ops")).status).toBe(403);
  expect((await mary.post("/ops/events/replay", { event: "all" })).status).toBe(403);
  const { text } = await ada.get("/ops");
  expect(text).toContain("document.shared</strong>");
  expect(text).toContain(`${limits.eventFailuresMax} failures`);
  const [, number = ""] = /events\/discard".*?name="event" value="(\d+)"/s.exec(text) ?? [];
  const asked = await ada.post("/ops/events/discard", { event: number });
  expect(asked).toMatchObject({ status: 422, text: expect.stringContaining('href="/ops"') });
  expect(await counts()).toMatchObject({ setAside: NOTES });
  const sure = { event: number, confirmed: "1" };
  expect(await ada.post("/ops/events/discard", sure)).toMatchObject({ status: 303 });
  expect(await counts()).toMatchObject({ setAside: NOTES - 1 });
  expect(suite.log.find("event discarded")[0]?.fields).toMatchObject({
    ...{ audit: true, by: await idOf("Ada") },
  });
  for (const event of ["", "-1", "1e3", "__proto__", "9".repeat(20)]) {
    expect((await ada.post("/ops/events/replay", { event })).status).toBe(422);
    expect((await ada.post("/ops/events/discard", { event, confirmed: "1" })).status).toBe(422);
  }
  tamper("UPDATE inbox SET preferences = NULL");
  await ada.post("/ops/events/replay", { event: "all" });
  expect(suite.log.find("events replayed")[0]?.fields).toMatchObject({
    ...{ audit: true, events: NOTES - 1 },
  });
  await waitFor(async () => (await entriesOf("Grace")).length === NOTES - 1);
  await waitFor(async () => (await counts()).waiting === 0);
  expect(await counts()).toEqual({ waiting: 0, setAside: 0, newestSetAside: undefined });
  // It goes by itself when it is over.
  expect(await alarmOf("Ada")).toBeUndefined();
});

test("an outbox that is stuck is told, and no longer once it is not", async () => {
  const { events, clock } = suite.services;
  const database = new Database(join(folder.path, "document.db"));
  database.run("PRAGMA busy_timeout = 1000");
  const old = clock.now() - limits.outboxAgeMsMax - 1;
  // The relay looks every other second; the watch looks at once.
  database.run("INSERT INTO outbox (event_id, event, created_at) VALUES ('x', '{', ?)", [old]);
  await events.look();
  database.close();
  const stuck = async () =>
    (await entriesOf("Ada")).find(({ subject }) => subject === "ops:outbox:document");
  expect(await stuck()).toMatchObject({ kind: "ops.outbox_stuck", title: "Outbox “document”" });
  // What stood there is no event: it is set aside, and the outbox is empty.
  await waitFor(async () => (await counts()).setAside === 1);
  await waitFor(async () => {
    await events.look();
    return (await stuck()) === undefined;
  });
  expect(await alarmOf("Ada")).toBeDefined();
});
