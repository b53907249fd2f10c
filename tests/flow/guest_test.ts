/**
 * What a guest learns of other people: names of those they share a note with, and nobody's address. Every
 * route is walked, so that a later one that tells addresses fails here.
 */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { type PersonId, toPersonId } from "../../actors/mod.ts";
import { createApp } from "../../routes/app.ts";
import type { BuiltAssets } from "../../routes/http/assets.ts";
import { connectLive } from "../support/live_client.ts";
import { startSuite, type TestSuite } from "../support/suite.ts";
import { emailOf, inviteAndSignUp, type Page, signUp, type Visitor } from "../support/visitor.ts";
import { waitFor } from "../support/wait_for.ts";

setDefaultTimeout(60_000);

let suite: TestSuite;
let ada: Visitor;
let guest: Visitor;
/** Of the guest's, shared with Grace; and of Ada's, shared with the guest and with Grace. */
let own: string;
let adas: string;
/** Nobody whom the guest shares anything with. */
const STRANGER = "Zora";
const PEOPLE = ["Ada", "Grace", STRANGER];

beforeAll(async () => {
  suite = await startSuite();
  ada = await signUp(suite.setupLink, "Ada");
  await inviteAndSignUp(ada, "Grace");
  await inviteAndSignUp(ada, STRANGER);
  guest = await inviteAndSignUp(ada, "Inga", "guest");
  own = await guest.createNote("Plans with @Grace\n\nand @Zora");
  await guest.share(own, emailOf("Grace"), "write");
  adas = await ada.createNote("Harbor for @Inga and @Grace");
  for (const name of ["Inga", "Grace"]) await ada.share(adas, emailOf(name), "write");
  await waitFor(async () => (await guest.get("/inbox")).text.includes("Harbor"));
});

afterAll(() => suite.stop());

async function idOf(name: string): Promise<PersonId> {
  return toPersonId((await suite.services.accounts.findByEmail(emailOf(name)))?.account.id ?? "");
}

/** What a text tells of others' addresses; also by halves, as a masked one would. */
function addressesIn(text: string): string[] {
  return PEOPLE.map(emailOf).filter((email) => text.includes(email));
}

/** Everything that can be got, with what there is in the place of each parameter. */
async function pathsToGet(): Promise<string[]> {
  const health = {
    isLeaving: false,
    parts: () => ({}),
    localParts: new Set<string>(),
    cluster: () => undefined,
  };
  const { services } = suite;
  const app = createApp({ services, health, assets: {} as BuiltAssets });
  const declared = new Set(
    app.routes.filter(({ method }) => method === "GET").map(({ path }) => path),
  );
  const { items } = await services.inboxQueries.list(await idOf("Inga"), {
    ...{ view: "inbox", limit: 50 },
  });
  const ids = [own, adas, ...items.map(({ id }) => id), await idOf("Grace"), await idOf(STRANGER)];
  return [...declared]
    .filter((path) => !path.startsWith("/static"))
    .flatMap((path) => (path.includes(":") ? ids.map((id) => path.replace(/:\w+/g, id)) : [path]));
}

/** What one may type into a field that looks for people. */
const QUERIES = ["", "a", "z", "Zora", "grace", "harbor", "@harbor.example", "zora@", "example"];

test("no route tells a guest the address of anybody else, whatever they look for", async () => {
  const paths = await pathsToGet();
  expect(paths.length).toBeGreaterThan(30);
  let shown = 0;
  for (const path of paths) {
    for (const query of QUERIES) {
      const asked = `${path}?q=${encodeURIComponent(query)}&person=${encodeURIComponent(query)}`;
      const { status, text } = await guest.get(asked);
      // What one typed oneself is told again.
      expect([asked, addressesIn(text)]).toEqual([asked, []]);
      if (status === 200) shown++;
    }
  }
  expect(shown).toBeGreaterThan(100);
});

test("the walk would see it: a member is told addresses where they are of use", async () => {
  const { text } = await ada.get(`/notes/${adas}/share?person=zo`);
  expect(addressesIn(text)).toEqual(["Ada", "Grace", STRANGER].map(emailOf));
});

test("no frame of a socket tells a guest the address of anybody else", async () => {
  const client = await connectLive(suite.url, { cookie: guest.cookie });
  client.send({ t: "watch", topics: ["notes", "inbox"] });
  const other = await connectLive(suite.url, { cookie: ada.cookie });
  for (const note of [own, adas]) {
    await client.open(note);
    client.send({ t: "preview", note, on: true });
  }
  const theirs = await other.open(adas);
  await theirs.type("More by Ada. ", 0);
  other.send({ t: "caret", note: adas, version: theirs.version, caret: [1, 2] });
  await waitFor(() => client.frames.some(({ t }) => t === "presence" || t === "caret"));
  await waitFor(() => client.fragments.some((html) => html.includes("More by Ada")));
  const told = JSON.stringify([client.frames, client.fragments]);
  expect(addressesIn(told)).toEqual([]);
  client.close();
  other.close();
});

describe("a guest who shares a note", () => {
  const find = (query: string): Promise<Page> =>
    guest.get(`/notes/${own}/share?person=${encodeURIComponent(query)}`);

  /** The people who are offered, without those who have it already. */
  async function offered(query: string): Promise<string[]> {
    const { text } = await find(query);
    const list = /<ul class="share-list panel"[\s\S]*?<\/ul>/.exec(text)?.[0] ?? "";
    return [...list.matchAll(/dir="auto">([^<]+)</g)].map(([, name = ""]) => name.trim());
  }

  async function membersOf(note: string): Promise<string[]> {
    const described = await suite.services.documents.ask(note, { type: "describe" });
    return described.type === "described" ? described.members.map(({ userId }) => userId) : [];
  }

  test("finds those they share a note with by name, and nobody else", async () => {
    expect(await offered("ad")).toEqual(["Ada"]);
    for (const query of ["zo", "Zora", "zora@", "harbor", "@", "%", ""]) {
      expect([query, await offered(query)]).toEqual([query, []]);
    }
  });

  test("finds anybody by the whole address, and is told the name alone", async () => {
    expect(await offered(emailOf(STRANGER))).toEqual([STRANGER]);
    const { status } = await guest.post(`/notes/${own}/share`, {
      ...{ person: emailOf(STRANGER).toUpperCase(), role: "read" },
    });
    expect(status).toBe(303);
    expect(await membersOf(own)).toContain(await idOf(STRANGER));
    await guest.post(`/notes/${own}/members/${await idOf(STRANGER)}`, { role: "none" });
    expect(await membersOf(own)).not.toContain(await idOf(STRANGER));
  });

  test("cannot name somebody by a part of the name, or by an id that they have from elsewhere", async () => {
    const strangerId = await idOf(STRANGER);
    for (const person of ["zor", STRANGER, strangerId]) {
      await guest.get(`/notes/${own}/share`);
      const { status } = await guest.post(`/notes/${own}/share`, { person, role: "read" });
      expect([person, status]).toEqual([person, 422]);
    }
    const { status } = await guest.post(`/notes/${own}/members/${strangerId}`, { role: "read" });
    expect(status).toBe(404);
    expect(await membersOf(own)).not.toContain(strangerId);
  });

  test("changes what those may do who have it, by their ids", async () => {
    await guest.get(`/notes/${own}/share`);
    const { status } = await guest.post(`/notes/${own}/members/${await idOf("Grace")}`, {
      role: "read",
    });
    expect(status).toBe(303);
  });
});

test("the palette offers a guest those they share a note with", async () => {
  const { text: known } = await guest.get("/palette?q=grace");
  expect(known).toContain("Notes with <bdi>Grace</bdi>");
  const { text: unknown } = await guest.get("/palette?q=zora");
  expect(unknown).not.toContain("Notes with");
});
