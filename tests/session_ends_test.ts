/**
 * A session that ended ends everything it opened: every way in which one ends, and everything that
 * belongs to one. What comes to belong to sessions later fails here until it is checked here.
 */

import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import {
  limits,
  type PersonId,
  type PushDevice,
  pushToDevice,
  type Session,
  toPersonId,
} from "../actors/mod.ts";
import { embeddedServices } from "../db/services.ts";
import { connectLive, type LiveClient } from "./support/live_client.ts";
import { PushEndpoint } from "./support/push_endpoint.ts";
import { startSuite, type TestSuite } from "./support/suite.ts";
import {
  emailOf,
  inviteAndSignUp,
  PASSWORD,
  signIn,
  signUp,
  type Visitor,
} from "./support/visitor.ts";
import { waitFor } from "./support/wait_for.ts";

// Each person costs two password hashes, and the command is a process of its own.
setDefaultTimeout(30_000);

const ROOT = join(import.meta.dir, "..");

let suite: TestSuite;
let service: PushEndpoint;
let ada: Visitor;
let people = 0;

beforeAll(async () => {
  [suite, service] = await Promise.all([
    startSuite({ pushToPrivateNetworks: true }),
    PushEndpoint.start(),
  ]);
  ada = await signUp(suite.setupLink, "Ada");
});

afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await suite.stop();
});

/** Somebody with two browsers; what the first one opened has to end with its session. */
interface Person {
  name: string;
  id: PersonId;
  doomed: Visitor;
  kept: Visitor;
  session: Session;
  socket: LiveClient;
  device: PushDevice;
}

async function arrive(): Promise<Person> {
  const name = `Person ${++people}`;
  const doomed = await inviteAndSignUp(ada, name);
  const { accounts, sessions, pushDevices } = suite.services;
  const id = toPersonId((await accounts.findByEmail(emailOf(name)))?.account.id ?? "");
  const [session] = await sessions.list(id);
  const socket = await connectLive(suite.url, { cookie: doomed.cookie });
  const { endpoint, ...keys } = service.subscription;
  await doomed.post("/settings/devices", { ...keys, endpoint: `${endpoint}/${people}` });
  const [device] = await pushDevices.list(id);
  if (!session || !device) throw new Error(`Cannot arrive: expected a session and a device`);
  const kept = await signIn(suite.url, name);
  return { name, id, doomed, kept, session, socket, device };
}

/** Rows that belong to a session, by table, wherever a table says so. */
function rowsOf(sessionId: string): Record<string, number> {
  const rows: Record<string, number> = {};
  for (const file of embeddedServices.map(({ name }) => `${name}.db`)) {
    using database = new Database(join(suite.dataDir, file), { readonly: true });
    const tables = database
      .query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE type = 'table'")
      .all();
    for (const { name } of tables) {
      const columns = database.query<{ name: string }, []>(`PRAGMA table_info("${name}")`).all();
      if (!columns.some((column) => column.name === "session_id")) continue;
      const found = database
        .query<{ count: number }, [string]>(
          `SELECT count(*) AS count FROM "${name}" WHERE session_id = ?`,
        )
        .get(sessionId);
      rows[`${file} ${name}`] = found?.count ?? 0;
    }
  }
  return rows;
}

/** As another process does it, which tells nobody here. */
function writeAccounts(sql: string, ...values: (string | number)[]): void {
  using database = new Database(join(suite.dataDir, "account.db"));
  database.run(sql, values);
}

async function runCommand(...args: string[]): Promise<void> {
  const { PUBLIC_URL: _, ...environment } = process.env;
  const child = Bun.spawn([process.execPath, "server.ts", ...args], {
    ...{ cwd: ROOT, stdin: "ignore", stdout: "pipe", stderr: "inherit" },
    env: { ...environment, DATA_DIR: suite.dataDir },
  });
  expect(await child.exited).toBe(0);
}

async function isRefused(cookie: string): Promise<boolean> {
  try {
    (await connectLive(suite.url, { cookie })).close();
    return false;
  } catch {
    return true;
  }
}

/** A push as the deliverer sends it that had the device in hand before the session ended. */
function push(device: PushDevice) {
  const { pushDevices: devices, sessions, push: sender, clock } = suite.services;
  const message = { title: "Secret", body: "", path: "/", tag: "t", unread: 1 };
  return pushToDevice(device, message, { devices, sessions, push: sender, clock });
}

/** Ways that the server hears of: all is ended at once. */
const heard: Record<string, (person: Person) => Promise<unknown>> = {
  "signing out": ({ doomed }) => doomed.post("/signout"),
  "signing in again in the same browser": ({ doomed, name }) =>
    doomed.post("/signin", { email: emailOf(name), password: PASSWORD }),
  "being ended from another browser": ({ kept, session }) =>
    kept.post(`/settings/sessions/${session.id}/end`),
  "ending all others": ({ kept }) => kept.post("/settings/sessions/others/end"),
  "a new password": ({ kept }) =>
    kept.post("/settings/password", {
      currentPassword: PASSWORD,
      password: "another horse battery",
    }),
  "too many sessions": async ({ id }) => {
    const from = { device: "Firefox on Linux", address: "192.0.2.7" };
    for (let i = 0; i < limits.sessionsPerPersonMax; i++) {
      await suite.services.sessions.create(id, from);
    }
  },
  "its time": async ({ session }) => {
    writeAccounts("UPDATE session SET expires_at = 1 WHERE id = ?", session.id);
    await suite.services.sessions.deleteExpired();
  },
};

/** Ways that another process knows of: nothing is handed out from then on, and the rest follows. */
const unheard: Record<string, (person: Person) => Promise<unknown>> = {
  "a password that the command has set": ({ name }) =>
    runCommand("user", "reset-password", "--email", emailOf(name)),
  "its time, before it is looked": async ({ session }) => {
    writeAccounts("UPDATE session SET expires_at = 1 WHERE id = ?", session.id);
  },
  "somebody who deletes the row": async ({ session }) => {
    writeAccounts("DELETE FROM session WHERE id = ?", session.id);
  },
};

test("everything that ends with sessions is on the list, and checked here", async () => {
  const { names } = suite.services.sessionEnds;
  expect(names).toEqual(["push devices", "sockets", "sockets of other nodes"]);
  const { session, socket } = await arrive();
  const rows = rowsOf(session.id);
  // A table that names sessions and has no row here is one that `arrive()` does not know.
  expect(Object.keys(rows)).toEqual(["inbox.db push_device"]);
  expect(Object.values(rows)).not.toContain(0);
  socket.close();
});

describe.each(Object.entries(heard))("%s", (_, end) => {
  test("ends the sockets, the devices and every row of the session at once", async () => {
    const person = await arrive();
    const { doomed, session, socket, device } = person;
    expect(await push(device)).toMatchObject({ state: "sent" });
    const cookie = doomed.cookie;
    await end(person);
    const { requests } = service;
    expect(await push(device)).toMatchObject({ state: "gone" });
    expect(service.requests).toBe(requests);
    expect(new Set(Object.values(rowsOf(session.id)))).toEqual(new Set([0]));
    expect(await waitFor(() => socket.closed)).toMatchObject({ code: 4401 });
    // One that was changed behind the server's back is trusted for a moment more.
    await waitFor(() => isRefused(cookie), { deadlineMs: limits.sessionCacheMs * 3 });
  });
});

describe.each(Object.entries(unheard))("%s", (_, end) => {
  test("ends the devices at once and the sockets when it is looked, though nobody says so", async () => {
    const person = await arrive();
    const { session, socket, device } = person;
    expect(await push(device)).toMatchObject({ state: "sent" });
    await end(person);
    const { requests } = service;
    expect(await push(device)).toMatchObject({ state: "gone" });
    expect(service.requests).toBe(requests);
    expect(new Set(Object.values(rowsOf(session.id)))).toEqual(new Set([0]));
    await suite.live.checkEverybody();
    expect(await waitFor(() => socket.closed)).toMatchObject({ code: 4401 });
  });
});

test("a device whose session ended unheard is in no list", async () => {
  const { kept, session, socket } = await arrive();
  const page = "/settings/notifications";
  expect((await kept.get(page)).text).toContain("data-endpoint");
  writeAccounts("DELETE FROM session WHERE id = ?", session.id);
  expect((await kept.get(page)).text).not.toContain("data-endpoint");
  expect(new Set(Object.values(rowsOf(session.id)))).toEqual(new Set([0]));
  socket.close();
});

test("a notification goes to the devices of sessions that are, and to no others", async () => {
  const { name, kept, session, socket } = await arrive();
  const other = await PushEndpoint.start();
  await kept.post("/settings/devices", { ...other.subscription });
  socket.close();
  // A deliverer leaves to readers what they see anyway.
  await waitFor(() => suite.live.size === 0);
  writeAccounts("DELETE FROM session WHERE id = ?", session.id);
  const { requests } = service;
  const note = await ada.createNote("Plans");
  await ada.share(note, emailOf(name), "read");
  const [received] = await waitFor(() => other.received.length > 0 && other.received);
  expect(received?.message.title).toContain("Plans");
  expect(service.requests).toBe(requests);
  await other[Symbol.asyncDispose]();
});
