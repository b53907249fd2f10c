/** What cannot be undone asks first, also where no script runs; and no action of the kind forgets to. */

import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { dirname, join } from "node:path";
import { Glob } from "bun";
import { confirmations } from "../../views/shell/confirmations.tsx";
import { startSuite, type TestSuite } from "../support/suite.ts";
import { emailOf, inviteAndSignUp, signUp, Visitor } from "../support/visitor.ts";
import { waitFor } from "../support/wait_for.ts";

const VIEWS = join(dirname(dirname(import.meta.dir)), "views");

let suite: TestSuite;
let ada: Visitor;
let grace: Visitor;

beforeAll(async () => {
  suite = await startSuite();
  ada = await signUp(suite.setupLink, "Ada");
  grace = await inviteAndSignUp(ada, "Grace");
});

afterAll(() => suite.stop());

/** A button that asks, as a page shows it. */
interface Asking {
  question: string;
  /** Where its form goes, and what it sends but for the token. */
  action: string;
  fields: Record<string, string>;
}

/** Buttons that ask a question before they send their form. */
function askingIn(html: string): Asking[] {
  return [...html.matchAll(/<button[^>]*\bdata-confirm="([^"]*)"[^>]*>/g)].map((match) => {
    const [button, question = ""] = match;
    const own = /formaction="([^"]*)"/.exec(button)?.[1];
    const form = html.slice(0, match.index).lastIndexOf("<form");
    const action = own ?? /action="([^"]*)"/.exec(html.slice(form))?.[1] ?? "";
    const end = html.indexOf("</form>", match.index);
    const { csrf: _, ...fields } = Object.fromEntries(fieldsIn(html.slice(form, end)));
    return { question, action, fields };
  });
}

function fieldsIn(form: string): [string, string][] {
  const inputs = form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g);
  return [...inputs].map(([, name = "", value = ""]) => [name, value]);
}

/** What the page that asks shows, and the form in it. */
function askedIn(html: string) {
  const main = html.slice(html.indexOf("<main"));
  const [form = ""] = /<form [\s\S]*?<\/form>/.exec(main) ?? [];
  return {
    words: `${/<h1[^>]*>([^<]*)</.exec(main)?.[1]} ${/<p>([^<]*)</.exec(form)?.[1]}`,
    action: /action="([^"]*)"/.exec(form)?.[1] ?? "",
    fields: fieldsIn(form),
    cancel: /<a href="([^"]*)"[^>]*>Cancel/.exec(form)?.[1],
  };
}

/** Every page with actions that ask, each with something to do them to. */
async function pagesThatAsk(): Promise<string[]> {
  const trashed = await ada.createNote("Trashed");
  await ada.post(`/notes/${trashed}/trash`);
  const given = await grace.createNote("Given");
  await grace.share(given, emailOf("Ada"), "read");
  await waitFor(async () => (await ada.get("/notes?scope=trash")).text.includes("Trashed"));
  using outbox = new Database(join(suite.dataDir, "document.db"));
  outbox.run("PRAGMA busy_timeout = 5000");
  outbox.run("INSERT INTO outbox (event_id, event, created_at) VALUES ('x', '{', 1)");
  const { events } = suite.services;
  await waitFor(async () => (await events.report()).parked.setAside === 1);
  return ["/notes?scope=trash", `/notes/${given}`, "/ops"];
}

test("every action that asks with a script asks without one, in the same words", async () => {
  const asked = new Set<string>();
  for (const path of await pagesThatAsk()) {
    const page = await ada.get(path);
    for (const { question, action, fields } of askingIn(page.text)) {
      const answer = await ada.post(action, fields);
      const form = askedIn(answer.text);
      expect(answer.status).toBe(422);
      expect(form).toMatchObject({ words: question, action, cancel: path });
      expect(form.fields).toContainEqual(["confirmed", "1"]);
      expect((await ada.get(path)).text).toContain(action);
      expect((await ada.post(form.action, Object.fromEntries(form.fields))).status).toBe(303);
      expect((await ada.get(path)).text).not.toContain(action);
      asked.add(question);
    }
  }
  const known = confirmations.map(({ question, consequence }) => `${question} ${consequence}`);
  expect([...asked].sort()).toEqual(known.sort());
});

describe("the page that asks", () => {
  test("hands on what the form came with, and where it goes", async () => {
    const note = await ada.createNote("Many fields");
    await ada.post(`/notes/${note}/trash`);
    const path = `/notes/${note}/purge?id=1&id=2`;
    const { text } = await ada.post(path, { next: '/notes?q="<b>', confirmed: "no" });
    const { action, fields, cancel } = askedIn(text);
    expect(action).toBe(path.replace("&", "&amp;"));
    expect(fields.map(([name]) => name)).toEqual(["csrf", "next", "confirmed"]);
    expect(fields).toContainEqual(["next", "/notes?q=&quot;&lt;b&gt;"]);
    expect(cancel).toBe("/notes?q=%22%3Cb%3E");
  });

  test("leads to no other site", async () => {
    const note = await ada.createNote("Stay");
    const { text } = await ada.post(`/notes/${note}/purge`, { next: "//evil.example/" });
    expect(askedIn(text).cancel).toBe("/");
  });

  test("is for those who are signed in", async () => {
    const note = await ada.createNote("Not for strangers");
    const stranger = new Visitor(suite.url);
    const { status, text } = await stranger.post(`/notes/${note}/purge`);
    expect([status, text]).toEqual([401, "Sign in first"]);
  });

  test("is no way around the token of the form", async () => {
    const note = await ada.createNote("Forged");
    const { status } = await ada.post(`/notes/${note}/purge`, { csrf: "made up", confirmed: "1" });
    expect(status).toBe(403);
  });
});

test("views ask only by what the server asks by, too", async () => {
  const found: string[] = [];
  for await (const name of new Glob("**/*.tsx").scan(VIEWS)) {
    const text = await Bun.file(join(VIEWS, name)).text();
    if (!name.endsWith("_test.tsx") && /data-confirm|hx-confirm/.test(text)) found.push(name);
  }
  expect(found).toEqual(["shell/confirmations.tsx"]);
});
