/** What stands behind an `@` before the caret, while it may become somebody's name. */

/** A name that is being typed. */
export interface MentionQuery {
  /** Where its sign stands. */
  start: number;
  /** What was typed behind the sign. */
  typed: string;
}

/** The longest name, and its sign. */
const UNITS_MAX = 81;
/** So far back it is looked whether one writes code. */
const CODE_UNITS_MAX = 20_000;
/** Scripts without spaces, where a sign may follow a word; see `actors/document/mentions.ts`. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]$/u;
const JOINED = /[\p{L}\p{N}\p{M}\p{Pc}@/\\+]$/u;

/** The name before the caret, or undefined where none can be. */
export function queryAt(text: string, caret: number): MentionQuery | undefined {
  const start = text.lastIndexOf("@", caret - 1);
  if (caret === 0 || start === -1 || caret - start > UNITS_MAX) return undefined;
  const typed = text.slice(start + 1, caret);
  const before = text.slice(Math.max(0, start - 2), start);
  const isJoined = JOINED.test(before) && !UNSPACED.test(before);
  if (/^\s|\n/.test(typed) || isJoined || isCode(text, start)) return undefined;
  return { start, typed };
}

/** As far as a few lines tell: an open fence, or an open backtick on this line. */
function isCode(text: string, position: number): boolean {
  const before = text.slice(Math.max(0, position - CODE_UNITS_MAX), position);
  const fences = before.match(/^[\s>]*(?:[-*+]\s+)?(?:```|~~~)/gm)?.length ?? 0;
  const line = before.slice(before.lastIndexOf("\n") + 1);
  return fences % 2 === 1 || (line.match(/`/g)?.length ?? 0) % 2 === 1;
}

/** What choosing a name replaces, and where one types on. */
export function insertName(
  text: string,
  { start, typed }: MentionQuery,
  name: string,
): { from: number; to: number; insert: string; start: number; end: number } {
  const to = start + 1 + typed.length;
  const next = text[to];
  // A sign or a space that is there already ends the name.
  const isOpen = next === undefined || next === "\n" || /[\p{L}\p{N}]/u.test(next);
  const insert = `@${name}${isOpen ? " " : ""}`;
  const end = start + insert.length + (next === " " ? 1 : 0);
  return { from: start, to, insert, start: end, end };
}
