import { describe, expect, test } from "bun:test";
import { limits, SuiteError } from "../../actors/mod.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { type BodyOrigin, type BodyRule, IncomingBody } from "./body.ts";
import { type BodyBudgets, makeBodyBudgets } from "./body_budget.ts";
import { bodyRules } from "./body_rules.ts";

const NOTE = ruleOf("POST /notes/:id");
const BY_LINK = ruleOf("POST /shared/:token");
const STRANGER: BodyOrigin = { sender: "stranger", key: "192.0.2.7" };
const LINK: BodyOrigin = { sender: "link", key: "192.0.2.7" };
const MEMBER: BodyOrigin = { sender: "member", key: "ada" };
const FORM = { "Content-Type": "application/x-www-form-urlencoded" };

function ruleOf(route: string): BodyRule {
  const rule = bodyRules[route];
  if (rule === undefined) throw new Error(`Cannot test: expected a rule for ${route}`);
  return rule;
}

/** A body that arrives as the test sends it. */
class Sending {
  readonly clock = new FakeClock();
  readonly bodies: BodyBudgets = makeBodyBudgets();
  readonly body: IncomingBody;
  /** The sizes of the slices that were taken. */
  readonly slices: number[] = [];
  isCanceled = false;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(given: { length?: number; headers?: Record<string, string> } = {}) {
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => {
        this.isCanceled = true;
      },
    });
    const length = given.length === undefined ? {} : { "Content-Length": String(given.length) };
    const headers = { ...FORM, ...length, ...given.headers };
    const request = new Request("http://a/", { method: "POST", body: stream, headers });
    const body = IncomingBody.of(request, this);
    if (body === undefined) throw new Error("Cannot send: expected a body");
    this.body = body;
  }

  send(bytes: number): void {
    this.#controller?.enqueue(new Uint8Array(bytes).fill(0x61));
  }

  end(): void {
    this.#controller?.close();
  }

  breakOff(): void {
    this.#controller?.error(new Error("reset"));
  }

  /** Reads it; answers the code of the error with which that ended, or "read". */
  read(origin: BodyOrigin): Promise<string> {
    return outcomeOf(() => this.body.read(origin, ({ length }) => void this.slices.push(length)));
  }

  admit(rule: BodyRule | undefined): Promise<string> {
    return outcomeOf(async () => this.body.admit(rule, "192.0.2.7"));
  }
}

async function outcomeOf(act: () => Promise<void>): Promise<string> {
  try {
    await act();
    return "read";
  } catch (error) {
    if (error instanceof SuiteError) return error.code;
    throw error;
  }
}

describe("a body", () => {
  test("is read in slices of bounded size, with a turn for others after each", async () => {
    const sending = new Sending({ length: 1_000_000 });
    await sending.admit(NOTE);
    // The whole of it may come as one piece.
    sending.send(1_000_000);
    sending.end();
    const turns: number[] = [];
    const timer = sending.clock.setTimer.bind(sending.clock);
    sending.clock.setTimer = (delayMs, callback) => {
      if (delayMs === 0) turns.push(sending.slices.length);
      return timer(delayMs, callback);
    };
    expect(await sending.read(MEMBER)).toBe("read");
    expect(sending.slices.reduce((sum, bytes) => sum + bytes, 0)).toBe(1_000_000);
    expect(Math.max(...sending.slices)).toBeLessThanOrEqual(limits.formSliceBytesMax);
    expect(turns).toEqual(sending.slices.map((_, index) => index + 1));
    expect(sending.clock.timers).toBe(0);
  });

  test("that is too large by what it says is refused before it has any room", async () => {
    const sending = new Sending({ length: limits.noteFormBytesMax + 1 });
    expect(await sending.admit(NOTE)).toBe("too_large");
    expect(sending.bodies.stranger.bytes).toBe(0);
  });

  test("may be as large as its sender is trusted", async () => {
    const outcome = async (rule: BodyRule, origin: BodyOrigin, length: number) => {
      const sending = new Sending({ length });
      await sending.admit(rule);
      sending.end();
      return await sending.read(origin);
    };
    expect(await outcome(NOTE, STRANGER, limits.strangerFormBytesMax)).toBe("read");
    expect(await outcome(NOTE, STRANGER, limits.strangerFormBytesMax + 1)).toBe("too_large");
    expect(await outcome(NOTE, LINK, limits.strangerFormBytesMax + 1)).toBe("too_large");
    expect(await outcome(NOTE, MEMBER, limits.noteFormBytesMax)).toBe("read");
    expect(await outcome(BY_LINK, STRANGER, limits.strangerFormBytesMax + 1)).toBe("too_large");
    expect(await outcome(BY_LINK, LINK, limits.linkFormBytesMax)).toBe("read");
  });

  test("in chunks ends as soon as it is too large", async () => {
    const sending = new Sending();
    await sending.admit(NOTE);
    const reading = sending.read(STRANGER);
    sending.send(limits.strangerFormBytesMax);
    await sending.clock.settle();
    sending.send(1);
    expect(await reading).toBe("too_large");
    expect(sending.body.hasEnded).toBe(false);
  });

  test("has room that is given back, whatever becomes of it", async () => {
    for (const finish of ["end", "breakOff"] as const) {
      const sending = new Sending({ length: 3_000_000 });
      await sending.admit(NOTE);
      expect(sending.bodies.stranger.bytes).toBe(limits.bodyBufferBytesMax);
      const reading = sending.read(MEMBER);
      expect(sending.bodies.stranger.bytes).toBe(0);
      expect(sending.bodies.member.bytes).toBe(3_000_000);
      sending[finish]();
      expect(await reading).toBe(finish === "end" ? "read" : "incomplete");
      sending.body.release();
      expect(sending.bodies.member.bytes).toBe(0);
    }
  });

  test("in chunks takes room as it comes", async () => {
    const sending = new Sending();
    await sending.admit(NOTE);
    const reading = sending.read(MEMBER);
    expect(sending.bodies.member.bytes).toBe(limits.bodyBufferBytesMax);
    sending.send(limits.bodyBufferBytesMax);
    sending.send(500_000);
    sending.end();
    await reading;
    expect(sending.bodies.member.bytes).toBe(limits.bodyBufferBytesMax + 500_000);
  });

  test("without room is refused, and others have theirs", async () => {
    const sending = new Sending({ length: limits.noteFormBytesMax });
    const { member } = sending.bodies;
    member.take("ada", limits.memberBodiesBytesPerAccountMax - limits.noteFormBytesMax + 1);
    await sending.admit(NOTE);
    expect(await sending.read(MEMBER)).toBe("busy");
    expect(sending.body.foundNoRoom).toBe(true);
    sending.end();
    expect(await sending.read({ sender: "member", key: "grace" })).toBe("read");
  });

  test("of another kind is refused", async () => {
    const types = [
      "multipart/form-data; boundary=x",
      "text/plain",
      "application/json",
      "application/x-www-form-urlencoded; charset=utf-16",
      "application/x-www-form-urlencodedx",
      "",
    ];
    for (const type of types) {
      const sending = new Sending({ length: 1, headers: { "Content-Type": type } });
      expect(await sending.admit(NOTE)).toBe("unsupported");
    }
    const packed = new Sending({ length: 1, headers: { "Content-Encoding": "gzip" } });
    expect(await packed.admit(NOTE)).toBe("unsupported");
    for (const type of ["application/x-www-form-urlencoded;charset=UTF-8", FORM["Content-Type"]]) {
      const sending = new Sending({ length: 1, headers: { "Content-Type": type } });
      expect(await sending.admit(NOTE)).toBe("read");
    }
    const json = new Sending({ length: 1, headers: { "Content-Type": "application/json" } });
    expect(await json.admit(ruleOf("POST /settings/devices"))).toBe("read");
  });
});

describe("a slow body", () => {
  test("is given up when too little comes in a while", async () => {
    const sending = new Sending({ length: 1_000_000 });
    await sending.admit(NOTE);
    const reading = sending.read(MEMBER);
    sending.send(limits.bodyWindowBytesMin);
    await sending.clock.advance(limits.bodyWindowMs);
    expect(sending.isCanceled).toBe(false);
    // A byte a second, and it has the connection to itself no longer.
    for (let seconds = 0; seconds < limits.bodyWindowMs / 1_000; seconds++) {
      sending.send(1);
      await sending.clock.advance(1_000);
    }
    expect(await reading).toBe("incomplete");
    expect(sending.isCanceled).toBe(true);
    expect(sending.clock.timers).toBe(0);
  });

  test("is given up in the end, however steadily it comes", async () => {
    const sending = new Sending({ length: limits.noteFormBytesMax });
    await sending.admit(NOTE);
    const reading = sending.read(MEMBER);
    for (let ms = 0; ms < limits.bodyMsMax; ms += limits.bodyWindowMs) {
      expect(sending.isCanceled).toBe(false);
      sending.send(limits.bodyWindowBytesMin);
      await sending.clock.advance(limits.bodyWindowMs);
    }
    expect(await reading).toBe("incomplete");
  });

  test("is not to blame while the server is the one that is slow", async () => {
    const sending = new Sending({ length: 1_000_000 });
    await sending.admit(NOTE);
    const reading = sending.body.read(MEMBER, () => {
      sending.clock.jump(limits.bodyWindowMs);
    });
    sending.send(500);
    sending.send(500);
    sending.end();
    await reading;
    expect(sending.body.hasEnded).toBe(true);
  });

  test("that was refused is listened to for a while only", async () => {
    const sending = new Sending({ length: 1_000_000 });
    const ending = sending.body.discard();
    sending.send(100);
    await sending.clock.advance(limits.lingerMsMax);
    await ending;
    expect(sending.isCanceled).toBe(true);
    const endless = new Sending();
    const over = endless.body.discard();
    for (let bytes = 0; bytes < limits.lingerBytesMax; bytes += 8_000_000) endless.send(8_000_000);
    await over;
    expect(endless.isCanceled).toBe(true);
  });
});
