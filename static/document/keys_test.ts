import { describe, expect, test } from "bun:test";
import {
  continueList,
  type Format,
  format,
  indent,
  outdent,
  type Replacement,
  type Selected,
} from "./keys.ts";

/** A text with its selection marked: `a[b]c`, or `a|b` for a caret. */
function selected(marked: string): Selected {
  const start = marked.search(/[⟦|]/);
  const text = marked.replace(/[⟦⟧|]/g, "");
  const end = marked.includes("⟧") ? marked.indexOf("⟧") - 1 : start;
  return { text, start, end };
}

function applied(before: Selected, replacement: Replacement | undefined): string | undefined {
  if (!replacement) return undefined;
  const { from, to, insert, start, end } = replacement;
  const text = before.text.slice(0, from) + insert + before.text.slice(to);
  if (start === end) return `${text.slice(0, start)}|${text.slice(start)}`;
  return `${text.slice(0, start)}⟦${text.slice(start, end)}⟧${text.slice(end)}`;
}

function formatted(marked: string, kind: Format): string | undefined {
  const before = selected(marked);
  return applied(before, format(before, kind));
}

describe("format()", () => {
  test.each([
    ["a ⟦b⟧ c", "bold", "a **⟦b⟧** c"],
    ["a **⟦b⟧** c", "bold", "a ⟦b⟧ c"],
    ["a ⟦**b**⟧ c", "bold", "a ⟦b⟧ c"],
    ["a ⟦ b ⟧c", "bold", "a  **⟦b⟧** c"],
    ["a |c", "italic", "a _|_c"],
    ["a _|_c", "italic", "a |c"],
    ["⟦x⟧", "code", "`⟦x⟧`"],
    ["``⟦x⟧``", "code", "```⟦x⟧```"],
    ["⟦a\nb⟧", "code", "```\n⟦a\nb⟧\n```\n"],
    ["see ⟦docs⟧", "link", "see [docs](⟦https://⟧)"],
    ["⟦https://a.example⟧", "link", "[|](https://a.example)"],
    ["⟦[docs](https://a.example)⟧", "link", "⟦docs⟧"],
    ["|", "link", "[|](https://)"],
    ["on|e\ntwo", "list", "- on|e\ntwo"],
    ["⟦one\n\ntwo⟧", "list", "- ⟦one\n\n- two⟧"],
    ["⟦- one\n- two⟧", "list", "⟦one\ntwo⟧"],
    ["  on|e", "task", "  - [ ] on|e"],
    ["- on|e", "task", "- [ ] on|e"],
    ["- [x] on|e", "task", "on|e"],
    ["1. on|e", "list", "- on|e"],
    ["|", "list", "- |"],
  ] as const)("makes of %j with %s %j", (before, kind, after) => {
    expect(formatted(before, kind)).toBe(after);
  });
});

describe("continueList()", () => {
  test.each([
    ["- one|", "- one\n- |"],
    ["  * one|", "  * one\n  * |"],
    ["- [x] one| two", "- [x] one\n- [ ] | two"],
    ["9. one|", "9. one\n10. |"],
    ["1) one|\n", "1) one\n2) |\n"],
    ["> quoted|", "> quoted\n> |"],
    ["- one\n- |", "- one\n|"],
    ["- [ ] |", "|"],
  ])("goes on from %j with %j", (before, after) => {
    expect(applied(selected(before), continueList(selected(before)))).toBe(after);
  });

  test.each(["plain|", "|- one", "-|", "⟦- one⟧", "-not|"])("leaves %j alone", (before) => {
    expect(continueList(selected(before))).toBeUndefined();
  });
});

describe("indent() and outdent()", () => {
  test.each([
    ["- on|e", "  - on|e"],
    ["ab|c", "ab  |c"],
    ["⟦a\n\nb⟧", "  ⟦a\n\n  b⟧"],
  ])("moves %j in to %j", (before, after) => {
    expect(applied(selected(before), indent(selected(before)))).toBe(after);
  });

  test.each([
    ["  - on|e", "- on|e"],
    ["⟦\ta\n b⟧", "⟦a\nb⟧"],
    ["  |a", "|a"],
  ])("moves %j out to %j", (before, after) => {
    expect(applied(selected(before), outdent(selected(before)))).toBe(after);
  });

  test("has nothing to move out at the margin", () => {
    expect(outdent(selected("a|"))).toBeUndefined();
  });
});
