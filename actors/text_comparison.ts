/**
 * What makes one text of another, for a form that comes back with the whole text: separate replacements,
 * so that what others wrote between them stays. By lines at first, and within lines that changed by words.
 *
 * Texts come from anybody, so the work grows with their length and no faster, whatever they are, and so
 * many replacements are found at most. Looking for the shortest way (Myers, "An O(ND) difference algorithm
 * and its variations", 1986) ends after so many differences; then pieces that occur once in both texts are
 * what is kept (patience diff); and where there are none, all is replaced.
 */

import { type Component, commonPrefix, commonSuffix, type Delta, normalize } from "./delta.ts";

/** How texts are compared. */
export interface ComparisonOptions {
  /** Components of the delta; replacements that are close to each other become one until it fits. */
  componentsMax: number;
  /** Counts the work: pieces that were looked at, once for each time. */
  meter?: { steps: number };
}

/** Ranges of both texts, one of which replaces the other. */
interface Hunk {
  before: number;
  beforeEnd: number;
  after: number;
  afterEnd: number;
}

/** Both texts, and what counts the work. */
interface Texts {
  before: string;
  after: string;
  meter: { steps: number };
}

/** Both lists of pieces: the numbers of the first text, of the other one, and how many there are. */
interface Lists {
  numbers: readonly number[];
  other: readonly number[];
  kinds: number;
  meter: { steps: number };
}

/** A text cut into pieces; equal pieces of both texts have the same number, counted from 0. */
interface Pieces {
  numbers: number[];
  /** Where each begins, and where the last one ends. */
  places: number[];
}

/** A piece that is in both texts, by its place in each. */
interface Anchor {
  before: number;
  after: number;
}

/** A range of pieces in both texts. */
interface Range {
  before: number;
  beforeEnd: number;
  after: number;
  afterEnd: number;
}

/** Differences after which the shortest way is given up: the work is so many times the length at most. */
const DIFFERENCES_MAX = 32;
/** A line is compared in blocks of about so many units when it is longer than twice that. */
const BLOCK_UNITS = 256;
/** Pieces of one text; what is behind them is cut into blocks, however short its lines are. */
const PIECES_MAX = 200_000;
/** Units of replaced text, old and new, up to which it is compared by words. */
const WORDS_UNITS_MAX = 20_000;
/** Words longer than this are compared in parts: some scripts have no spaces. */
const WORD_UNITS_MAX = 16;
/** Replacements with so few units between them are one: those are alike by chance. */
const GAP_UNITS_MIN = 3;

/** The delta that makes `after` of `before`, with whole characters only. */
export function compareTexts(before: string, after: string, options: ComparisonOptions): Delta {
  const { componentsMax, meter = { steps: 0 } } = options;
  const texts = { before, after, meter };
  const all = { before: 0, beforeEnd: before.length, after: 0, afterEnd: after.length };
  const changed = trim(all, texts);
  if (isNothing(changed)) return [];
  const hunks: Hunk[] = [];
  for (const hunk of hunksOf(changed, cutLines, texts)) {
    const units = hunk.beforeEnd - hunk.before + hunk.afterEnd - hunk.after;
    const isReplaced = hunk.beforeEnd > hunk.before && hunk.afterEnd > hunk.after;
    if (!isReplaced || units > WORDS_UNITS_MAX) hunks.push(trim(hunk, texts));
    else for (const word of hunksOf(hunk, cutWords, texts)) hunks.push(trim(word, texts));
  }
  return deltaOf(join(hunks, componentsMax), after);
}

type Cut = (text: string, start: number, end: number) => number;

/** Compares a hunk piece by piece. */
function hunksOf(hunk: Hunk, cut: Cut, { before, after, meter }: Texts): Hunk[] {
  const known = new Map<string, number>();
  const a = piecesOf(before, [hunk.before, hunk.beforeEnd], { cut, known, meter });
  const b = piecesOf(after, [hunk.after, hunk.afterEnd], { cut, known, meter });
  const whole = { before: 0, beforeEnd: a.numbers.length, after: 0, afterEnd: b.numbers.length };
  const lists = { numbers: a.numbers, other: b.numbers, kinds: known.size, meter };
  return differ(whole, lists, true).map((range) => ({
    before: a.places[range.before] ?? hunk.beforeEnd,
    beforeEnd: a.places[range.beforeEnd] ?? hunk.beforeEnd,
    after: b.places[range.after] ?? hunk.afterEnd,
    afterEnd: b.places[range.afterEnd] ?? hunk.afterEnd,
  }));
}

/** Cuts a part of a text into pieces. */
function piecesOf(
  text: string,
  [start, end]: readonly [number, number],
  { cut, known, meter }: { cut: Cut; known: Map<string, number>; meter: { steps: number } },
): Pieces {
  const pieces: Pieces = { numbers: [], places: [] };
  for (let place = start; place < end; ) {
    const next = (pieces.numbers.length < PIECES_MAX ? cut : cutBlocks)(text, place, end);
    const piece = text.slice(place, next);
    const number = known.get(piece) ?? known.size;
    if (number === known.size) known.set(piece, number);
    pieces.numbers.push(number);
    pieces.places.push(place);
    place = next;
  }
  pieces.places.push(end);
  meter.steps += pieces.numbers.length;
  return pieces;
}

/** The end of the line that begins here, or of a block of it. */
function cutLines(text: string, start: number, end: number): number {
  const nearEnd = Math.min(end, start + BLOCK_UNITS * 2);
  const line = text.slice(start, nearEnd).indexOf("\n");
  return line >= 0 ? start + line + 1 : cutBlocks(text, start, end);
}

function cutBlocks(text: string, start: number, end: number): number {
  const nearEnd = Math.min(end, start + BLOCK_UNITS * 2);
  if (nearEnd === end) return end;
  return cutByContent(text, start + BLOCK_UNITS / 2, nearEnd, BLOCK_UNITS / 2);
}

/** The end of the word that begins here, or of a part of it. Spaces are pieces of their own. */
function cutWords(text: string, start: number, end: number): number {
  const nearEnd = Math.min(end, start + WORD_UNITS_MAX * 2);
  const isSpace = isSpaceAt(text, start);
  let place = start + 1;
  while (place < nearEnd && isSpaceAt(text, place) === isSpace) place++;
  if (place - start <= WORD_UNITS_MAX) return wholeCharacter(text, place, end);
  return cutByContent(text, start + 1, place, 8);
}

/**
 * Where to cut what has no end of its own: behind a unit that is one in so many, so that both texts are
 * cut at the same places again soon after one that differs.
 */
function cutByContent(text: string, from: number, to: number, oneIn: number): number {
  for (let place = from; place < to; place++) {
    const unit = text.charCodeAt(place - 1) * 31 + text.charCodeAt(place);
    if (Math.imul(unit, 0x9e3779b1) >>> 16 < 65_536 / oneIn) {
      return wholeCharacter(text, place, to);
    }
  }
  return wholeCharacter(text, to, text.length);
}

function isSpaceAt(text: string, place: number): boolean {
  const unit = text.charCodeAt(place);
  return unit <= 0x20 || unit === 0xa0 || unit === 0x3000;
}

/** The place, or the next one where it would cut a character in two. */
function wholeCharacter(text: string, place: number, end: number): number {
  const isInside = place > 0 && place < end && (text.codePointAt(place - 1) ?? 0) > 0xffff;
  return isInside ? place + 1 : place;
}

/**
 * The ranges in which two lists differ. What is too different is divided by numbers that occur once in
 * both, but only once: a text could be made that is divided again and again.
 */
function differ(range: Range, lists: Lists, mayDivide: boolean): Range[] {
  const { meter } = lists;
  const rest = trimNumbers(range, lists);
  const { before, beforeEnd, after, afterEnd } = rest;
  meter.steps += range.beforeEnd - range.before - (beforeEnd - before) + 1;
  if (before === beforeEnd || after === afterEnd) return isNothing(rest) ? [] : [rest];
  const way = shortestWay(rest, lists);
  if (way || !mayDivide) return way ?? [rest];
  meter.steps += beforeEnd - before + afterEnd - after;
  const ranges: Range[] = [];
  let from = { before, after };
  for (const anchor of [...anchorsIn(rest, lists), { before: beforeEnd, after: afterEnd }]) {
    const gap = { ...from, beforeEnd: anchor.before, afterEnd: anchor.after };
    for (const found of differ(gap, lists, false)) ranges.push(found);
    from = { before: anchor.before + 1, after: anchor.after + 1 };
  }
  return ranges;
}

function trimNumbers(range: Range, { numbers, other }: Lists): Range {
  let { before, beforeEnd, after, afterEnd } = range;
  while (before < beforeEnd && after < afterEnd && numbers[before] === other[after]) {
    before++;
    after++;
  }
  while (before < beforeEnd && after < afterEnd && numbers[beforeEnd - 1] === other[afterEnd - 1]) {
    beforeEnd--;
    afterEnd--;
  }
  return { before, beforeEnd, after, afterEnd };
}

/** The ranges that differ with the fewest pieces taken out and put in; none where those are too many. */
function shortestWay(range: Range, { numbers, other, meter }: Lists): Range[] | undefined {
  const rows = range.beforeEnd - range.before;
  const columns = range.afterEnd - range.after;
  const most = Math.min(rows + columns, DIFFERENCES_MAX);
  if (Math.abs(rows - columns) > most) return undefined;
  // How far down one gets on each diagonal; kept for each number of differences, to find the way back.
  const reached: Int32Array[] = [];
  const furthest = new Int32Array(2 * most + 3);
  for (let differences = 0; differences <= most; differences++) {
    reached.push(furthest.slice());
    for (let k = -differences; k <= differences; k += 2) {
      const start = startOf(furthest, k, differences);
      let row = start;
      let column = row - k;
      while (
        row < rows &&
        column < columns &&
        numbers[range.before + row] === other[range.after + column]
      ) {
        row++;
        column++;
      }
      meter.steps += 1 + row - start;
      furthest[most + 1 + k] = row;
      if (row >= rows && column >= columns) return wayBack(reached, range);
    }
  }
  return undefined;
}

/** Whether one gets furthest on a diagonal by putting a piece in, not by taking one out. */
function isPutIn(furthest: Int32Array, k: number, differences: number): boolean {
  const middle = ((furthest.length - 1) >> 1) + k;
  if (k === -differences) return true;
  return k !== differences && (furthest[middle - 1] ?? 0) < (furthest[middle + 1] ?? 0);
}

/** The row in which one comes to a diagonal from its neighbor. */
function startOf(furthest: Int32Array, k: number, differences: number): number {
  const middle = ((furthest.length - 1) >> 1) + k;
  const isIn = isPutIn(furthest, k, differences);
  return isIn ? (furthest[middle + 1] ?? 0) : (furthest[middle - 1] ?? 0) + 1;
}

/** Follows the shortest way from its end. */
function wayBack(reached: readonly Int32Array[], range: Range): Range[] {
  const ranges: Range[] = [];
  let row = range.beforeEnd - range.before;
  let column = range.afterEnd - range.after;
  for (let differences = reached.length - 1; differences > 0; differences--) {
    const furthest = reached[differences] ?? new Int32Array();
    const k = row - column;
    const isIn = isPutIn(furthest, k, differences);
    // The place before the difference; what is between it and here is the same in both.
    const end = startOf(furthest, k, differences);
    row = isIn ? end : end - 1;
    column = row - (isIn ? k + 1 : k - 1);
    const before = range.before + row;
    const after = range.after + column;
    const [beforeEnd, afterEnd] = isIn ? [before, after + 1] : [before + 1, after];
    const next = ranges.at(-1);
    if (next && next.before === beforeEnd && next.after === afterEnd) {
      next.before = before;
      next.after = after;
    } else ranges.push({ before, beforeEnd, after, afterEnd });
  }
  return ranges.reverse();
}

/** Pieces that occur once in each list, as many as there are in the same order in both. */
function anchorsIn(range: Range, { numbers, other, kinds }: Lists): Anchor[] {
  const places = placesOfUnique(other, [range.after, range.afterEnd], kinds);
  const own = placesOfUnique(numbers, [range.before, range.beforeEnd], kinds);
  const pairs: Anchor[] = [];
  for (let before = range.before; before < range.beforeEnd; before++) {
    const number = numbers[before] ?? 0;
    const after = places[number] ?? -1;
    if (own[number] === before && after >= 0) pairs.push({ before, after });
  }
  return longestAscent(pairs);
}

/** Where each number occurs; less than 0 for one that does not, or more than once. */
function placesOfUnique(
  numbers: readonly number[],
  [start, end]: readonly [number, number],
  kinds: number,
): Int32Array {
  const places = new Int32Array(kinds).fill(-1);
  for (let place = start; place < end; place++) {
    const number = numbers[place] ?? 0;
    places[number] = places[number] === -1 ? place : -2;
  }
  return places;
}

/** The most pairs that ascend on both sides, by patience sorting; they ascend on the left already. */
function longestAscent(pairs: readonly Anchor[]): Anchor[] {
  const ends: number[] = [];
  const left = new Int32Array(pairs.length);
  for (const [index, { after }] of pairs.entries()) {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((pairs[ends[middle] ?? 0]?.after ?? 0) < after) low = middle + 1;
      else high = middle;
    }
    left[index] = ends[low - 1] ?? -1;
    ends[low] = index;
  }
  const chain: Anchor[] = [];
  for (let index = ends.at(-1) ?? -1; index >= 0; index = left[index] ?? -1) {
    const pair = pairs[index];
    if (pair) chain.push(pair);
  }
  return chain.reverse();
}

/** Takes off a hunk what is the same at its start and its end, whole characters only. */
function trim(hunk: Hunk, { before, after }: Texts): Hunk {
  const old = before.slice(hunk.before, hunk.beforeEnd);
  const own = after.slice(hunk.after, hunk.afterEnd);
  const shorter = Math.min(old.length, own.length);
  const prefix = commonPrefix(old, own, shorter);
  const suffix = commonSuffix(old, own, shorter - prefix);
  return {
    before: hunk.before + prefix,
    beforeEnd: hunk.beforeEnd - suffix,
    after: hunk.after + prefix,
    afterEnd: hunk.afterEnd - suffix,
  };
}

function isNothing({ before, beforeEnd, after, afterEnd }: Range): boolean {
  return before === beforeEnd && after === afterEnd;
}

/** Makes hunks one where what is between them is alike by chance, or where they are too many. */
function join(hunks: readonly Hunk[], componentsMax: number): Hunk[] {
  const joined = joinWithin(hunks, (gap) => gap <= GAP_UNITS_MIN);
  // Each is a retain, an insert and a delete.
  const countMax = Math.max(1, Math.floor(componentsMax / 3));
  if (joined.length <= countMax) return joined;
  const gaps = joined.slice(1).map(({ before }, index) => before - (joined[index]?.beforeEnd ?? 0));
  const widest = gaps.map((_, index) => index).sort((a, b) => (gaps[b] ?? 0) - (gaps[a] ?? 0));
  const kept = new Set(widest.slice(0, countMax - 1));
  return joinWithin(joined, (_, index) => !kept.has(index));
}

/** Joins hunks where that is wanted for the gap between them. */
function joinWithin(
  hunks: readonly Hunk[],
  isWanted: (gapUnits: number, index: number) => boolean,
): Hunk[] {
  const joined: Hunk[] = [];
  for (const [index, hunk] of hunks.entries()) {
    const last = joined.at(-1);
    if (last === undefined || !isWanted(hunk.before - last.beforeEnd, index - 1)) {
      joined.push({ ...hunk });
    } else {
      last.beforeEnd = hunk.beforeEnd;
      last.afterEnd = hunk.afterEnd;
    }
  }
  return joined;
}

function deltaOf(hunks: readonly Hunk[], after: string): Delta {
  const delta: Component[] = [];
  let place = 0;
  for (const hunk of hunks) {
    delta.push(hunk.before - place, after.slice(hunk.after, hunk.afterEnd));
    delta.push(hunk.before - hunk.beforeEnd);
    place = hunk.beforeEnd;
  }
  return normalize(delta);
}
