import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { apply, type Delta, diff } from "../../actors/delta.ts";
import { History } from "./history.ts";

/** A text with a history, as an editor has them. */
class Editor {
  text: string;
  now = 0;
  readonly history = new History();

  constructor(text: string) {
    this.text = text;
  }

  edit(delta: Delta): void {
    this.history.record(delta, this.text, this.now);
    this.text = apply(this.text, delta);
  }

  /** Types letter by letter, a tenth of a second each. */
  type(position: number, letters: string): void {
    let at = position;
    for (const letter of letters) {
      this.edit(at > 0 ? [at, letter] : [letter]);
      at += letter.length;
      this.now += 100;
    }
  }

  others(delta: Delta): void {
    this.history.others(delta);
    this.text = apply(this.text, delta);
  }

  undo(): string {
    this.text = apply(this.text, this.history.undo(this.text) ?? []);
    return this.text;
  }

  redo(): string {
    this.text = apply(this.text, this.history.redo(this.text) ?? []);
    return this.text;
  }
}

describe("History", () => {
  test("takes typing back word by word and does it again", () => {
    const editor = new Editor("");
    editor.type(0, "two words 😀");
    expect([editor.undo(), editor.undo(), editor.undo(), editor.undo()]).toEqual([
      "two words ",
      "two ",
      "",
      "",
    ]);
    expect([editor.redo(), editor.redo(), editor.redo(), editor.redo()]).toEqual([
      "two ",
      "two words ",
      "two words 😀",
      "two words 😀",
    ]);
  });

  test("begins a new step after a pause, at another place and for a deletion", () => {
    const editor = new Editor("");
    editor.type(0, "abc");
    editor.now += 2_000;
    editor.type(3, "def");
    editor.type(0, "x");
    editor.edit([6, -1]);
    editor.edit([5, -1]);
    expect(editor.text).toBe("xabcd");
    expect([editor.undo(), editor.undo(), editor.undo(), editor.undo()]).toEqual([
      "xabcdef",
      "abcdef",
      "abc",
      "",
    ]);
  });

  test("joins deleting forwards as well as backwards", () => {
    const editor = new Editor("abcdef");
    editor.edit([2, -1]);
    editor.edit([2, -1]);
    expect(editor.undo()).toBe("abcdef");
  });

  test("forgets what could be done again once something else is typed", () => {
    const editor = new Editor("");
    editor.type(0, "a");
    editor.undo();
    editor.type(0, "b");
    expect(editor.redo()).toBe("b");
  });

  test("leaves alone what others typed, in the middle of one's own word too", () => {
    const editor = new Editor("");
    editor.type(0, "hello");
    editor.others([2, "THEIRS"]);
    expect(editor.undo()).toBe("THEIRS");
    editor.others(["more "]);
    expect(editor.redo()).toContain("THEIRS");
    expect(editor.text.replace("THEIRS", "").replace("more ", "")).toBe("hello");
  });

  test("goes on with a word while somebody else types elsewhere", () => {
    const editor = new Editor("start ");
    editor.type(6, "one");
    editor.others(["before "]);
    editor.type(16, "more");
    expect(editor.text).toBe("before start onemore");
    expect(editor.undo()).toBe("before start ");
  });

  test("skips steps of which others left nothing", () => {
    const editor = new Editor("");
    editor.type(0, "first ");
    editor.type(6, "second");
    editor.others([6, -6]);
    expect(editor.undo()).toBe("");
  });

  test("gets back to the first and forth to the last text, and others' letters stay", () => {
    const step = fc.record({ own: fc.boolean(), place: fc.nat(50), count: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const editor = new Editor("");
        const theirs: string[] = [];
        steps.forEach(({ own, place, count }, index) => {
          const at = place % (editor.text.length + 1);
          const letter = String.fromCharCode(0x4e00 + index);
          const cut = own ? Math.min(count, editor.text.length - at) : 0;
          const kept = [...editor.text.slice(at, at + cut)].some((part) => theirs.includes(part));
          const after =
            editor.text.slice(0, at) + letter + editor.text.slice(at + (kept ? 0 : cut));
          const delta = diff(editor.text, after, at + 1);
          if (own) editor.edit(delta);
          else {
            editor.others(delta);
            theirs.push(letter);
          }
        });
        const last = editor.text;
        const sorted = (text: Iterable<string>) => [...text].sort().join("");
        let previous: string;
        do {
          previous = editor.text;
          editor.undo();
        } while (editor.text !== previous);
        expect(sorted(editor.text)).toBe(sorted(theirs));
        do {
          previous = editor.text;
          editor.redo();
        } while (editor.text !== previous);
        expect(sorted(editor.text)).toBe(sorted(last));
      }),
    );
  });
});
