/**
 * Every route that takes an id, with texts that are none: in the path and in the form. Nothing answers
 * with a fault of the server, nothing is kept of it, and what others are told still arrives.
 */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { SQL } from "bun";
import type { InboxEntry, PersonId } from "../actors/mod.ts";
import type { Config } from "../config.ts";
import { createApp } from "../routes/app.ts";
import type { BuiltAssets } from "../routes/http/assets.ts";
import { HOSTILE_IDS } from "./support/hostile_ids.ts";
import { startSuite, type TestSuite } from "./support/suite.ts";
import { testDatabase } from "./support/test_database.ts";
import { emailOf, inviteAndSignUp, type Page, signUp, type Visitor } from "./support/visitor.ts";
import { waitFor } from "./support/wait_for.ts";

setDefaultTimeout(120_000);

/** A later route that takes an id under another name has to be added, or the first test fails. */
const PARAMETERS = ["id", "userId", "linkId", "token"];
/** Fields of forms that name a person, a note, a link, an actor, an event or anything else by an id. */
const FIELDS = ["id", "person", "address", "subject", "operation", "event", "group"];
/** Without the session the rest of the walk would be about nothing. */
const SIGNS_OUT = new Set(["/signout", "/signin", "/signup"]);
/** What rests or moves by itself: sessions are used, texts are projected, inboxes filled. */
const TABLES = ["account", "invitation", "member", "link", "pin", "watch", "mute", "push_device"];

interface Database {
  name: string;
  options(): Promise<Partial<Config>>;
  rows(suite: TestSuite, table: string): Promise<unknown[]>;
}

let url = "";

async function sqliteRows({ dataDir }: TestSuite, table: string): Promise<unknown[]> {
  for (const file of ["account", "document", "inbox"]) {
    const sql = new SQL(`sqlite://${join(dataDir, `${file}.db`)}`);
    const found = await sql`SELECT 1 FROM sqlite_master WHERE name = ${table}`;
    const rows = found.length > 0 ? await sql.unsafe(`SELECT * FROM ${table}`) : undefined;
    await sql.close();
    if (rows !== undefined) return [...rows];
  }
  throw new Error(`Cannot find table "${table}"`);
}

async function postgresRows(_suite: TestSuite, table: string): Promise<unknown[]> {
  await using sql = new SQL(url);
  const [found] = await sql`SELECT table_schema AS schema FROM information_schema.tables
    WHERE table_name = ${table} AND table_schema IN ('account', 'document', 'inbox')`;
  return [...(await sql.unsafe(`SELECT * FROM ${found.schema}.${table}`))];
}

const databases: Database[] = [
  { name: "SQLite", options: async () => ({}), rows: sqliteRows },
  {
    name: "Postgres",
    async options() {
      url = await testDatabase();
      return {
        databases: { url, urls: {}, connectionsMax: 5, migrateOnStart: true },
        cluster: undefined,
      };
    },
    rows: postgresRows,
  },
];

/** Method and path of everything that can be asked of the suite. */
function routesOf({ services }: TestSuite): { method: string; path: string }[] {
  const health = {
    ...{ isLeaving: false, localParts: new Set<string>() },
    ...{ parts: () => ({}), cluster: () => undefined },
  };
  const app = createApp({ services, health, assets: {} as BuiltAssets });
  const routes = app.routes.filter(({ method, path }) => method !== "ALL" && !path.includes("*"));
  return [...new Map(routes.map((route) => [`${route.method} ${route.path}`, route])).values()];
}

function parametersIn(path: string): string[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);
}

/** Fetch resolves dots itself; lone surrogates have no place in an address. */
function encode(text: string): string {
  const isDots = text === "." || text === "..";
  return isDots ? text.replaceAll(".", "%2E") : encodeURIComponent(text.toWellFormed());
}

describe.each(databases)("ids that are none, on $name", ({ options, rows }) => {
  let suite: TestSuite;
  let ada: Visitor;
  let grace: Visitor;
  let note: string;
  let graceId: PersonId;

  beforeAll(async () => {
    suite = await startSuite(await options());
    ada = await signUp(suite.setupLink, "Ada");
    grace = await inviteAndSignUp(ada, "Grace");
    note = await ada.createNote("# Harbor");
    await ada.share(note, emailOf("Grace"), "read");
    const found = await suite.services.accounts.findByEmail(emailOf("Grace"));
    if (found === undefined) throw new Error("Cannot go on: expected Grace");
    graceId = found.account.id;
    await entryAbout(note);
  });

  afterAll(() => suite.stop());

  async function entryAbout(id: string): Promise<InboxEntry> {
    return await waitFor(async () => {
      const page = { view: "inbox", limit: 50 } as const;
      const { items } = await suite.services.inboxQueries.list(graceId, page);
      return items.find(({ subject }) => subject === `document:${id}`);
    });
  }

  /** What must not have changed. */
  async function snapshot(): Promise<Record<string, unknown[]>> {
    const tables: Record<string, unknown[]> = {};
    for (const table of TABLES) tables[table] = await rows(suite, table);
    return tables;
  }

  async function ask(method: string, path: string, fields: Record<string, string> = {}) {
    const { throttles } = suite.services;
    const accounts = await suite.services.accounts.list();
    // What is asked too often is refused before anything looks at it.
    for (const { id } of accounts) await throttles.requests.clear(`account:${id}`);
    return method === "GET" ? await ada.get(path) : await ada.post(path, fields);
  }

  function expectNoFault(what: unknown, { status, text }: Page): void {
    expect([what, status < 500 || text]).toEqual([what, true]);
  }

  /** The address of a route; what is not given is right. */
  function fill(path: string, given: Record<string, string>, id = note): string {
    const right: Record<string, string> = { id, userId: graceId, linkId: id, token: id };
    return path.replace(/:(\w+)/g, (_, name: string) => given[name] ?? right[name] ?? "");
  }

  test("are known by the names of their parameters", () => {
    const names = new Set(routesOf(suite).flatMap(({ path }) => parametersIn(path)));
    expect([...names].sort()).toEqual(PARAMETERS.toSorted());
  });

  test("change nothing where they stand in a path", async () => {
    const before = await snapshot();
    let asked = 0;
    for (const { method, path } of routesOf(suite)) {
      for (const name of parametersIn(path)) {
        for (const text of HOSTILE_IDS) {
          const fields = {
            role: "read",
            person: emailOf("Grace"),
            expires: "never",
            confirmed: "1",
          };
          const page = await ask(method, fill(path, { [name]: encode(text) }), fields);
          expectNoFault([method, path, name, text], page);
          asked += 1;
        }
      }
    }
    expect(asked).toBeGreaterThan(300);
    expect(await snapshot()).toEqual(before);
  });

  test("leave no trace where they stand in a form", async () => {
    const scratch = await ada.createNote("for this alone");
    const posts = routesOf(suite).filter(({ method, path }) => {
      return method === "POST" && !SIGNS_OUT.has(path);
    });
    for (const { method, path } of posts) {
      for (const field of FIELDS) {
        for (const text of HOSTILE_IDS) {
          const fields = { role: "read", expires: "never", confirmed: "1", [field]: text };
          expectNoFault(
            [path, field, text],
            await ask(method, fill(path, { userId: graceId }, scratch), fields),
          );
        }
      }
    }
    const kept = JSON.stringify(await snapshot());
    for (const text of HOSTILE_IDS.filter((text) => text.length > 2)) {
      expect(kept).not.toContain(JSON.stringify(text));
    }
  });

  test("are no people: only those with an account become members", async () => {
    const stranger = suite.services.clock.mintId();
    const before = await rows(suite, "member");
    for (const person of [stranger, "a:b", "%00", "__proto__"]) {
      const url = `/notes/${note}/members/${encodeURIComponent(person)}`;
      expect((await ada.post(url, { role: "write" })).status).toBe(404);
    }
    expect(await rows(suite, "member")).toEqual(before);
  });

  test("keep nothing from arriving that comes later", async () => {
    const later = await ada.createNote("# Later");
    await ada.share(later, emailOf("Grace"), "write");
    expect((await entryAbout(later)).title).toBe("Later");
    expect((await grace.get("/inbox")).text).toContain("Later");
  });
});
