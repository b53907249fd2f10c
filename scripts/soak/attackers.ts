/**
 * Those who do their worst, as a process of its own: without an account, with a link, and as a member.
 * Reads `{url, cookies, seconds}` from its standard input and ends by itself.
 */

import { connect, type Socket } from "node:net";
import { LiveClient } from "../../tests/support/live_client.ts";
import { Visitor } from "../../tests/support/visitor.ts";

interface Orders {
  url: string;
  cookies: { name: string; value: string }[];
  seconds: number;
}

const orders = JSON.parse(await Bun.stdin.text()) as Orders;
const url = new URL(orders.url);
const until = performance.now() + orders.seconds * 1_000;
const isOn = () => performance.now() < until;
const counts: Record<string, number> = {};

/** Does something again and again until time is up; what fails has been refused. */
async function again(name: string, act: () => Promise<unknown>, pauseMs = 0): Promise<void> {
  while (isOn()) {
    const kind = await act().then(
      (answer) => `${name} ${statusOf(answer)}`,
      () => `${name} refused`,
    );
    counts[kind] = (counts[kind] ?? 0) + 1;
    await Bun.sleep(pauseMs);
  }
}

function statusOf(answer: unknown): string {
  return typeof answer === "object" && answer !== null && "status" in answer
    ? String(answer.status)
    : "done";
}

const anonymous = (path: string, init: RequestInit = {}) =>
  fetch(new URL(path, url), {
    ...init,
    redirect: "manual",
    signal: AbortSignal.timeout(30_000),
    headers: { Origin: url.origin, ...init.headers },
  }).then(async (response) => {
    await response.arrayBuffer();
    return response;
  });

const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
const FIELDS = "a=1&".repeat(10_000_000 / 4);
const BIG = `text=${"x".repeat(40_000_000)}`;

function strangers(): Promise<void>[] {
  return [
    again("page", () => anonymous("/signin")),
    again("page", () => anonymous("/nothing-here")),
    again("sign-in", () =>
      anonymous("/signin", { method: "POST", headers: FORM, body: "email=a@b.c&password=x" }),
    ),
    again("sign-in of fields", () =>
      anonymous("/signin", { method: "POST", headers: FORM, body: FIELDS }),
    ),
    again("note of a stranger", () =>
      anonymous("/notes", { method: "POST", headers: FORM, body: BIG }),
    ),
    slowBodies(60),
  ];
}

/** Bodies of which most comes at once and the rest never. */
async function slowBodies(count: number): Promise<void> {
  const part = Buffer.alloc(1_000_000, "a");
  const open = (): Socket => {
    const socket = connect(Number(url.port), url.hostname);
    socket.on("error", () => {});
    socket.write(
      `POST /notes HTTP/1.1\r\nHost: ${url.host}\r\nOrigin: ${url.origin}\r\n` +
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 45000000\r\n\r\ntext=",
    );
    for (let i = 0; i < 40; i++) socket.write(part);
    return socket;
  };
  const sockets = Array.from({ length: count }, open);
  while (isOn()) {
    for (const [index, socket] of sockets.entries()) {
      if (socket.destroyed) sockets[index] = open();
      else socket.write("b");
    }
    await Bun.sleep(1_000);
  }
  for (const socket of sockets) socket.destroy();
}

const member = new Visitor(url);
member.adopt(orders.cookies);

const HOSTILE: Record<string, string> = {
  addresses: `${`http://example.org/${"a".repeat(4_000)}\n\n`.repeat(100)}`,
  list: "- a\n".repeat(1_200_000),
  brackets: "[".repeat(400_000),
  table: `a|b\n-|-\n${"x\n".repeat(300_000)}`,
  names: "@Mallory ".repeat(500_000),
};

async function memberAttacks(): Promise<Promise<void>[]> {
  await member.get("/notes");
  const notes: string[] = [];
  for (const text of Object.values(HOSTILE)) notes.push(await member.createNote(text));
  const links: string[] = [];
  for (const note of notes) {
    await member.post(`/notes/${note}/links`, { role: "write", expires: "never" });
    const { text } = await member.get(`/notes/${note}/share`);
    const link = /\/shared\/[\w-]+/.exec(text)?.[0];
    if (link !== undefined) links.push(link);
  }
  const small = await member.createNote("x");
  let turn = 0;
  return [
    ...links.map((link) => again("hostile note", () => anonymous(link))),
    again("save", () => {
      turn++;
      const text = String.fromCharCode(97 + (turn % 26)).repeat(1_000_000);
      return member.post(`/notes/${small}`, {
        text,
        baseVersion: "0",
        operation: `save-${turn}-0000`,
      });
    }),
    again("search", () => member.get(`/notes?q=${"a b c d e f g h i j k l m ".repeat(8)}`)),
    again("ghost", () => member.post(`/notes/${small}/members/a:b${turn}`, { role: "read" }), 20),
    ...notes.map((note) => watchPreview(note)),
    floodFrames(small),
  ];
}

/** Has a preview rendered again and again. */
async function watchPreview(note: string): Promise<void> {
  const client = new LiveClient(url, { cookie: member.cookie });
  await again("preview", async () => {
    if (client.closed !== undefined || client.id === "") await client.connect();
    const version = Number((await client.open(note)).version);
    client.send({ t: "preview", note, on: true });
    client.send({ t: "edit", note, id: crypto.randomUUID(), base: version, delta: ["x"] });
    client.frames.length = 0;
    await Bun.sleep(200);
    client.send({ t: "preview", note, on: false });
  });
  client.close();
}

/** Frames that are large, deep, or old. */
async function floodFrames(note: string): Promise<void> {
  const client = new LiveClient(url, { cookie: member.cookie });
  const deep = "[".repeat(1_900_000);
  const ping = JSON.stringify({ t: "ping", x: "y".repeat(900_000) });
  const keys = JSON.stringify({
    t: "ping",
    x: Object.fromEntries(Array.from({ length: 80_000 }, (_, i) => [`k${i}`, i])),
  });
  await again(
    "frames",
    async () => {
      if (client.closed !== undefined || client.id === "") await client.connect();
      await client.open(note);
      for (const frame of [deep, ping, keys]) client.send(frame);
      for (let i = 0; i < 50; i++) {
        client.send({ t: "edit", note, id: crypto.randomUUID(), base: 0, delta: ["y"] });
      }
      client.frames.length = 0;
    },
    20,
  );
  client.close();
}

await Promise.all([...strangers(), ...(await memberAttacks())]);
const lines = Object.entries(counts).sort(([one], [other]) => one.localeCompare(other));
console.log(lines.map(([kind, count]) => `${kind}: ${count}`).join("; "));
process.exit(0);
