/** The live socket against the real server, spoken by a client written from the protocol. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { limits } from "../../actors/mod.ts";
import { FRAME_TYPES } from "../support/frames.ts";
import { connectLive, type Frame, type LiveClient } from "../support/live_client.ts";
import { startSuite, type TestSuite } from "../support/suite.ts";
import {
  emailOf,
  inviteAndSignUp,
  PASSWORD,
  signIn,
  signUp,
  type Visitor,
} from "../support/visitor.ts";
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

function connect(visitor: Visitor): Promise<LiveClient> {
  return connectLive(suite.url, { cookie: visitor.cookie });
}

async function shared(text: string, role: "write" | "read" = "write"): Promise<string> {
  const note = await ada.createNote(text);
  await ada.share(note, emailOf("Grace"), role);
  return note;
}

function frameOf(client: LiveClient, t: string, test: (frame: Frame) => boolean = () => true) {
  return waitFor(() => client.frames.find((frame) => frame.t === t && test(frame)), {
    what: `a frame "${t}"`,
  });
}

describe("two people in one note", () => {
  test("see each other's edits and end with the same text", async () => {
    const note = await shared("Hello");
    const [a, b] = [await connect(ada), await connect(grace)];
    const [mine, hers] = [await a.open(note), await b.open(note)];
    await Promise.all([mine.type(" from Ada"), hers.type("Grace says ", 0), mine.type("!")]);
    await waitFor(() => mine.isSaved && hers.isSaved && mine.version === hers.version);
    expect(mine.text).toBe("Grace says Hello from Ada!");
    expect(hers.text).toBe(mine.text);
    a.close();
    b.close();
  });

  test("see who is here, where their carets are, and when they leave", async () => {
    const note = await shared("Hello");
    const [a, b] = [await connect(ada), await connect(grace)];
    await a.open(note);
    await b.open(note, "read");
    const presence = await frameOf(
      a,
      "presence",
      (frame) => (frame.people as unknown[]).length === 2,
    );
    expect(presence.people).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: "Ada", mode: "write" }),
        expect.objectContaining({ name: "Grace", mode: "read", client: b.id }),
      ]),
    );
    b.send({ t: "caret", note, version: 1, caret: [1, 99] });
    const caret = await frameOf(a, "caret", (frame) => frame.client === b.id);
    expect(caret).toMatchObject({ version: 1, caret: [1, 5] });
    a.frames.length = 0;
    b.terminate();
    await frameOf(a, "presence", (frame) => (frame.people as unknown[]).length === 1);
    a.close();
  });

  test("a line that breaks comes back with what was typed meanwhile, once", async () => {
    const note = await shared("start");
    const [a, b] = [await connect(ada), await connect(grace)];
    const [mine, hers] = [await a.open(note), await b.open(note)];
    b.terminate();
    await waitFor(() => b.closed);
    void hers.type(" offline");
    await mine.type(" online");
    await b.connect();
    await waitFor(() => hers.isSaved && mine.version === hers.version && mine.version === 3);
    expect(hers.text).toBe("start online offline");
    expect(mine.text).toBe(hers.text);
    a.close();
    b.close();
  });

  test("an edit that is sent twice counts once", async () => {
    const note = await shared("");
    const a = await connect(ada);
    const mine = await a.open(note);
    const edit = { t: "edit", note, id: "the-same-edit", base: 0, delta: ["once"] };
    a.send(edit);
    a.send(edit);
    expect(await frameOf(a, "ack")).toMatchObject({ id: "the-same-edit", version: 1 });
    expect(mine.text).toBe("once");
    a.close();
  });
});

describe("rights", () => {
  test("a revoked person's open note closes at once", async () => {
    const note = await shared("ours");
    const b = await connect(grace);
    const hers = await b.open(note);
    const { account } = (await suite.services.accounts.findByEmail(emailOf("Grace"))) ?? {};
    await ada.post(`/notes/${note}/members/${account?.id}`, { role: "read" });
    expect(await frameOf(b, "role")).toMatchObject({ role: "read" });
    expect(hers.type("x")).rejects.toThrow("forbidden");
    await ada.post(`/notes/${note}/members/${account?.id}`, { role: "none" });
    await frameOf(b, "revoked");
    b.frames.length = 0;
    b.send({ t: "edit", note, id: "too-late-1", base: 1, delta: ["x"] });
    expect(await frameOf(b, "error")).toMatchObject({ id: "too-late-1", code: "invalid" });
    expect(b.open(note)).rejects.toThrow("not_found");
    b.close();
  });

  test("a note in the trash closes for writing", async () => {
    const note = await shared("ours");
    const a = await connect(ada);
    const mine = await a.open(note);
    await ada.post(`/notes/${note}/trash`);
    await frameOf(a, "trashed");
    expect(mine.type("x")).rejects.toThrow("gone");
    a.close();
  });

  test("a guest's link opens one note, for as long as it is good", async () => {
    const [note, other] = [await ada.createNote("open"), await ada.createNote("closed")];
    await ada.post(`/notes/${note}/links`, { role: "write", expires: "day" });
    const { text } = await ada.get(`/notes/${note}/share`);
    const key = /\/shared\/([\w-]+)/.exec(text)?.[1] ?? "";
    const guest = await connectLive(suite.url, { key });
    const theirs = await guest.open(note);
    await theirs.type(" door");
    expect(guest.open(other)).rejects.toThrow("not_found");
    await ada.post(/\/notes\/\w+\/links\/\w+\/revoke/.exec(text)?.[0] ?? "");
    await frameOf(guest, "revoked");
    guest.close();
  });

  test("somebody else's note, an unknown one and nonsense look the same", async () => {
    const note = await ada.createNote("secret");
    const b = await connect(grace);
    expect(b.open(note)).rejects.toThrow("not_found");
    expect(b.open("01JD2Z7Q5V4T8N3XKQ0C9B6MWE")).rejects.toThrow("not_found");
    b.send({ t: "caret", note, version: 0, caret: [0, 0] });
    b.send({ t: "preview", note, on: true });
    b.send({ t: "close", note });
    b.send({ t: "ping" });
    await frameOf(b, "pong");
    b.close();
  });

  test("a socket is only for our own pages and for who is signed in", async () => {
    const { host } = suite.url;
    const upgrade = (path: string, headers: Record<string, string>) =>
      fetch(`http://${host}${path}`, { headers: { ...headers, Cookie: ada.cookie } });
    const origin = { Origin: suite.url.origin };
    const handshake = {
      ...{ Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13" },
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    };
    const evil = { ...handshake, Origin: "https://evil.example" };
    expect((await upgrade("/live?v=1", evil)).status).toBe(403);
    expect((await upgrade("/live?v=9", { ...handshake, ...origin })).status).toBe(400);
    expect((await upgrade("/live?v=1", origin)).status).toBe(426);
    const stranger = await connectLive(suite.url, {}).catch((error) => String(error));
    expect(stranger).toContain("4401");
  });

  test("a session that ends closes its sockets, and what was typed goes on after the next", async () => {
    const note = await shared("before");
    const leaving = await signIn(suite.url, "Grace");
    const b = await connect(leaving);
    const hers = await b.open(note);
    await leaving.post("/signout");
    expect(await waitFor(() => b.closed)).toMatchObject({ code: 4401 });
    void hers.type(" and after");
    await leaving.post("/signin", { email: emailOf("Grace"), password: PASSWORD });
    const again = await connectLive(suite.url, { cookie: leaving.cookie });
    again.send({ t: "open", note, version: 1, mode: "write" });
    await frameOf(again, "opened");
    again.close();
  });
});

test("every kind of frame there is is tried by the tests that try them all", () => {
  expect(suite.live.frameTypes.toSorted()).toEqual(FRAME_TYPES.toSorted());
});

describe("bad frames", () => {
  test("get a clear answer each, and the socket lives on", async () => {
    const note = await shared("a😀b");
    const a = await connect(ada);
    await a.open(note);
    const edit = (id: string, delta: unknown, base = 1) => {
      a.send({ t: "edit", note, id, base, delta });
      return frameOf(a, "error", (frame) => frame.id === id);
    };
    expect(await edit("delta-nul-1", ["a\0"])).toMatchObject({ code: "invalid_text" });
    expect(await edit("delta-lone-1", ["\uD800"])).toMatchObject({ code: "invalid_text" });
    expect(await edit("delta-return-1", ["a\r\n"])).toMatchObject({ code: "invalid_text" });
    expect(await edit("delta-shape-1", [{ insert: "x" }])).toMatchObject({ code: "bad_delta" });
    expect(await edit("delta-long-1", [99, "x"])).toMatchObject({ code: "bad_delta" });
    expect(await edit("delta-pair-1", [2, "x"])).toMatchObject({ code: "bad_delta" });
    expect(await edit("delta-base-1", ["x"], 77)).toMatchObject({ code: "unknown_base" });
    const big = "y".repeat(limits.textPieceUnitsMax + 1);
    expect(await edit("delta-big-1", [big])).toMatchObject({ code: "bad_delta" });
    const many = Array.from({ length: limits.deltaComponentsMax / 2 + 1 }, () => [1, "x"]).flat();
    expect(await edit("delta-many-1", many)).toMatchObject({ code: "bad_delta" });
    for (const frame of ["garbage", "[]", "null", '{"t":"nothing"}', '{"t":"open","note":"x"}']) {
      a.frames.length = 0;
      a.send(frame);
      expect(await frameOf(a, "error")).toMatchObject({ code: "invalid" });
    }
    a.send({ t: "ping" });
    await frameOf(a, "pong");
    a.close();
  });

  test("a flood closes the socket", async () => {
    const a = await connect(ada);
    for (let i = 0; i < limits.frameBurstMax * 2; i++) a.send({ t: "ping" });
    expect(await waitFor(() => a.closed)).toMatchObject({ code: 1008 });
  });

  test("a flood of bytes closes the sender's sockets, and nobody else's", async () => {
    const mallory = await inviteAndSignUp(ada, "Mallory");
    const [a, other, b] = [await connect(mallory), await connect(mallory), await connect(grace)];
    const frame = JSON.stringify({ t: "ping", x: "x".repeat(limits.frameBytesMax - 100) });
    const burst = limits.memberFramesBytesMax / limits.frameBytesMax;
    for (let i = 0; i < burst * 3; i++) a.send(frame);
    expect(await waitFor(() => a.closed, { deadlineMs: 10_000 })).toMatchObject({ code: 1008 });
    expect(a.frames.filter(({ t }) => t === "pong").length).toBeLessThanOrEqual(burst + 1);
    expect(a.frames.find(({ code }) => code === "throttled")).toBeDefined();
    // Another tab has nothing left either; connecting again brings nothing.
    other.send(frame);
    expect(await waitFor(() => other.closed)).toMatchObject({ code: 1008 });
    b.send({ t: "ping" });
    await frameOf(b, "pong");
    b.close();
  });

  test("a frame over the limit closes the socket", async () => {
    const a = await connect(ada);
    a.send("x".repeat(limits.frameBytesMax + 1));
    expect(await waitFor(() => a.closed)).toMatchObject({ code: expect.any(Number) });
    const again = await connect(ada);
    again.close();
  });

  test("more notes than a tab may have are refused", async () => {
    const a = await connect(ada);
    for (let i = 0; i < limits.openDocumentsMax; i++) await a.open(await ada.createNote(`${i}`));
    expect(a.open(await ada.createNote("one more"))).rejects.toThrow("too_large");
    a.close();
  });
});

describe("a long text", () => {
  /** Different in each place, so that pieces in another order would show. */
  const long = (units: number) =>
    Array.from({ length: Math.ceil(units / 10) }, (_, i) => `漢${String(i).padStart(8)}\n`)
      .join("")
      .slice(0, units);

  test("that a member pastes arrives whole and in order, at others as well, and no more fits", async () => {
    const carol = await inviteAndSignUp(ada, "Carol");
    const note = await carol.createNote("");
    await carol.share(note, emailOf("Grace"), "read");
    const [a, b] = [await connect(carol), await connect(grace)];
    const [mine, hers] = [await a.open(note), await b.open(note, "read")];
    const text = long(limits.textUnitsMax);
    expect(Buffer.byteLength(text)).toBeGreaterThan(limits.textUnitsMax * 1.1);
    const version = await mine.edit([text]);
    expect(version).toBe(limits.textUnitsMax / limits.textPieceUnitsMax);
    await waitFor(() => hers.version === version, { deadlineMs: 10_000 });
    // Compared by a hash, because a text of five megabytes says nothing when it differs.
    expect(Bun.hash(hers.text)).toBe(Bun.hash(text));
    expect(a.frames.find(({ t }) => t === "error")).toBeUndefined();
    const again = await connect(carol);
    expect(Bun.hash((await again.open(note)).text)).toBe(Bun.hash(text));
    expect(mine.type("!")).rejects.toThrow("too_large");
    for (const client of [a, b, again]) client.close();
  }, 60_000);

  test("or many small changes made offline arrive, whatever others wrote meanwhile", async () => {
    const text = ".".repeat(20_000);
    const note = await shared(text);
    const [a, b] = [await connect(ada), await connect(grace)];
    const [mine, hers] = [await a.open(note), await b.open(note)];
    a.terminate();
    await waitFor(() => a.closed);
    const changes = Array.from({ length: 5_000 }, (_, i) => [2, String(i % 10), -1]).flat();
    const saved = mine.edit(changes);
    await hers.type("Grace ", 10_000);
    await a.connect();
    await saved;
    await waitFor(() => mine.version === hers.version);
    expect(mine.text).toBe(hers.text);
    expect(mine.text).toHaveLength(text.length + "Grace ".length);
    expect(mine.text.match(/\d/g)).toHaveLength(5_000);
    a.close();
    b.close();
  }, 60_000);

  test("from the holder of a link waits when it is more than they may send, and arrives", async () => {
    const note = await ada.createNote("");
    await ada.post(`/notes/${note}/links`, { role: "write", expires: "never" });
    const { text: page } = await ada.get(`/notes/${note}/share`);
    const key = /\/shared\/([\w-]+)/.exec(page)?.[1] ?? "";
    const guest = await connectLive(suite.url, { key });
    const open = await guest.open(note);
    const text = long(17 * limits.textPieceUnitsMax);
    // More than is allowed meanwhile, also where the machine takes its time.
    const { linkFramesBytesMax, linkFramesBytesPerSecondMax } = limits;
    const allowed = linkFramesBytesMax + 4 * linkFramesBytesPerSecondMax;
    expect(Buffer.byteLength(text)).toBeGreaterThan(allowed);
    await open.edit([text]);
    const waits = guest.frames.filter(({ code }) => code === "throttled");
    expect(waits.length).toBeGreaterThan(0);
    for (const wait of waits) expect(wait).toMatchObject({ note, id: expect.any(String) });
    const a = await connect(ada);
    expect(Bun.hash((await a.open(note)).text)).toBe(Bun.hash(text));
    guest.close();
    a.close();
  }, 60_000);
});

describe("what pages hear", () => {
  test("the list's line changes in place, and lists that moved are told to fetch again", async () => {
    const a = await connect(ada);
    const b = await connect(grace);
    a.send({ t: "watch", topics: ["notes", "somebody-elses"] });
    b.send({ t: "watch", topics: ["notes"] });
    b.send({ t: "ping" });
    await frameOf(b, "pong");
    const note = await shared("Listed");
    await frameOf(b, "stale");
    const mine = await a.open(note);
    await mine.edit([6, " anew"]);
    const has = (client: LiveClient, text: string) =>
      waitFor(() => client.fragments.some((html) => html.includes(text)), { what: text });
    await has(a, "Listed anew");
    await has(b, "Listed anew");
    await has(b, "Here now");
    b.frames.length = 0;
    await ada.post(`/notes/${note}/trash`);
    await frameOf(b, "stale");
    a.close();
    b.close();
  });

  test("the preview comes whole, and then only what changed", async () => {
    const note = await shared("# Title\n\nfirst\n\nsecond");
    const a = await connect(ada);
    const mine = await a.open(note);
    a.send({ t: "preview", note, on: true });
    expect(await frameOf(a, "preview")).toMatchObject({ start: 0, remove: -1 });
    a.frames.length = 0;
    await mine.edit([mine.text.indexOf("first"), "the "]);
    const splice = await frameOf(a, "preview");
    expect(splice).toMatchObject({
      start: 1,
      remove: 1,
      blocks: [expect.stringContaining("the first")],
    });
    const late = await connect(grace);
    await late.open(note);
    late.send({ t: "preview", note, on: true });
    const whole = await frameOf(late, "preview");
    expect(whole.blocks).toHaveLength(3);
    a.send({ t: "preview", note, on: false });
    a.close();
    late.close();
  });
});
