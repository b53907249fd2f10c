/** Bodies of requests against the real server, over sockets that send what no browser would. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { limits } from "../../actors/mod.ts";
import { createApp } from "../../routes/app.ts";
import { buildAssets } from "../../routes/http/assets.ts";
import type { BodyRule } from "../../routes/http/body.ts";
import { bodyRules } from "../../routes/http/body_rules.ts";
import { fieldValue } from "../support/account_suite.ts";
import { RawSocket } from "../support/raw_socket.ts";
import { startSuite, type TestSuite } from "../support/suite.ts";
import { emailOf, inviteAndSignUp, signUp, type Visitor } from "../support/visitor.ts";
import { waitFor } from "../support/wait_for.ts";

setDefaultTimeout(60_000);

let suite: TestSuite;
let ada: Visitor;

beforeAll(async () => {
  suite = await startSuite();
  ada = await signUp(suite.setupLink, "Ada");
});

afterAll(() => suite.stop());

const FORM = "application/x-www-form-urlencoded";

/** Sends the head of a request, and nothing else yet. */
async function begin(
  route: string,
  headers: Record<string, string | number>,
  by?: Visitor,
): Promise<RawSocket> {
  const [method, path = ""] = route.replace(/:\w+/g, "01ARZ3NDEKTSV4RRFFQ69G5FAV").split(" ");
  const all = {
    Host: suite.url.host,
    Origin: suite.url.origin,
    Accept: "text/html",
    "Content-Type": FORM,
    ...(by ? { Cookie: by.cookie } : {}),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const socket = await RawSocket.open(suite.url);
  socket.send(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  return socket;
}

function chunk(bytes: number): string {
  return `${bytes.toString(16)}\r\n${"a".repeat(bytes)}\r\n`;
}

function most({ bytesMax }: BodyRule): number {
  return Math.max(...Object.values(bytesMax));
}

/** All room is given back when nobody sends anything. */
async function expectNothingHeld(): Promise<void> {
  const { stranger, link, member, refused } = suite.services.bodies;
  await waitFor(() => stranger.bytes + link.bytes + member.bytes + refused.bytes === 0);
}

const routes = Object.entries(bodyRules);

describe("every route that changes something", () => {
  test("has a rule for what it takes, and every rule has a route", async () => {
    const health = {
      isLeaving: false,
      parts: () => ({}),
      localParts: new Set<string>(),
      cluster: () => undefined,
    };
    const assets = await buildAssets();
    const app = createApp({ services: suite.services, health, assets });
    const changing = app.routes.filter(({ method }) => method !== "GET" && method !== "ALL");
    const declared = [...new Set(changing.map(({ method, path }) => `${method} ${path}`))];
    expect(declared.length).toBeGreaterThan(40);
    expect(declared.sort()).toEqual(Object.keys(bodyRules).sort());
  });

  test("takes no more than 64 kB from strangers, and large forms from members for notes only", () => {
    for (const [route, { bytesMax }] of routes) {
      expect(bytesMax.stranger).toBeLessThanOrEqual(64_000);
      expect(bytesMax.link).toBeLessThanOrEqual(Math.max(bytesMax.member, limits.linkFormBytesMax));
      const isLarge = bytesMax.member > 64_000 || bytesMax.link > 64_000;
      const isNote = ["POST /notes", "POST /notes/:id", "POST /shared/:token"].includes(route);
      expect([route, isLarge]).toEqual([route, isNote]);
    }
    expect(bodyRules["POST /signin"]?.bytesMax.stranger).toBe(8_000);
  });

  test("cannot be reached when it has no rule", async () => {
    const socket = await begin("POST /nowhere", { "Content-Length": 3 }, ada);
    socket.send("a=b");
    expect(await socket.status()).toBe(404);
    const put = await begin("PUT /notes", { "Content-Length": 3 }, ada);
    expect(await put.status()).toBe(405);
    for (const one of [socket, put]) one.close();
  });

  test.each(routes)(
    "%s refuses a form that says it is too large, before it is read",
    async (route, rule) => {
      for (const by of [undefined, ada]) {
        const socket = await begin(route, { "Content-Length": most(rule) + 1 }, by);
        expect(await socket.status()).toBe(413);
        expect(socket.received).toMatch(/^Connection: close\r$/im);
        expect(socket.received).toContain("expected at most");
        expect(socket.hasEnded).toBe(false);
        // Whoever keeps sending hears the answer nevertheless, and then it is over.
        socket.send("a".repeat(most(rule) + 1));
        await socket.ended();
      }
      await expectNothingHeld();
    },
  );

  test.each(routes)("%s refuses a form in chunks that turns out too large", async (route, rule) => {
    const { visitor, bytesMax, status } = await whoIsRead(route, rule);
    const socket = await begin(route, { "Transfer-Encoding": "chunked" }, visitor);
    const piece = Math.min(bytesMax + 1, 1_000_000);
    for (let sent = 0; sent <= bytesMax; sent += piece) socket.send(chunk(piece));
    expect(await socket.status(30_000)).toBe(status);
    expect(socket.received).toMatch(/^Connection: close\r$/im);
    expect(suite.services.bodies.member.peakBytes).toBeLessThanOrEqual(
      limits.memberBodiesBytesPerAccountMax,
    );
    socket.send("0\r\n\r\n");
    await socket.ended();
    await expectNothingHeld();
  });

  test.each(routes)("%s reads forms alone", async (route, { type }) => {
    const wanted = type === "ignored" ? 404 : 415;
    for (const kind of ["multipart/form-data; boundary=x", "text/plain"]) {
      const socket = await begin(route, { "Content-Type": kind, "Content-Length": 3 }, ada);
      socket.send("a=b");
      expect(await socket.status()).toBe(wanted);
      socket.close();
    }
  });
});

/** Signed in, all forms are read for their token; what signs in and out is read from strangers only. */
async function whoIsRead(route: string, rule: BodyRule) {
  const isStrangers = ["POST /signin", "POST /signup"].includes(route);
  if (isStrangers) return { visitor: undefined, bytesMax: rule.bytesMax.stranger, status: 413 };
  // These read nothing, whatever comes.
  if (route === "POST /signout") return { visitor: undefined, bytesMax: 8_000, status: 303 };
  if (route === "POST /unsubscribe") return { visitor: undefined, bytesMax: 8_000, status: 404 };
  return { visitor: ada, bytesMax: rule.bytesMax.member, status: 413 };
}

describe("a request that should have no body", () => {
  test.each(["GET /notes", "GET /signin", "HEAD /notes"])(
    "%s is refused with one",
    async (route) => {
      for (const headers of [
        { "Content-Length": 40_000_000 },
        { "Transfer-Encoding": "chunked" },
      ]) {
        const socket = await begin(route, headers);
        expect(await socket.status()).toBe(413);
        expect(socket.received).toMatch(/^Connection: close\r$/im);
        socket.close();
      }
      await expectNothingHeld();
    },
  );

  test("to open a socket is refused with one", async () => {
    const upgrade = {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": 13,
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    };
    const socket = await begin("GET /live", { ...upgrade, "Content-Length": 40_000_000 }, ada);
    expect(await socket.status()).toBe(413);
    await socket.ended();
  });
});

describe("a connection", () => {
  test("goes on after a form for which there was no use", async () => {
    const { csrf, note } = await noteOf(ada);
    const headers = { "X-Csrf-Token": csrf, "Content-Length": 10 };
    const socket = await begin(`POST /notes/${note}/watch`, headers, ada);
    socket.send("a=bcdefghi");
    expect(await socket.status()).toBe(303);
    expect(socket.received).not.toMatch(/^Connection: close/im);
    socket.received = "";
    socket.send(`GET /healthz HTTP/1.1\r\nHost: ${suite.url.host}\r\n\r\n`);
    expect(await socket.status()).toBe(200);
    socket.close();
  });

  test("that breaks off gives its room back", async () => {
    const socket = await begin("POST /notes", { "Content-Length": 30_000_000 }, ada);
    socket.send(`text=${"a".repeat(1_000_000)}`);
    await waitFor(() => suite.services.bodies.member.bytes === 30_000_000);
    socket.close();
    await expectNothingHeld();
    expect(suite.log.find("request failed")).toEqual([]);
  });
});

async function noteOf(visitor: Visitor): Promise<{ csrf: string; note: string }> {
  const note = await visitor.createNote("kept");
  const { text } = await visitor.get(`/notes/${note}`);
  return { note, csrf: fieldValue(text, "csrf") ?? "" };
}

describe("somebody signed out", () => {
  test("has a form back within the limit, and not in more bytes than it came", async () => {
    const send = async (text: string) => {
      const body = new URLSearchParams({ text }).toString();
      const socket = await begin("POST /notes", { "Content-Length": body.length });
      socket.send(body);
      expect(await socket.status()).toBe(401);
      await waitFor(() => socket.received.includes("</html>"));
      socket.close();
      return { came: body.length, answer: socket.received };
    };
    const kept = await send(`an hour of work, ${"word after word, ".repeat(2_000)}`);
    expect(kept.answer).toContain("What you typed is kept on this page.");
    expect(kept.answer).toContain("an hour of work");
    const { came, answer } = await send('"'.repeat(20_000));
    expect(answer).toContain("reload this page");
    expect(answer.length).toBeLessThan(came);
  });

  test("is told what to do with a form that is larger, before it is read", async () => {
    const { stranger } = suite.services.bodies;
    const socket = await begin("POST /notes", { "Content-Length": 40_000_000 });
    expect(await socket.status()).toBe(401);
    await waitFor(() => socket.received.includes("</html>"));
    expect(socket.received).toContain("Sign in in a new tab");
    expect(socket.received).toContain("reload this page");
    expect(stranger.peakBytes).toBeLessThanOrEqual(limits.strangerBodiesBytesPerAddressMax);
    socket.close();
    await expectNothingHeld();
  });

  test("finds the same in chunks", async () => {
    const socket = await begin("POST /notes", { "Transfer-Encoding": "chunked" });
    socket.send(chunk(limits.strangerFormBytesMax + 1));
    expect(await socket.status()).toBe(401);
    expect(socket.received).toContain("reload this page");
    socket.close();
  });
});

describe("somebody with a link", () => {
  /** A note of Ada's with a link, and the path of that. */
  async function linkTo(role: "write" | "read"): Promise<{ path: string; note: string }> {
    const note = await ada.createNote(`by a link to ${role}`);
    await ada.get(`/notes/${note}/share`);
    await ada.post(`/notes/${note}/links`, { role, expires: "never" });
    const { text } = await ada.get(`/notes/${note}/share`);
    const path = /\/shared\/[\w-]+/.exec(text)?.[0];
    if (path === undefined) throw new Error("Cannot share: expected a link on the page");
    return { path, note };
  }

  test("may send less than a member, once the link is known to be good", async () => {
    const { path } = await linkTo("write");
    const large = await begin(`POST ${path}`, { "Content-Length": limits.linkFormBytesMax + 1 });
    expect(await large.status()).toBe(413);
    const good = await begin(`POST ${path}`, { "Content-Length": limits.linkFormBytesMax });
    await waitFor(() => suite.services.bodies.link.bytes === limits.linkFormBytesMax);
    const bad = await begin("POST /shared/nonsense", { "Content-Length": limits.linkFormBytesMax });
    expect(await bad.status()).toBe(404);
    for (const socket of [large, good, bad]) socket.close();
    await expectNothingHeld();
  });

  test("that does not allow writing may send what strangers may", async () => {
    const { path } = await linkTo("read");
    const length = limits.strangerFormBytesMax + 1;
    const socket = await begin(`POST ${path}`, { "Content-Length": length });
    expect(await socket.status()).toBe(413);
    socket.close();
  });

  test("has what was saved", async () => {
    const { path, note } = await linkTo("write");
    const text = "漢字 & more\n".repeat(20_000).trimEnd();
    const body = new URLSearchParams({ text, baseVersion: "1" });
    const answer = await fetch(new URL(path, suite.url), {
      method: "POST",
      body,
      headers: { Origin: suite.url.origin },
      redirect: "manual",
    });
    expect(answer.status).toBe(303);
    const { text: page } = await ada.get(`/notes/${note}`);
    expect(page).toContain("漢字 &amp; more\n漢字 &amp; more");
  });
});

describe("many bodies at once", () => {
  test("of one address wait in bounded room, and one more is told to come again", async () => {
    const { stranger } = suite.services.bodies;
    const fits = Math.floor(limits.strangerBodiesBytesPerAddressMax / limits.strangerFormBytesMax);
    const headers = { "Content-Length": limits.strangerFormBytesMax };
    const sockets = await Promise.all(
      Array.from({ length: fits }, () => begin("POST /notes", headers)),
    );
    await waitFor(() => stranger.bytes === fits * limits.strangerFormBytesMax);
    const refused = await begin("POST /notes", headers);
    expect(await refused.status()).toBe(503);
    expect(refused.received).toMatch(/^Retry-After: \d+\r$/im);
    expect(stranger.bytes).toBeLessThanOrEqual(limits.strangerBodiesBytesPerAddressMax);
    for (const socket of [...sockets, refused]) socket.close();
    await expectNothingHeld();
    await waitFor(() => suite.log.find("no room for the bodies of requests").length > 0);
    expect(suite.log.find("request failed")).toEqual([]);
  });

  test("of one account wait in bounded room, and another still has its own", async () => {
    const grace = await inviteAndSignUp(ada, "Grace");
    const { member } = suite.services.bodies;
    const headers = { "Content-Length": 45_000_000 };
    const sockets = [];
    for (let held = 1; held <= 2; held++) {
      sockets.push(await begin("POST /notes", headers, ada));
      await waitFor(() => member.bytes === held * 45_000_000);
    }
    const refused = await begin("POST /notes", headers, ada);
    expect(await refused.status()).toBe(503);
    const other = await begin("POST /notes", headers, grace);
    await waitFor(() => member.bytes === 3 * 45_000_000);
    for (const socket of [...sockets, refused, other]) socket.close();
    await expectNothingHeld();
  });
});

test("a byte a second holds no room for long", async () => {
  const socket = await begin("POST /notes", { "Content-Length": 45_000_000 }, ada);
  socket.send(`text=${"a".repeat(10_000)}`);
  const silent = await begin("POST /signin", { "Content-Length": 10 });
  await waitFor(() => suite.services.bodies.member.bytes > 0);
  const timer = setInterval(() => socket.send("a"), 1_000);
  try {
    for (const one of [socket, silent]) {
      expect(await one.status(3 * limits.bodyWindowMs)).toBe(408);
      await one.ended();
    }
  } finally {
    clearInterval(timer);
  }
  await expectNothingHeld();
});

test("a whole note comes through as it was typed", async () => {
  const { csrf } = await noteOf(ada);
  const text = "漢".repeat(limits.textUnitsMax);
  const answer = await fetch(new URL("/notes", suite.url), {
    method: "POST",
    body: new URLSearchParams({ text, csrf }),
    headers: { Origin: suite.url.origin, Cookie: ada.cookie },
    redirect: "manual",
  });
  expect(answer.status).toBe(303);
  const id = answer.headers.get("Location")?.split("/").at(-1) ?? "";
  const { documents } = suite.services;
  const by = {
    userId: (await suite.services.accounts.findByEmail(emailOf("Ada")))?.account.id,
    linkId: undefined,
  };
  const at = suite.services.clock.now();
  const opened = await documents.ask(id, { type: "open", by, at, version: undefined });
  expect(opened.type === "opened" && opened.text === text).toBe(true);
});
