/**
 * Another client of `/live`, written from docs/protocol.md and nothing else of ours but the deltas: a
 * socket, its open notes, and for each the text as its person sees it. At most one edit is in flight;
 * what is typed meanwhile is composed, and goes in parts where it is long. Others' edits pass through both.
 */

import { apply, compose, type Delta, isEmpty, split, transform } from "../../actors/delta.ts";

/** A JSON frame from the server. */
export type Frame = { t: string; note?: string } & Record<string, unknown>;

/** A socket of Bun's. */
type BunSocket = WebSocket & { terminate(): void };

/** Errors after which the same edit is to be sent again. */
const RETRIED =
  /^(busy|throttled|timed_out|store_failed|store_full|draining|crashed|not_owner|unreachable)$/;
const RETRY_MS = 50;
/** What one edit holds; half of the components that are taken, since others' edits may add to them. */
const EDIT_MAX = { unitsMax: 250_000, componentsMax: 1_000 };

/** How to connect. */
export interface LiveClientOptions {
  /** The cookie header of somebody who is signed in. */
  cookie?: string;
  /** The token of a link somebody came by. */
  key?: string;
  /** Where its page came from, when that is not where the socket goes. */
  origin?: string;
  /** The node it would like to be at, for a load balancer. */
  near?: string;
}

/** One tab's socket. */
export class LiveClient {
  /** Data frames, as they came; the socket's owner may clear them. */
  readonly frames: Frame[] = [];
  /** Fragments, as they came. */
  readonly fragments: string[] = [];
  /** Why the socket is closed, while it is. */
  closed: { code: number; reason: string } | undefined;
  /** What the server calls this socket. */
  id = "";
  readonly #url: URL;
  readonly #options: LiveClientOptions;
  readonly #notes = new Map<string, LiveNote>();
  #socket: BunSocket | undefined;
  #lost = Promise.withResolvers<void>();

  constructor(url: URL, options: LiveClientOptions) {
    this.#url = url;
    this.#options = options;
  }

  /** Connects, and opens again every note that was open. Resolves with the first frame. */
  async connect(): Promise<void> {
    const url = new URL("/live?v=1", this.#url);
    url.protocol = "ws:";
    const { key, near, origin = this.#url.origin, cookie = "" } = this.#options;
    if (key !== undefined) url.searchParams.set("key", key);
    if (near !== undefined) url.searchParams.set("near", near);
    const headers = { Origin: origin, Cookie: cookie };
    // Bun takes headers and can cut a line; the types of browsers know of neither.
    const socket = new WebSocket(url, { headers } as never) as BunSocket;
    const hello = Promise.withResolvers<void>();
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      this.#receive(String(data));
      hello.resolve();
    };
    socket.onclose = ({ code, reason }) => {
      if (this.#socket === socket) this.#lose({ code, reason });
      hello.reject(new Error(`Cannot connect: the socket closed with ${code} "${reason}"`));
    };
    await hello.promise;
    this.closed = undefined;
    this.#lost = Promise.withResolvers();
    for (const note of this.#notes.values()) note.reopen();
  }

  /** Resolves when the line that is there now is lost. */
  get lost(): Promise<void> {
    return this.#lost.promise;
  }

  /** Sends a frame, whatever it is. A frame for a closed socket is lost, as on a real line. */
  send(frame: unknown): void {
    const text = typeof frame === "string" ? frame : JSON.stringify(frame);
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  /** Joins a note; resolves when its text is here. */
  async open(id: string, mode: "write" | "read" = "write"): Promise<LiveNote> {
    const note = new LiveNote(id, mode, (frame) => this.send(frame));
    this.#notes.set(id, note);
    note.reopen();
    await note.opened;
    return note;
  }

  /** Closes the socket for good. */
  close(): void {
    this.#socket?.close();
  }

  /** Breaks the line without a word. */
  terminate(): void {
    this.#socket?.terminate();
  }

  #lose(closed: { code: number; reason: string }): void {
    this.closed = closed;
    this.#lost.resolve();
  }

  #receive(text: string): void {
    if (!text.startsWith("{")) {
      this.fragments.push(text);
      return;
    }
    const frame = JSON.parse(text) as Frame;
    if (frame.t === "hello") this.id = String(frame.client);
    this.frames.push(frame);
    if (frame.note !== undefined) this.#notes.get(frame.note)?.receive(frame);
  }
}

/** Connects somebody. */
export async function connectLive(url: URL, options: LiveClientOptions): Promise<LiveClient> {
  const client = new LiveClient(url, options);
  await client.connect();
  return client;
}

/** What was typed, made against everything before it; composed until it is sent. */
interface Edit {
  id: string;
  delta: Delta;
  done: PromiseWithResolvers<number>;
  /** Whether what waits is the rest of it. */
  hasRest: boolean;
}

/** One entry of a `deltas` or `opened` frame. */
interface Entry {
  id: string;
  by: string;
  d: Delta;
}

/** Accepted edits behind a version, and what the version that they lead to is called. */
interface Deltas {
  from: number;
  list: readonly Entry[];
  etag?: string;
}

/** A note as one client knows it. */
export class LiveNote {
  readonly id: string;
  /** Resolves when the note is here; rejects when it may not be seen. */
  readonly opened: Promise<void>;
  /** What the person sees: the confirmed text with what is not confirmed yet. */
  text = "";
  /** The number of edits in the confirmed text. */
  version: number | undefined;
  /** Tells that version from another one with its number. */
  etag: string | undefined;
  role = "";
  /** Ids of accepted edits in the order of the server, since the note was first opened. */
  readonly history: string[] = [];
  readonly #mode: "write" | "read";
  readonly #send: (frame: unknown) => void;
  readonly #opening = Promise.withResolvers<void>();
  #inFlight: Edit | undefined;
  #waiting: Edit | undefined;
  /** A text that is coming in pieces. */
  #text: { frame: Frame; pieces: string[]; waiting: Frame[] } | undefined;
  #isJoined = false;

  constructor(id: string, mode: "write" | "read", send: (frame: unknown) => void) {
    this.id = id;
    this.#mode = mode;
    this.#send = send;
    this.opened = this.#opening.promise;
    // Whoever never asks is not to be told.
    this.opened.catch(() => {});
  }

  /** Whether everything typed here is confirmed. */
  get isSaved(): boolean {
    return this.#inFlight === undefined;
  }

  /** Changes the text; resolves with its version when the server has it on disk. */
  edit(delta: Delta): Promise<number> {
    this.text = apply(this.text, delta);
    if (this.#waiting) this.#waiting.delta = compose(this.#waiting.delta, delta);
    else {
      const done = Promise.withResolvers<number>();
      done.promise.catch(() => {});
      this.#waiting = { id: crypto.randomUUID(), delta, done, hasRest: false };
    }
    const { promise } = this.#waiting.done;
    this.#flush();
    return promise;
  }

  /** Types at a place, the end unless told; resolves when it is on disk. */
  type(text: string, position = this.text.length): Promise<number> {
    return this.edit(position === 0 ? [text] : [position, text]);
  }

  /** Joins again with the version one has; what was in flight is sent again with its id. */
  reopen(): void {
    this.#isJoined = false;
    const { version, etag } = this;
    this.#send({ t: "open", note: this.id, version, etag, mode: this.#mode });
  }

  /** Takes a frame about this note. */
  receive(frame: Frame): void {
    if (frame.t === "reset") this.#begin(frame);
    else if (this.#text === undefined) this.#handle(frame);
    else if (frame.t === "more") this.#goOn(frame);
    else this.#text.waiting.push(frame);
  }

  /** A long text comes in pieces; what comes between them is newer. */
  #begin(frame: Frame): void {
    this.#text = undefined;
    if (frame.more === true) this.#text = { frame, pieces: [String(frame.text)], waiting: [] };
    else this.#handle(frame);
  }

  #goOn(frame: Frame): void {
    if (this.#text === undefined) return;
    const { frame: first, pieces, waiting } = this.#text;
    pieces.push(String(frame.text));
    if (frame.more === true) return;
    this.#text = undefined;
    this.#handle({ ...first, text: pieces.join("") });
    for (const next of waiting) this.#handle(next);
  }

  #handle(frame: Frame): void {
    switch (frame.t) {
      case "reset":
        this.#reset(
          frame as unknown as { text: string; version: number; etag?: string; role: string },
        );
        break;
      case "opened": {
        const { deltas = [], role } = frame as unknown as { deltas?: Entry[]; role: string };
        this.role = role;
        this.#take({ ...frame, from: Number(frame.version) - deltas.length, list: deltas });
        this.#joined();
        break;
      }
      case "deltas":
        if (this.version !== undefined) {
          this.#take(frame as unknown as Deltas);
        }
        break;
      case "ack":
        if (this.#inFlight?.id === frame.id) this.#receiveAck(Number(frame.version));
        break;
      case "role":
        this.role = String(frame.role);
        break;
      case "error":
        this.#fail(frame);
        break;
    }
  }

  #reset(frame: { text: string; version: number; etag?: string; role: string }): void {
    if (this.#inFlight || this.#waiting) {
      throw new Error("Cannot catch up: what is not confirmed was made against a text now unknown");
    }
    this.text = frame.text;
    this.version = frame.version;
    this.etag = frame.etag;
    this.role = frame.role;
    this.#joined();
  }

  #joined(): void {
    this.#isJoined = true;
    this.#opening.resolve();
    if (this.#inFlight) this.#sendInFlight();
    else this.#flush();
  }

  /** Takes accepted edits; those one has already are skipped. */
  #take({ from, list, etag }: Deltas): void {
    const version = this.version ?? 0;
    if (from > version) throw new Error(`Cannot take edits from ${from}: expected ${version}`);
    const fresh = list.slice(version - from);
    if (fresh.length > 0) this.etag = etag;
    for (const entry of fresh) {
      this.version = (this.version ?? 0) + 1;
      this.history.push(entry.id);
      if (entry.id === this.#inFlight?.id) this.#acknowledge(this.version);
      else this.#takeOther(entry.d);
    }
  }

  #takeOther(delta: Delta): void {
    let passing = delta;
    for (const edit of [this.#inFlight, this.#waiting]) {
      if (!edit) continue;
      const before = edit.delta;
      edit.delta = transform(passing, before, "right");
      passing = transform(before, passing, "left");
    }
    this.text = apply(this.text, passing);
  }

  /** A version that one has not seen yet is on its way, or was lost: with it comes one's own edit. */
  #receiveAck(version: number): void {
    if (version > (this.version ?? 0)) this.reopen();
    else this.#acknowledge(version);
  }

  #acknowledge(version: number): void {
    const edit = this.#inFlight;
    this.#inFlight = undefined;
    edit?.done.resolve(version);
    this.#flush();
  }

  #flush(): void {
    if (!this.#isJoined || this.#inFlight || !this.#waiting) return;
    const [first, rest] = split(this.#waiting.delta, EDIT_MAX);
    if (isEmpty(rest)) {
      this.#inFlight = this.#waiting;
      this.#waiting = undefined;
    } else {
      const done = Promise.withResolvers<number>();
      this.#inFlight = { id: crypto.randomUUID(), delta: first, done, hasRest: true };
      this.#waiting.delta = rest;
    }
    this.#sendInFlight();
  }

  #sendInFlight(): void {
    const edit = this.#inFlight;
    if (!edit) return;
    const { id, delta } = edit;
    const { version: base, etag } = this;
    this.#send({ t: "edit", note: this.id, id, base, etag, delta });
  }

  #fail(frame: Frame): void {
    const error = new Error(`${frame.code}: ${frame.message}`);
    const isRetried = RETRIED.test(String(frame.code));
    const delayMs = Number(frame.retryAfterSeconds ?? 0) * 1_000 || RETRY_MS;
    const edit = this.#inFlight;
    // What is put off before it is read may be told without its id.
    const id = frame.id ?? (frame.code === "throttled" ? edit?.id : undefined);
    if (frame.id === undefined && !this.#isJoined) {
      if (isRetried) this.#reopenLater(delayMs);
      else this.#opening.reject(error);
    } else if (edit && id === edit.id) {
      if (isRetried) this.#sendAgainLater(edit, delayMs);
      else this.#refused(edit, error);
    }
  }

  #sendAgainLater(edit: Edit, delayMs: number): void {
    setTimeout(() => {
      if (this.#inFlight === edit && this.#isJoined) this.#sendInFlight();
    }, delayMs);
  }

  #refused(edit: Edit, error: Error): void {
    this.#inFlight = undefined;
    edit.done.reject(error);
    if (!edit.hasRest) return;
    this.#waiting?.done.reject(error);
    this.#waiting = undefined;
  }

  /** The note cannot be opened at the moment; by then the line may have been lost, and come back. */
  #reopenLater(delayMs: number): void {
    setTimeout(() => {
      if (!this.#isJoined) this.reopen();
    }, delayMs);
  }
}
