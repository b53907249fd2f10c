/**
 * The body of one request: what is known of it before it is read, the room that it takes, and how it is
 * read. Bun lets a sender wait once it holds a megabyte or two that nobody reads, so a body costs what
 * we read of it and little more (`docs/decisions/0010-request-bodies.md`).
 */

import { type Clock, limits, pause, SuiteError } from "../../actors/mod.ts";
import type { BodyBudgets, BodyLease } from "./body_budget.ts";

/** Who sends a body: anybody, whoever came by a link to write, or somebody who is signed in. */
export type BodySender = "stranger" | "link" | "member";

/** What a route takes. */
export interface BodyRule {
  /** `ignored` is thrown away unread, whatever it is. */
  readonly type: "form" | "form_or_json" | "ignored";
  readonly bytesMax: Readonly<Record<BodySender, number>>;
}

/** Who sends a body, and what it is counted under: an account, or an address. */
export interface BodyOrigin {
  sender: BodySender;
  key: string;
}

/** What bodies are read with. */
export interface BodyServices {
  clock: Clock;
  bodies: BodyBudgets;
}

/** Whether a request says that it has a body. */
export function declaresBody(headers: Headers): boolean {
  return (headers.get("Content-Length") ?? "0") !== "0" || headers.has("Transfer-Encoding");
}

/** The body of a request. */
export class IncomingBody {
  /** Undefined when it comes in chunks: how long it is will be known at its end. */
  readonly declaredBytes: number | undefined;
  readonly #request: Request;
  readonly #services: BodyServices;
  #lease: BodyLease | undefined;
  #rule: BodyRule | undefined;
  #bytes = 0;
  #hasBegun = false;
  #hasEnded = false;
  #foundNoRoom = false;

  private constructor(request: Request, declared: number | undefined, services: BodyServices) {
    this.#request = request;
    this.declaredBytes = declared;
    this.#services = services;
  }

  /** The body of a request; undefined when it has none. */
  static of(request: Request, services: BodyServices): IncomingBody | undefined {
    const { headers, method } = request;
    const length = headers.get("Content-Length");
    const isSafe = method === "GET" || method === "HEAD";
    // What is sent in this process declares nothing; only there a body has to be looked for.
    if (!declaresBody(headers) && (length !== null || isSafe || request.body === null)) {
      return undefined;
    }
    return new IncomingBody(request, length === null ? undefined : Number(length), services);
  }

  /** Whether somebody has begun to read it, whatever became of that. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Whether all of it was read, so that the connection can go on. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether it was refused because too much is being read already. */
  get foundNoRoom(): boolean {
    return this.#foundNoRoom;
  }

  /** What of it was read. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Lets the body wait to be read, in the room of strangers: who sends it is not known yet. Throws when it
   * cannot be what the route takes, whoever that is.
   */
  admit(rule: BodyRule | undefined, key: string): void {
    if (rule === undefined) {
      throw new SuiteError("too_large", "Cannot accept the request: expected nothing in it");
    }
    assertKind(this.#request.headers, rule);
    this.#assertSize(Math.max(...Object.values(rule.bytesMax)));
    const { stranger } = this.#services.bodies;
    const waiting = Math.min(this.declaredBytes ?? Infinity, limits.bodyBufferBytesMax);
    this.#lease = stranger.take(key, waiting);
    if (this.#lease === undefined) throw this.#noRoom();
    this.#rule = rule;
  }

  /** The most that it may be, from this sender; 0 when it was not admitted. */
  bytesMax(sender: BodySender): number {
    return this.#rule?.bytesMax[sender] ?? 0;
  }

  /** What it counts for beside its request: by what it says, or else by the most that it may be. */
  weight(sender: BodySender): number {
    const bytesMax = this.bytesMax(sender);
    const bytes = Math.min(this.declaredBytes ?? bytesMax, bytesMax);
    return Math.floor(bytes / limits.requestPointBytes);
  }

  /**
   * Reads all of it, in slices of bounded size with a pause after each, in which others have their turn.
   * Throws `too_large`, `incomplete` or `busy`; what `take` throws ends it, too.
   */
  async read(origin: BodyOrigin, take: (slice: Uint8Array) => void): Promise<void> {
    const bytesMax = this.bytesMax(origin.sender);
    this.#hasBegun = true;
    this.#assertSize(bytesMax);
    this.#move(origin);
    const reader = this.#request.body?.getReader();
    if (reader === undefined) return this.#end();
    const pace = new Pace(this.#services.clock, () => void reader.cancel().catch(() => {}));
    try {
      for (;;) {
        const chunk = await pace.next(reader);
        if (chunk === undefined) return this.#end();
        this.#count(chunk.length, bytesMax);
        for (let at = 0; at < chunk.length; at += limits.formSliceBytesMax) {
          take(chunk.subarray(at, at + limits.formSliceBytesMax));
          if (this.#bytes > limits.formSliceBytesMax) await pause(this.#services.clock);
        }
      }
    } finally {
      pace.stop();
      reader.releaseLock();
    }
  }

  /** Throws away what still comes, for a while. */
  async discard(): Promise<void> {
    const reader = this.#request.body?.getReader();
    if (reader === undefined) return;
    const giveUp = () => void reader.cancel().catch(() => {});
    const cancelTimer = this.#services.clock.setTimer(limits.lingerMsMax, giveUp);
    try {
      for (let left = limits.lingerBytesMax; left > 0; ) {
        const { done, value } = await reader.read();
        if (done) return;
        left -= value.length;
      }
      await reader.cancel();
    } catch {
      // The sender is gone, and that is what was waited for.
    } finally {
      cancelTimer();
      reader.releaseLock();
    }
  }

  /** Gives its room back. */
  release(): void {
    this.#lease?.release();
    this.#lease = undefined;
  }

  #end(): void {
    this.#hasEnded = true;
  }

  /** From the room of strangers to that of its sender. */
  #move({ sender, key }: BodyOrigin): void {
    const bytes = this.declaredBytes ?? limits.bodyBufferBytesMax;
    const before = this.#lease;
    if (sender === "stranger" && before?.resize(bytes)) return;
    const lease = this.#services.bodies[sender].take(key, bytes);
    if (lease === undefined) throw this.#noRoom();
    before?.release();
    this.#lease = lease;
  }

  #count(bytes: number, bytesMax: number): void {
    this.#bytes += bytes;
    if (this.#bytes > bytesMax) throw tooLarge(bytesMax);
    const held = this.#lease?.bytes ?? 0;
    if (this.#bytes > held && !this.#lease?.resize(this.#bytes)) throw this.#noRoom();
  }

  #assertSize(bytesMax: number): void {
    if ((this.declaredBytes ?? 0) > bytesMax) throw tooLarge(bytesMax);
  }

  #noRoom(): SuiteError {
    this.#foundNoRoom = true;
    return new SuiteError(
      "busy",
      "Cannot accept the form: too many are being sent right now; wait a moment and send it again",
      { retryAfterSeconds: 2 },
    );
  }
}

/** Gives up on bodies that come too slowly: each holds room that others wait for. */
class Pace {
  readonly #clock: Clock;
  readonly #giveUp: () => void;
  readonly #endMs: number;
  #cancelTimer: () => void;
  #windowBytes = 0;
  #isWaiting = false;
  #isTooSlow = false;

  constructor(clock: Clock, giveUp: () => void) {
    this.#clock = clock;
    this.#giveUp = giveUp;
    this.#endMs = clock.monotonic() + limits.bodyMsMax;
    this.#cancelTimer = clock.setTimer(limits.bodyWindowMs, () => this.#judge());
  }

  /** The next chunk, or undefined at the end. */
  async next(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | undefined> {
    this.#isWaiting = true;
    try {
      const { value } = await reader.read();
      if (this.#isTooSlow) throw incomplete("it came too slowly");
      this.#windowBytes += value?.length ?? 0;
      return value;
    } catch (cause) {
      if (cause instanceof SuiteError) throw cause;
      throw incomplete("the connection ended before all of it was there");
    } finally {
      this.#isWaiting = false;
    }
  }

  stop(): void {
    this.#cancelTimer();
  }

  #judge(): void {
    const isOver = this.#clock.monotonic() >= this.#endMs;
    // A reader that does not wait is busy with what came: the sender is not slow then.
    const isSlow = this.#isWaiting && this.#windowBytes < limits.bodyWindowBytesMin;
    if (isOver || isSlow) {
      this.#isTooSlow = true;
      this.#giveUp();
      return;
    }
    this.#windowBytes = 0;
    this.#cancelTimer = this.#clock.setTimer(limits.bodyWindowMs, () => this.#judge());
  }
}

const FORM = /^application\/x-www-form-urlencoded\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;
const JSON_TEXT = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/** Whether a request says that it carries a form. */
export function isForm(headers: Headers): boolean {
  return FORM.test(headers.get("Content-Type") ?? "");
}

/** Whether a request says that it carries JSON. */
export function isJson(headers: Headers): boolean {
  return JSON_TEXT.test(headers.get("Content-Type") ?? "");
}

function assertKind(headers: Headers, { type }: BodyRule): void {
  if (type === "ignored") return;
  const isPlain = !headers.has("Content-Encoding");
  if (isPlain && (isForm(headers) || (type === "form_or_json" && isJson(headers)))) return;
  throw new SuiteError(
    "unsupported",
    'Cannot read the request: expected a form as "application/x-www-form-urlencoded"',
  );
}

function tooLarge(bytesMax: number): SuiteError {
  const size = bytesMax < 1_000_000 ? `${bytesMax / 1_000} kB` : `${bytesMax / 1_000_000} MB`;
  return new SuiteError(
    "too_large",
    `Cannot accept the form: expected at most ${size}; go back, shorten what you typed, and send it again`,
  );
}

function incomplete(why: string): SuiteError {
  return new SuiteError("incomplete", `Cannot read the form: ${why}; send it again`);
}
