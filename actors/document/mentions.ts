/**
 * Whom a text names: `@` and somebody's whole name, as others see it, in plain text. There are no ids in
 * the text, so it reads the same everywhere; who is meant is decided by who has access to the note.
 */

import type { PersonId } from "../ids.ts";
import type { Person } from "../ports.ts";
import type { DocumentReply } from "./types.ts";

/** Somebody whom a text may name. */
export interface Mentionable {
  id: string;
  name: string;
}

/** A name in a text, with its sign; positions are UTF-16 units. */
export interface Mention {
  start: number;
  end: number;
  /** Everybody who has this name. */
  ids: readonly string[];
}

interface Pattern {
  pattern: RegExp;
  ids: string[];
}

/** Scripts that put no spaces between words: there a name ends where it ends. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
/** Before the sign: then it belongs to an address, a path or a word. */
const JOINED_BEFORE = /[\p{L}\p{N}\p{M}\p{Pc}@/\\+]/u;
/** After the name: it goes on, as in `@Ada-Marie`, `@ada.example` and `@Adam`, but not in `@Ada's`. */
const GOES_ON = String.raw`(?![\p{L}\p{N}\p{M}\p{Pc}\u200D@]|[-.\u2010\u2011][\p{L}\p{N}])`;
const SIGN = "@";

/** Finds the names of some people. */
export class MentionFinder {
  /** By the first sign of the name, longest name first. */
  readonly #patterns = new Map<string, Pattern[]>();
  /** The same by the code point in the text, as far as it was met. */
  readonly #byFirst = new Map<number, readonly Pattern[]>();

  constructor(people: readonly Mentionable[]) {
    for (const [name, ids] of byName(people)) {
      const key = keyOf(name);
      const pattern = { pattern: patternOf(name), ids };
      this.#patterns.set(key, [...(this.#patterns.get(key) ?? []), pattern]);
    }
  }

  /** The mention whose sign stands at a position, the one with the longest name where there are several. */
  at(text: string, position: number): Mention | undefined {
    if (text[position] !== SIGN || !mayStandAt(text, position)) return undefined;
    const start = position + SIGN.length;
    for (const { pattern, ids } of this.#patternsFor(text.codePointAt(start))) {
      pattern.lastIndex = start;
      if (pattern.test(text)) return { start: position, end: pattern.lastIndex, ids };
    }
    return undefined;
  }

  #patternsFor(first: number | undefined): readonly Pattern[] {
    if (first === undefined) return [];
    let patterns = this.#byFirst.get(first);
    if (!patterns) {
      patterns = this.#patterns.get(keyOf(String.fromCodePoint(first))) ?? [];
      this.#byFirst.set(first, patterns);
    }
    return patterns;
  }

  /** All mentions in a Markdown text, in order; code says nothing to anybody. */
  *in(text: string): Generator<Mention> {
    if (this.#patterns.size === 0) return;
    let code: ReturnType<typeof codeIn> | undefined;
    for (let at = text.indexOf(SIGN); at !== -1; at = text.indexOf(SIGN, at + 1)) {
      const mention = this.at(text, at);
      if (mention === undefined) continue;
      code ??= codeIn(text);
      if (!isInside(code, at)) yield mention;
    }
  }
}

/** The ids of those whom a Markdown text names, each once. */
export function mentionsIn(text: string, people: readonly Mentionable[]): string[] {
  if (!text.includes(SIGN)) return [];
  const named = new Set<string>();
  for (const { ids } of new MentionFinder(people).in(text)) for (const id of ids) named.add(id);
  return [...named];
}

/** People who are called the same, under one name; longest first. */
function byName(people: readonly Mentionable[]): [string, string[]][] {
  const names = new Map<string, string[]>();
  for (const { id, name } of people) {
    const plain = name.normalize("NFC").trim();
    if (plain === "") continue;
    const key = plain.toLowerCase();
    const ids = names.get(key);
    if (ids) ids.push(id);
    else names.set(key, [id]);
  }
  return [...names].sort(([one], [other]) => other.length - one.length);
}

/** Accents may be written as one sign or as two, and case does not matter. */
function keyOf(text: string): string {
  const first = text.normalize("NFD").codePointAt(0) ?? 0;
  return String.fromCodePoint(first).toLowerCase();
}

function patternOf(name: string): RegExp {
  const forms = new Set([name, name.normalize("NFD")]);
  const source = [...forms].map((form) => {
    const words = form.split(/\s+/u).map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
    return words.join("[^\\S\\r\\n]+");
  });
  const last = [...name].at(-1) ?? "";
  const end = UNSPACED.test(last) ? "" : GOES_ON;
  return new RegExp(`(?:${source.join("|")})${end}`, "iuy");
}

function mayStandAt(text: string, position: number): boolean {
  const unit = text[position - 1];
  if (unit === undefined || unit === " " || unit === "\n") return true;
  const before = /[\uDC00-\uDFFF]/.test(unit) ? text.slice(position - 2, position) : unit;
  return !JOINED_BEFORE.test(before) || UNSPACED.test(before);
}

// --------------------------------------------------------------------------------------- code

type Range = readonly [start: number, end: number];

const FENCE = /^[\s>]*(?:(?:[-*+]|\d{1,9}[.)])\s+)*(`{3,}(?=[^`]*$)|~{3,})/;

/** Fenced blocks and spans of code, in order. */
function codeIn(text: string): Range[] {
  const ranges: Range[] = [];
  let fence: { sign: string; start: number } | undefined;
  let paragraph = 0;
  for (let start = 0; start <= text.length; ) {
    const end = lineEnd(text, start);
    const line = text.slice(start, end);
    if (fence) {
      if (closes(line, fence.sign)) {
        ranges.push([fence.start, end]);
        fence = undefined;
        paragraph = end;
      }
    } else {
      const sign = FENCE.exec(line)?.[1];
      if (sign !== undefined || line.trim() === "") {
        addSpans(ranges, text, [paragraph, start]);
        paragraph = end;
      }
      if (sign !== undefined) fence = { sign, start };
    }
    start = end + 1;
  }
  if (fence) ranges.push([fence.start, text.length]);
  else addSpans(ranges, text, [paragraph, text.length]);
  return ranges;
}

function closes(line: string, sign: string): boolean {
  const bare = line.replace(/^[\s>]*/, "").trimEnd();
  return bare.length >= sign.length && bare === (sign[0] ?? "").repeat(bare.length);
}

/** Adds the spans of code in a paragraph: from some backticks to just as many. */
function addSpans(ranges: Range[], text: string, paragraph: Range): void {
  const runs = backticksIn(text, paragraph);
  const nextOfLength = new Map<number, number>();
  const closing = runs.map(() => -1);
  for (let i = runs.length - 1; i >= 0; i--) {
    const length = lengthOf(runs[i]);
    closing[i] = nextOfLength.get(length) ?? -1;
    nextOfLength.set(length, i);
  }
  for (let i = 0; i < runs.length; i++) {
    const [open, close] = [runs[i], runs[closing[i] ?? -1]];
    if (!open || !close) continue;
    ranges.push([open[0], close[1]]);
    i = closing[i] ?? i;
  }
}

/** Runs of backticks; one behind a backslash is a sign like any other. */
function backticksIn(text: string, [from, to]: Range): Range[] {
  const runs: Range[] = [];
  let start = text.indexOf("`", from);
  while (start !== -1 && start < to) {
    if (text[start - 1] === "\\") start += 1;
    let end = start;
    while (text[end] === "`") end += 1;
    if (end > start) runs.push([start, end]);
    start = text.indexOf("`", end);
  }
  return runs;
}

function lengthOf(range: Range | undefined): number {
  return range ? range[1] - range[0] : 0;
}

function isInside(ranges: readonly Range[], position: number): boolean {
  let [low, high] = [0, ranges.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [start, end] = ranges[middle] ?? [0, 0];
    if (position < start) high = middle - 1;
    else if (position >= end) low = middle + 1;
    else return true;
  }
  return false;
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf("\n", start);
  return end === -1 ? text.length : end;
}

/** Those whom the text of a note may name: who has access. */
export async function mentionableIn(
  { text, ownerId, members }: Extract<DocumentReply, { type: "described" }>,
  find: (ids: readonly PersonId[]) => Promise<ReadonlyMap<string, Person>>,
): Promise<Person[]> {
  if (!text.includes("@")) return [];
  return [...(await find([ownerId, ...members.map(({ userId }) => userId)])).values()];
}
