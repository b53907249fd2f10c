/** The whole path of an edit, from one person's keystroke to the other's text. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  apply,
  type Delta,
  fits,
  parseDelta,
  type SplitLimits,
  transform,
} from "../actors/delta.ts";
import type { EditFrame, Entry, NoteFrame } from "../static/document/frames.ts";
import type { Kept } from "../static/document/operations.ts";
import {
  type ClientFrame,
  type Happening,
  type Line,
  type RestorableServer,
  Simulation,
} from "./convergence.ts";

/** How forgetful the server is; small, so that a few edits are enough to be behind. */
interface Memory {
  /** Versions one may be behind and still get deltas. */
  catchUpMax: number;
  /** Versions whose operations are known by their ids alone. */
  recentMax: number;
  /** What one operation of a client holds; the server takes twice as many components. */
  operationMax?: SplitLimits;
}

type Receive = (frame: NoteFrame) => void;

/** An accepted edit, and what the version it made is called. */
type Accepted = Entry & { etag: string };

/** The smallest server that keeps to the protocol. Every fifth edit is turned away at first, one way or another. */
class TestServer implements RestorableServer {
  entries: Accepted[] = [];
  /** Letters that were there and went with a restore. */
  readonly lost = new Set<string>();
  readonly #memory: Memory;
  readonly #readers = new Map<Receive, string>();
  #backup: Accepted[] = [];
  #clients = 0;
  #edits = 0;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  get version(): number {
    return this.entries.length;
  }

  get etag(): string | undefined {
    return this.entries.at(-1)?.etag;
  }

  get text(): string {
    return this.entries.reduce((text, { d }) => apply(text, d), "");
  }

  backUp(): void {
    this.#backup = [...this.entries];
  }

  restore(): void {
    for (const letter of this.text) this.lost.add(letter);
    this.entries = [...this.#backup];
    this.#readers.clear();
  }

  connect(receive: Receive): Line {
    const client = `client-${this.#clients++}`;
    return {
      send: (frame) => this.#handle(frame, receive, client),
      close: () => this.#readers.delete(receive),
    };
  }

  async idle(): Promise<void> {}

  #handle(frame: ClientFrame, receive: Receive, client: string): void {
    if (frame.t === "edit") this.#edit(frame, receive);
    else {
      this.#readers.set(receive, client);
      const { version, etag, text } = this;
      const place = { version, etag, role: "write" };
      const isKnown = this.#has(frame.version, frame.etag);
      const deltas = this.entries.slice(frame.version);
      if (isKnown && version - frame.version <= this.#memory.catchUpMax) {
        receive({ t: "opened", ...place, deltas });
      } else receive({ t: "reset", ...place, text, diverged: !isKnown });
    }
  }

  /** As the true one, it believes who says no etag. */
  #has(version: number, etag: string | undefined): boolean {
    if (version > this.version) return false;
    return version === 0 || etag === undefined || this.entries[version - 1]?.etag === etag;
  }

  /** What is too large is refused before it is looked at, as by the true one. */
  #isTaken(delta: Delta): boolean {
    const { unitsMax, componentsMax } = this.#memory.operationMax ?? {};
    if (unitsMax === undefined || componentsMax === undefined) return true;
    const limits = { insertedUnitsMax: unitsMax, componentsMax: componentsMax * 2 };
    return parseDelta(delta, limits) !== undefined;
  }

  #edit({ id, base, etag, delta }: EditFrame, receive: Receive): void {
    if (!this.#isTaken(delta)) {
      receive({ t: "error", id, code: "bad_delta", message: "Cannot take edit: it is too large" });
      return;
    }
    const by = this.#readers.get(receive);
    if (by !== undefined && this.#edits % 10 === 9) {
      this.#edits += 1;
      const message = "Cannot take edit: too much at once";
      receive({ t: "error", code: "throttled", message, retryAfterSeconds: 2 });
      return;
    }
    if (by === undefined || this.#edits++ % 5 === 4) {
      receive({ t: "error", id, code: by ? "busy" : "invalid", message: "Cannot take edit" });
      return;
    }
    const isKnown = this.#has(base, etag);
    const from = isKnown ? Math.min(base, this.version - this.#memory.recentMax) : 0;
    const known = this.entries.slice(Math.max(0, from));
    const repeated = known.findIndex((entry) => entry.id === id);
    if (repeated >= 0) {
      receive({ t: "ack", id, version: this.version - known.length + repeated + 1 });
      return;
    }
    if (!isKnown) {
      receive({ t: "error", id, code: "unknown_base", message: "Cannot take edit" });
      return;
    }
    let late: Delta = delta;
    for (const entry of this.entries.slice(base)) late = transform(entry.d, late, "right");
    if (!fits(late, this.text.length)) {
      receive({ t: "error", id, code: "bad_delta", message: "Cannot take edit: it does not fit" });
      return;
    }
    const entry = { id, by, d: late, etag: `${this.#edits}-${id}` };
    this.entries.push(entry);
    const deltas = {
      t: "deltas",
      from: this.version - 1,
      etag: entry.etag,
      list: [entry],
    } as const;
    for (const reader of this.#readers.keys()) reader(deltas);
  }
}

type What = Happening["what"];

const lines: What[] = ["send", "send", "send", "receive", "receive", "receive", "repeat", "wait"];
const breaks: What[] = ["break", "connect", "connect"];

function happenings(...whats: What[]): fc.Arbitrary<Happening[]> {
  const happening = fc.record({
    who: fc.nat(11),
    what: fc.constantFrom(...whats),
    place: fc.nat(40),
  });
  return fc.array(happening, { maxLength: 120, size: "max" });
}

const memory = fc.constantFrom(
  { catchUpMax: 1_000, recentMax: 1_000 },
  { catchUpMax: 8, recentMax: 2 },
  { catchUpMax: 2, recentMax: 1 },
  { catchUpMax: 1_000, recentMax: 1_000, operationMax: { unitsMax: 2, componentsMax: 2 } },
  { catchUpMax: 4, recentMax: 2, operationMax: { unitsMax: 4, componentsMax: 2 } },
);

/** Lets everything happen, then lets everybody catch up; all must see the same. */
async function converge(given: Memory, people: number, history: Happening[]) {
  const server = new TestServer(given);
  const simulation = new Simulation(server, people, given.operationMax);
  for (const happening of history) await simulation.run(happening);
  await simulation.settle();
  for (const { session } of simulation.clients) {
    expect(session.text).toBe(server.text);
    expect(session.revision.version).toBe(server.version);
    expect(session.isSettled).toBe(true);
  }
  const ids = server.entries.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  return { server, simulation };
}

/** Nothing had to be handed out. */
function expectSaved({ clients }: Simulation): void {
  for (const { session } of clients) expect(session.saveState).toBe("saved");
}

/** The letters of a text, sorted; a letter that is there twice shows. */
function letters(text: Iterable<string>): string {
  return [...text].sort().join("");
}

/** The typed letters in what a device has on disk. */
function lettersOn(disk: readonly Kept[]): string[] {
  const deltas = disk.flatMap(({ operations }) => operations.map(({ delta }) => delta));
  const texts = deltas.flatMap((delta) => delta.filter((part) => typeof part === "string"));
  return [...texts.join("")];
}

const runs = { numRuns: 200 };

describe("several people in one note", () => {
  test("all see the same in the end, and every letter is there exactly once", async () => {
    const history = happenings("type", "type", "paste", ...lines, ...breaks);
    await fc.assert(
      fc.asyncProperty(memory, history, async (given, steps) => {
        const { server, simulation } = await converge(given, 3, steps);
        expectSaved(simulation);
        expect(letters(server.text)).toBe(letters(simulation.typed.keys()));
      }),
      runs,
    );
  });

  test("nobody takes back what somebody else typed, and redo does nothing twice", async () => {
    // Words, because that is how a text that was replaced is compared.
    const history = happenings("word", "word", "undo", "redo", ...lines, ...breaks);
    await fc.assert(
      fc.asyncProperty(memory, history, async (given, steps) => {
        const careful = steps.filter(({ who, what }) => who % 3 !== 0 || !/undo|redo/.test(what));
        const { server, simulation } = await converge(given, 3, careful);
        expectSaved(simulation);
        const words = server.text.split(" ").filter((word) => word !== "");
        expect(new Set(words).size).toBe(words.length);
        for (const [letter, who] of simulation.typed) {
          if (who === 0) expect(server.text).toContain(letter);
        }
      }),
      runs,
    );
  });

  test("all see the same whatever they type, delete, take back and do again", async () => {
    const history = happenings("type", "paste", "delete", "undo", "redo", ...lines, ...breaks);
    await fc.assert(
      fc.asyncProperty(memory, history, async (given, steps) => {
        expectSaved((await converge(given, 4, steps)).simulation);
      }),
      runs,
    );
  });

  test("what a dead tab had on disk comes back exactly once, or is handed out", async () => {
    const history = happenings("type", "paste", ...lines, ...breaks, "persist", "persist", "die");
    await fc.assert(
      fc.asyncProperty(memory, history, async (given, steps) => {
        const server = new TestServer(given);
        const simulation = new Simulation(server, 3, given.operationMax);
        const survivors = new Set<string>();
        for (const step of steps) {
          const disk = simulation.clients[step.who % 3]?.disk ?? [];
          if (step.what === "die") for (const letter of lettersOn(disk)) survivors.add(letter);
          await simulation.run(step);
        }
        await simulation.settle();
        expect(new Set(server.text).size).toBe([...server.text].length);
        for (const { session } of simulation.clients) {
          expect(session.text).toBe(server.text);
          for (const letter of session.refusal?.inserted ?? "") survivors.delete(letter);
        }
        for (const letter of survivors) expect(server.text).toContain(letter);
      }),
      runs,
    );
  });

  /** Whoever catches up alone moves the server on while others are away. */
  const alone: What[] = ["catch_up", "catch_up", "catch_up"];

  test("all see the same whatever is restored under them, and lose nothing that only they had", async () => {
    const restores: What[] = ["back_up", "restore"];
    const history = happenings("type", "type", "paste", ...lines, ...breaks, ...alone, ...restores);
    await fc.assert(
      fc.asyncProperty(memory, history, async (given, steps) => {
        const { server, simulation } = await converge(given, 3, steps);
        const copied = simulation.clients.map(({ session }) => session.refusal?.inserted ?? "");
        const kept = new Set([...server.text, ...server.lost, ...copied.join("")]);
        expect(new Set(server.text).size).toBe([...server.text].length);
        for (const letter of simulation.typed.keys()) expect(kept).toContain(letter);
      }),
      { ...runs, seed: 9 },
    );
  });

  test("all see the same whatever they do while backups are restored and tabs die", async () => {
    const others: What[] = ["back_up", "restore", "persist", "die", "undo", "redo", "delete"];
    const history = happenings("type", "word", "paste", ...lines, ...breaks, ...alone, ...others);
    await fc.assert(
      fc.asyncProperty(memory, history, async (given, steps) => {
        await converge(given, 4, steps);
      }),
      { ...runs, seed: 9 },
    );
  });

  test("what a dead tab had comes back once, whatever was restored since", async () => {
    const others: What[] = ["back_up", "restore", "persist", "persist", "die"];
    const history = happenings("type", "paste", ...lines, ...breaks, ...alone, ...others);
    await fc.assert(
      fc.asyncProperty(memory, history, async (given, steps) => {
        const { server } = await converge(given, 3, steps);
        expect(new Set(server.text).size).toBe([...server.text].length);
      }),
      { ...runs, seed: 9 },
    );
  });
});
