/** Requests that no client sends: each is refused plainly, and no answer shows anything of the inside. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { dirname } from "node:path";
import { RawSocket } from "./support/raw_socket.ts";
import { startSuite, type TestSuite } from "./support/suite.ts";
import { waitFor } from "./support/wait_for.ts";

const ROOT = dirname(import.meta.dir);
/** What a stack, a source line or a development page has in it. */
const INSIDE = [ROOT, "node_modules", "server.ts", "http_edge", "    at ", "<script", "Bun"];

let suite: TestSuite;

beforeAll(async () => {
  suite = await startSuite();
});

afterAll(() => suite.stop());

/** Sends bytes as they are; a server that says nothing to them is left after a moment. */
async function ask(bytes: string): Promise<{ status: number; answer: string }> {
  const socket = await RawSocket.open(suite.url);
  socket.send(Buffer.from(bytes, "latin1"));
  const isAnswered = () => socket.hasEnded || socket.received.startsWith("HTTP/1.1 101");
  await waitFor(isAnswered, { deadlineMs: 2_000 }).catch(() => {});
  socket.close();
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(socket.received)?.[1] ?? 0);
  return { status, answer: socket.received };
}

function expectNothingInside(answer: string): void {
  for (const part of [...INSIDE, suite.dataDir]) expect(answer).not.toContain(part);
}

const BAD_HOSTS = [
  ...[
    "[",
    "]",
    "a b",
    "x@y",
    "x/..",
    "",
    " ",
    "a:99999",
    "a:b:c",
    "ok?x",
    "ok#x",
    "%zz",
    "é",
    "a,b",
  ],
  ...["http://a", "[::1", "::1", "a:-1", "a:8o", "\\", "<script>", "a\r\nHost: b", "a".repeat(256)],
];

const PATHS = ["/", "/signin", "/healthz", "/static/none.css", "/live?v=1", "/none"];

describe("a Host that is no address", () => {
  test.each(BAD_HOSTS)("is refused with 400 on every path: %p", async (host) => {
    for (const path of PATHS) {
      const { status, answer } = await ask(
        `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      );
      expect(status).toBe(400);
      expectNothingInside(answer);
    }
  });

  test("is refused where it is missing, in every version", async () => {
    for (const version of ["1.0", "1.1"]) {
      const { status, answer } = await ask(`GET / HTTP/${version}\r\nConnection: close\r\n\r\n`);
      expect(status).toBe(400);
      expectNothingInside(answer);
    }
  });

  test("leaves no line in the log", () => {
    expect(suite.log.lines.filter(({ level }) => level !== "info")).toEqual([]);
  });
});

test.each(["localhost", "a.example:8080", "[::1]:3000", "node_1.suite", "192.0.2.7"])(
  "a Host that is an address is taken: %s",
  async (host) => {
    const { status } = await ask(
      `GET /signin HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
    );
    expect(status).toBe(200);
  },
);

const HEAD = "Host: a\r\nConnection: close\r\n";
const FORM = "Content-Type: application/x-www-form-urlencoded\r\n";
const MULTIPART = "Content-Type: multipart/form-data; boundary=x\r\n";

test.each([
  "\r\n\r\n",
  "garbage\r\n\r\n",
  `GET\r\n${HEAD}\r\n`,
  `GET / HTTP/9.9\r\n${HEAD}\r\n`,
  `GET x HTTP/1.1\r\n${HEAD}\r\n`,
  `GET * HTTP/1.1\r\n${HEAD}\r\n`,
  `GET http://[ HTTP/1.1\r\n${HEAD}\r\n`,
  `GET //[ HTTP/1.1\r\n${HEAD}\r\n`,
  `GET /%zz%00%ff HTTP/1.1\r\n${HEAD}\r\n`,
  `GET /notes/%c0%af..%5c..%5cetc HTTP/1.1\r\n${HEAD}\r\n`,
  `GET /static/../../server.ts HTTP/1.1\r\n${HEAD}\r\n`,
  `GET /static/%2e%2e%2f%2e%2e%2fserver.ts HTTP/1.1\r\n${HEAD}\r\n`,
  `GET /a b HTTP/1.1\r\n${HEAD}\r\n`,
  `CONNECT a:1 HTTP/1.1\r\n${HEAD}\r\n`,
  `OPTIONS * HTTP/1.1\r\n${HEAD}\r\n`,
  `TRACE / HTTP/1.1\r\n${HEAD}\r\n`,
  `DANCE / HTTP/1.1\r\n${HEAD}\r\n`,
  `GET / HTTP/1.1\r\n${HEAD}Cookie: session=%zz; =; ;;\r\nAccept-Language: ${";".repeat(500)}\r\n\r\n`,
  `GET / HTTP/1.1\r\n${HEAD}No colon\r\n\r\n`,
  `GET / HTTP/1.1\r\n${HEAD}: empty\r\n\r\n`,
  `GET / HTTP/1.1\r\n${HEAD}X: a\x00b\r\n\r\n`,
  `GET / HTTP/1.1\r\n${HEAD}Range: bytes=5-1\r\nIf-Modified-Since: never\r\n\r\n`,
  `POST /signin HTTP/1.1\r\n${HEAD}Content-Length: -1\r\n\r\n`,
  `POST /signin HTTP/1.1\r\n${HEAD}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  `POST /signin HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n`,
  `POST /signin HTTP/1.1\r\n${HEAD}${FORM}Content-Length: 6\r\n\r\n%zz=%f`,
  `POST /signin HTTP/1.1\r\n${HEAD}${FORM}Origin: [\r\nContent-Length: 1\r\n\r\na`,
  `POST /signin HTTP/1.1\r\n${HEAD}${MULTIPART}Content-Length: 5\r\n\r\n--x\r\n`,
  `POST /signin HTTP/1.1\r\n${HEAD}Content-Type: ;;;\r\nContent-Length: 1\r\n\r\na`,
])("a malformed request shows nothing of the inside: %j", async (bytes) => {
  const { status, answer } = await ask(bytes);
  expect(status).not.toBe(500);
  expectNothingInside(answer.replaceAll(/<script type="module" src="[^"]*">/g, ""));
});

describe("the door for sockets", () => {
  const upgrade = (head: string) =>
    ask(
      `GET /live?v=1 HTTP/1.1\r\nHost: a\r\nOrigin: ${suite.url.origin}\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n${head}\r\n`,
    );

  test("opens for an upgrade", async () => {
    expect((await upgrade("Connection: keep-alive, Upgrade\r\n")).status).toBe(101);
  });

  test.each(["Connection: close\r\n", "Connection: close, Upgrade\r\n", ""])(
    "stays shut where the connection is not to be upgraded: %j",
    async (head) => {
      expect((await upgrade(head)).status).toBe(426);
    },
  );

  test("accepts no subprotocol, since it speaks none", async () => {
    const offer = "Connection: Upgrade\r\nSec-WebSocket-Protocol: chat, superchat\r\n";
    const { status, answer } = await upgrade(offer);
    expect(status).toBe(400);
    expect(answer).not.toContain("chat");
  });
});
