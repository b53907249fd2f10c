/**
 * Somebody who asks for pages and sends forms, over connections that she keeps or makes anew each time.
 * It speaks HTTP itself and repeats nothing, so that a request that no server answered is seen.
 */

import { connect, type Socket } from "node:net";

const HEAD_END = "\r\n\r\n";

/** How to ask. */
export interface PageClientOptions {
  url: URL;
  cookie: string;
  /** Uses a connection for as long as the server leaves it open. */
  keepsAlive: boolean;
}

/** An answer with its text read. */
export interface PageAnswer {
  status: number;
  location: string | undefined;
  text: string;
}

/** A client of HTTP/1.1 that has one request at a time. */
export class PageClient {
  readonly #options: PageClientOptions;
  #socket: Socket | undefined;

  constructor(options: PageClientOptions) {
    this.#options = options;
  }

  /** Asks for a page. */
  get(path: string): Promise<PageAnswer> {
    return this.#ask("GET", path, "");
  }

  /** Sends a form. */
  post(path: string, fields: Record<string, string>): Promise<PageAnswer> {
    return this.#ask("POST", path, new URLSearchParams(fields).toString());
  }

  /** Ends the connection that is kept. */
  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #ask(method: string, path: string, body: string): Promise<PageAnswer> {
    const socket = this.#socket ?? (await this.#open());
    const answer = receive(socket);
    socket.write(this.#request(method, path, body));
    const { isLast, ...page } = await answer;
    if (isLast || !this.#options.keepsAlive) this.close();
    return page;
  }

  async #open(): Promise<Socket> {
    const socket = await open(this.#options.url);
    // The server may end a connection on which nothing is asked: that is its right.
    socket.once("close", () => {
      if (this.#socket === socket) this.#socket = undefined;
    });
    this.#socket = socket;
    return socket;
  }

  #request(method: string, path: string, body: string): string {
    const { url, cookie, keepsAlive } = this.#options;
    const lines = [
      `${method} ${path} HTTP/1.1`,
      `Host: ${url.host}`,
      `Origin: ${url.origin}`,
      `Cookie: ${cookie}`,
      `Connection: ${keepsAlive ? "keep-alive" : "close"}`,
      "Accept: text/html",
    ];
    if (method === "POST") {
      lines.push("Content-Type: application/x-www-form-urlencoded");
      lines.push(`Content-Length: ${body.length}`);
    }
    return `${lines.join("\r\n")}${HEAD_END}${body}`;
  }
}

async function open(url: URL): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ host: "127.0.0.1", port: Number(url.port) });
  socket.once("connect", resolve);
  socket.once("error", reject);
  await promise;
  socket.off("error", reject);
  // Whoever waits for an answer hears of it by the end.
  socket.on("error", () => {});
  return socket;
}

/** Waits for one whole answer; rejects when the connection ends before. */
function receive(socket: Socket): Promise<PageAnswer & { isLast: boolean }> {
  const { promise, resolve, reject } = Promise.withResolvers<PageAnswer & { isLast: boolean }>();
  let received = Buffer.alloc(0);
  const hear = (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    const answer = parse(received);
    if (answer === undefined) return;
    finish();
    resolve(answer);
  };
  const end = () => {
    finish();
    const text = received.subarray(0, 80).toString();
    reject(new Error(`Cannot ask: the connection ended, received ${JSON.stringify(text)}`));
  };
  const finish = () => {
    socket.off("data", hear);
    socket.off("close", end);
  };
  socket.on("data", hear);
  socket.on("close", end);
  return promise;
}

/** Reads an answer; undefined while something of it is missing. */
function parse(received: Buffer): (PageAnswer & { isLast: boolean }) | undefined {
  const headEnd = received.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const [first = "", ...lines] = received.subarray(0, headEnd).toString("latin1").split("\r\n");
  const headers = new Headers(
    lines.map((line): [string, string] => {
      const at = line.indexOf(":");
      return [line.slice(0, at), line.slice(at + 1).trim()];
    }),
  );
  const rest = received.subarray(headEnd + HEAD_END.length);
  const body = headers.get("Transfer-Encoding") === "chunked" ? joinChunks(rest) : rest;
  if (body === undefined || body.length < Number(headers.get("Content-Length") ?? 0)) {
    return undefined;
  }
  return {
    status: Number(first.split(" ")[1]),
    location: headers.get("Location") ?? undefined,
    text: body.toString(),
    isLast: headers.get("Connection")?.toLowerCase() === "close",
  };
}

/** The body of an answer that comes in chunks; undefined while the last is missing. */
function joinChunks(bytes: Buffer): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString("latin1"), 16);
    const start = lineEnd + 2;
    if (bytes.length < start + size + 2) return undefined;
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(bytes.subarray(start, start + size));
    at = start + size + 2;
  }
}
