/** The whole path of an edit, from one person's keystroke to the other's text. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { apply, type Delta, fits, transform } from "../actors/delta.ts";
import type { EditFrame, Entry, NoteFrame } from "../static/document_frames.ts";
import type { Kept } from "../static/document_operations.ts";
import {
  type ClientFrame,
  type Happening,
  type Line,
  type OrderedServer,
  Simulation,
} from "./convergence.ts";

/** How forgetful the server is; small, so that a few edits are enough to be behind. */
interface Memory {
  /** Versions one may be behind and still get deltas. */
  catchUpMax: number;
  /** Versions whose operations are known by their ids alone. */
  recentMax: number;
}

type Receive = (frame: NoteFrame) => void;

/** The smallest server that keeps to the protocol. Every fifth edit is turned away at first. */
class TestServer implements OrderedServer {
  version = 0;
  text = "";
  readonly entries: Entry[] = [];
  readonly #memory: Memory;
  readonly #readers = new Map<Receive, string>();
  #clients = 0;
  #edits = 0;

  constructor(memory: Memory) {
    this.#memory = memory;
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
      const { version, text } = this;
      const isNear = version - frame.version <= this.#memory.catchUpMax;
      const deltas = this.entries.slice(frame.version);
      if (isNear) receive({ t: "opened", version, role: "write", deltas });
      else receive({ t: "reset", version, role: "write", text });
    }
  }

  #edit({ id, base, delta }: EditFrame, receive: Receive): void {
    const by = this.#readers.get(receive);
    if (by === undefined || this.#edits++ % 5 === 4) {
      receive({ t: "error", id, code: by ? "busy" : "invalid", message: "Cannot take edit" });
      return;
    }
    const known = this.entries.slice(Math.min(base, this.version - this.#memory.recentMax));
    const repeated = known.findIndex((entry) => entry.id === id);
    if (repeated >= 0) {
      receive({ t: "ack", id, version: this.version - known.length + repeated + 1 });
      return;
    }
    let late: Delta = delta;
    for (const entry of this.entries.slice(base)) late = transform(entry.d, late, "right");
    if (!fits(late, this.text.length)) {
      receive({ t: "error", id, code: "bad_delta", message: "Cannot take edit: it does not fit" });
      return;
    }
    this.text = apply(this.text, late);
    this.entries.push({ id, by, d: late });
    this.version += 1;
    const list = [{ id, by, d: late }];
    for (const reader of this.#readers.keys())
      reader({ t: "deltas", from: this.version - 1, list });
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
);

/** Lets everything happen, then lets everybody catch up; all must see the same. */
async function converge(given: Memory, people: number, history: Happening[]) {
  const server = new TestServer(given);
  const simulation = new Simulation(server, people);
  for (const happening of history) await simulation.run(happening);
  await simulation.settle();
  for (const { session } of simulation.clients) {
    expect(session.text).toBe(server.text);
    expect(session.version).toBe(server.version);
    expect(session.saveState).toBe("saved");
  }
  const ids = server.entries.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  return { server, simulation };
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
        await converge(given, 4, steps);
      }),
      runs,
    );
  });

  test("what a dead tab had on disk comes back exactly once, or is handed out", async () => {
    const history = happenings("type", "paste", ...lines, ...breaks, "persist", "persist", "die");
    await fc.assert(
      fc.asyncProperty(memory, history, async (given, steps) => {
        const server = new TestServer(given);
        const simulation = new Simulation(server, 3);
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
});
