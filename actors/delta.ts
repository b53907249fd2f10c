/**
 * Plain-text deltas: how a text was changed, small enough for every keystroke. The one implementation
 * for the server and the browser; both must transform in the same way or texts would part.
 *
 * A delta is an array read from the start of the text: a positive integer retains so many UTF-16
 * units, a negative integer deletes so many, a string is inserted. What follows the last component is
 * retained. Canonical form: no zeros, no empty strings, neighbors of the same kind merged, insert
 * before delete at the same place, no retain at the end.
 */

/** One step of a delta. */
export type Component = number | string;

/** A change of a text, in canonical form. */
export type Delta = readonly Component[];

/** Which of two inserts at the same place comes first: the one on the left. */
export type Side = "left" | "right";

/** What a delta from outside is held to. */
export interface DeltaLimits {
  componentsMax?: number;
  /** Units that all its inserts, and all its retains and deletes, may come to. */
  unitsMax?: number;
  /** Units that all its inserts may come to, where that is less. */
  insertedUnitsMax?: number;
}

/** What a part of a delta is held to; two each, at least. */
export interface SplitLimits {
  /** Units that it inserts. */
  unitsMax: number;
  componentsMax: number;
}

/** Units compared at once: equal stretches are compared by the engine, not one by one. */
const STRIDE_UNITS = 1024;

/** Brings components into canonical form. */
export function normalize(components: Iterable<Component>): Delta {
  const delta: Component[] = [];
  for (const component of components) push(delta, component);
  return trim(delta);
}

/** A delta from outside in canonical form, or undefined when it is none or breaks a limit. */
export function parseDelta(value: unknown, options: DeltaLimits = {}): Delta | undefined {
  const { componentsMax = Infinity, unitsMax = Number.MAX_SAFE_INTEGER } = options;
  const { insertedUnitsMax = unitsMax } = options;
  if (!Array.isArray(value) || value.length > componentsMax) return undefined;
  let inserted = 0;
  let spanned = 0;
  for (const component of value as unknown[]) {
    if (typeof component === "string" && isPlainText(component)) inserted += component.length;
    else if (Number.isSafeInteger(component)) spanned += Math.abs(component as number);
    else return undefined;
    if (inserted > insertedUnitsMax || inserted > unitsMax || spanned > unitsMax) return undefined;
  }
  return normalize(value as Component[]);
}

/** Whether a text has no NUL, no carriage return and no lone surrogate. */
export function isPlainText(text: string): boolean {
  return !/[\0\r]/.test(text) && text.isWellFormed();
}

/** The text with line feeds for line ends, and U+FFFD for NUL and for lone surrogates. */
export function cleanText(text: string): string {
  return text.replace(/\r\n?/g, "\n").replaceAll("\0", "\uFFFD").toWellFormed();
}

/** How many units a text needs at least for the delta to fit. */
export function baseLength(delta: Delta): number {
  let length = 0;
  for (const component of delta) if (typeof component === "number") length += Math.abs(component);
  return length;
}

/** By how many units the delta makes a text longer, negative when shorter. */
export function lengthChange(delta: Delta): number {
  let change = 0;
  for (const component of delta) {
    if (typeof component === "string") change += component.length;
    else if (component < 0) change += component;
  }
  return change;
}

/** Whether the delta changes nothing. */
export function isEmpty(delta: Delta): boolean {
  return delta.length === 0;
}

/** Whether the delta fits a text of so many units. */
export function fits(delta: Delta, textUnits: number): boolean {
  return baseLength(delta) <= textUnits;
}

/** The text after the delta. Throws a RangeError when the delta does not fit. */
export function apply(text: string, delta: Delta): string {
  assertFits("apply", delta, text);
  let result = "";
  let position = 0;
  for (const component of delta) {
    if (typeof component === "string") result += component;
    else if (component < 0) position -= component;
    else {
      result += text.slice(position, position + component);
      position += component;
    }
  }
  return result + text.slice(position);
}

/**
 * Whether a step of the delta begins or ends between the two halves of a surrogate pair. `unitAt`
 * reads the base text, and answers NaN beyond its end, as `charCodeAt` does.
 */
export function cutsSurrogatePair(unitAt: (position: number) => number, delta: Delta): boolean {
  let position = 0;
  for (const component of delta) {
    if (typeof component === "string") continue;
    position += Math.abs(component);
    if (isHigh(unitAt(position - 1)) && isLow(unitAt(position))) return true;
  }
  return false;
}

/** One delta that does what `first` and then `second` do. */
export function compose(first: Delta, second: Delta): Delta {
  const result: Component[] = [];
  const a = new Reader(first);
  const b = new Reader(second);
  while (!a.done || !b.done) {
    if (a.isDelete) push(result, a.take(a.units));
    else if (b.isInsert) push(result, b.take(b.units));
    else {
      const units = Math.min(a.units, b.units);
      const kept = a.take(units);
      const step = b.take(units);
      if (Number(step) > 0) push(result, kept);
      else if (typeof kept === "number") push(result, step);
    }
  }
  return trim(result);
}

/**
 * The delta as it has to be once `over`, made against the same text, was applied. Where both insert
 * at the same place, `side` says on which side the delta's insert goes. What was accepted first stays
 * left, so a late delta is transformed with "right".
 */
export function transform(over: Delta, delta: Delta, side: Side): Delta {
  const result: Component[] = [];
  const a = new Reader(over);
  const b = new Reader(delta);
  while (!b.done) {
    if (a.isInsert && (side === "right" || !b.isInsert)) {
      push(result, a.units);
      a.take(a.units);
    } else if (b.isInsert) push(result, b.take(b.units));
    else {
      const units = Math.min(a.units, b.units);
      const gone = a.isDelete;
      a.take(units);
      const step = b.take(units);
      if (!gone) push(result, step);
    }
  }
  return trim(result);
}

/** Where a position is after the delta; `stick` says on which side of an insert right there. */
export function transformPosition(
  position: number,
  delta: Delta,
  stick: "before" | "after" = "after",
): number {
  let result = position;
  let reached = 0;
  for (const component of delta) {
    if (reached > result) break;
    if (typeof component === "string") {
      if (reached < result || stick === "after") result += component.length;
      reached += component.length;
    } else if (component < 0) result -= Math.min(-component, result - reached);
    else reached += component;
  }
  return result;
}

/** The delta that takes the delta back. Throws a RangeError when it does not fit its base text. */
export function invert(delta: Delta, baseText: string): Delta {
  assertFits("invert", delta, baseText);
  const result: Component[] = [];
  let position = 0;
  for (const component of delta) {
    if (typeof component === "string") push(result, -component.length);
    else {
      const end = position + Math.abs(component);
      push(result, component > 0 ? component : baseText.slice(position, end));
      position = end;
    }
  }
  return trim(result);
}

/**
 * The one replacement that makes `after` of `before`, as short as can be, never inside a surrogate
 * pair. The caret after the edit tells which one of several equal letters was typed or deleted.
 */
export function diff(before: string, after: string, caretAfter?: number): Delta {
  const shorter = Math.min(before.length, after.length);
  let suffix = 0;
  if (caretAfter !== undefined) {
    suffix = commonSuffix(before, after, Math.min(shorter, Math.max(0, after.length - caretAfter)));
  }
  const prefix = commonPrefix(before, after, shorter - suffix);
  suffix = commonSuffix(before, after, shorter - prefix);
  return normalize([
    prefix,
    after.slice(prefix, after.length - suffix),
    prefix + suffix - before.length,
  ]);
}

/**
 * Separate replacements that make `after` of `before`, found by lines and then by words that occur
 * once (patience diff), so that changes far apart leave what is between them alone.
 */
export function diffWords(before: string, after: string): Delta {
  const delta: Component[] = [];
  pushWords(delta, before, after, 0);
  return trim(delta);
}

/**
 * The beginning of a delta that inserts and holds no more than so much, and what is left to be done after
 * it: `compose()` makes the delta of the two again.
 */
export function split(
  delta: Delta,
  { unitsMax, componentsMax }: SplitLimits,
): [first: Delta, rest: Delta] {
  const first: Component[] = [];
  let inserted = 0;
  let position = 0;
  for (const [index, component] of delta.entries()) {
    const isText = typeof component === "string";
    const left = isText ? unitsMax - inserted : 0;
    const isTooLong = isText && component.length > left;
    if (first.length >= componentsMax || (isTooLong && left < 2)) {
      return [trim(first), normalize([position, ...delta.slice(index)])];
    }
    if (isTooLong) {
      const piece = wholeCharacters(component, left);
      const rest = [position + piece.length, component.slice(piece.length)];
      return [[...first, piece], normalize([...rest, ...delta.slice(index + 1)])];
    }
    first.push(component);
    if (isText) inserted += component.length;
    position += isText ? component.length : Math.max(0, component);
  }
  return [delta, []];
}

/** At most so many units from the start of a text, and no half of a character. */
export function wholeCharacters(text: string, units: number): string {
  return text.slice(0, isHigh(text.charCodeAt(units - 1)) ? units - 1 : units);
}

/** Reads a delta in portions; after its end it retains forever. */
class Reader {
  readonly #delta: Delta;
  #index = 0;
  #offset = 0;

  constructor(delta: Delta) {
    this.#delta = delta;
  }

  get done(): boolean {
    return this.#index >= this.#delta.length;
  }

  get isInsert(): boolean {
    return typeof this.#delta[this.#index] === "string";
  }

  get isDelete(): boolean {
    return Number(this.#delta[this.#index]) < 0 && !this.isInsert;
  }

  /** How much of the current component is left. */
  get units(): number {
    const component = this.#delta[this.#index] ?? Infinity;
    return (typeof component === "string" ? component.length : Math.abs(component)) - this.#offset;
  }

  /** Takes so many units, at most `units`, off the current component. */
  take(units: number): Component {
    const component = this.#delta[this.#index] ?? Infinity;
    const start = this.#offset;
    if (units < this.units) this.#offset += units;
    else {
      this.#index++;
      this.#offset = 0;
    }
    if (typeof component === "string") return component.slice(start, start + units);
    return component < 0 ? -units : units;
  }
}

/** Appends a component so that the delta stays canonical, but for a retain at the end. */
function push(delta: Component[], component: Component): void {
  if (component === 0 || component === "") return;
  const end = delta.length - 1;
  const last = delta[end];
  if (typeof component === "string") {
    const index = typeof last === "number" && last < 0 ? end : end + 1;
    const previous = delta[index - 1];
    if (typeof previous === "string") delta[index - 1] = previous + component;
    else delta.splice(index, 0, component);
  } else if (typeof last === "number" && last > 0 === component > 0) delta[end] = last + component;
  else delta.push(component);
}

/** Takes a retain off the end. */
function trim(delta: Component[]): Delta {
  const last = delta[delta.length - 1];
  if (typeof last === "number" && last > 0) delta.pop();
  return delta;
}

function assertFits(verb: string, delta: Delta, text: string): void {
  const wanted = baseLength(delta);
  if (wanted > text.length) {
    throw new RangeError(
      `Cannot ${verb} a delta: expected a text of at least ${wanted} units, received ${text.length}`,
    );
  }
}

/** Whether a unit is the first of the two that make a character. */
export function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}

/** How many units two texts have in common at the start, whole characters only. */
export function commonPrefix(a: string, b: string, unitsMax: number): number {
  let units = 0;
  let stride = STRIDE_UNITS;
  while (stride > 0) {
    const end = units + stride;
    if (end <= unitsMax && a.slice(units, end) === b.slice(units, end)) units = end;
    else stride >>= 1;
  }
  return isHigh(a.charCodeAt(units - 1)) ? units - 1 : units;
}

/** How many units two texts have in common at the end, whole characters only. */
export function commonSuffix(a: string, b: string, unitsMax: number): number {
  let units = 0;
  let stride = STRIDE_UNITS;
  while (stride > 0) {
    const end = units + stride;
    const same =
      end <= unitsMax &&
      a.slice(a.length - end, a.length - units) === b.slice(b.length - end, b.length - units);
    if (same) units = end;
    else stride >>= 1;
  }
  return isLow(a.charCodeAt(a.length - units)) ? units - 1 : units;
}

/** Where texts are cut to be compared: after the end of a line, then of a word, then anywhere. */
const CUTS = [
  { at: /(?<=\n)/, end: /\n/ },
  { at: /(?<=\s)/, end: /\s/ },
] as const;

function pushWords(delta: Component[], before: string, after: string, level: number): void {
  const end = CUTS[level]?.end;
  const isCut = (text: string, position: number) =>
    position === 0 || !end || end.test(text.charAt(position - 1));
  const shorter = Math.min(before.length, after.length);
  let prefix = commonPrefix(before, after, shorter);
  while (!isCut(before, prefix)) prefix--;
  let suffix = commonSuffix(before, after, shorter - prefix);
  const { length } = before;
  while (suffix > 0 && !(isCut(before, length - suffix) && isCut(after, after.length - suffix))) {
    suffix--;
  }
  push(delta, prefix);
  pushBetween(
    delta,
    before.slice(prefix, length - suffix),
    after.slice(prefix, after.length - suffix),
    level,
  );
  push(delta, suffix);
}

/** Compares what is left between a common start and a common end. */
function pushBetween(delta: Component[], before: string, after: string, level: number): void {
  const cut = CUTS[level]?.at;
  if (before === "" || after === "" || cut === undefined) {
    push(delta, after);
    push(delta, -before.length);
    return;
  }
  let readBefore = 0;
  let readAfter = 0;
  for (const anchor of anchors(before.split(cut), after.split(cut))) {
    const gapBefore = before.slice(readBefore, anchor.before);
    pushWords(delta, gapBefore, after.slice(readAfter, anchor.after), level);
    push(delta, anchor.units);
    readBefore = anchor.before + anchor.units;
    readAfter = anchor.after + anchor.units;
  }
  const next = readBefore + readAfter === 0 ? level + 1 : level;
  pushWords(delta, before.slice(readBefore), after.slice(readAfter), next);
}

/** A piece that occurs once in both texts, and where. */
interface Anchor {
  before: number;
  after: number;
  units: number;
  /** The anchor on its left in the longest chain that ends with it. */
  left: Anchor | undefined;
}

/** The longest chain of pieces that occur once in both texts in the same order (patience sorting). */
function anchors(before: readonly string[], after: readonly string[]): Anchor[] {
  const places = uniquePlaces(after);
  const piles: Anchor[] = [];
  for (const [piece, place] of uniquePlaces(before)) {
    const other = places.get(piece);
    if (place < 0 || other === undefined || other < 0) continue;
    let low = 0;
    let high = piles.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((piles[middle]?.after ?? 0) < other) low = middle + 1;
      else high = middle;
    }
    piles[low] = { before: place, after: other, units: piece.length, left: piles[low - 1] };
  }
  const chain: Anchor[] = [];
  for (let anchor = piles.at(-1); anchor !== undefined; anchor = anchor.left) chain.push(anchor);
  return chain.reverse();
}

/** Where each piece begins, -1 for one that occurs more than once. */
function uniquePlaces(pieces: readonly string[]): Map<string, number> {
  const places = new Map<string, number>();
  let position = 0;
  for (const piece of pieces) {
    places.set(piece, places.has(piece) ? -1 : position);
    position += piece.length;
  }
  return places;
}
