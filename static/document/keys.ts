/**
 * What the Markdown keys do, as pure changes of a text and a selection: the island turns them into
 * deltas like any typing. Positions are UTF-16 units.
 */

/** A text and what is selected in it. */
export interface Selected {
  text: string;
  start: number;
  end: number;
}

/** One replacement, and what is selected after it. */
export interface Replacement {
  /** What is replaced, in the text before. */
  from: number;
  to: number;
  insert: string;
  start: number;
  end: number;
}

/** What the toolbar and the keys can do. */
export type Format = "bold" | "italic" | "code" | "link" | "list" | "task";

const INDENT = "  ";
const ITEM = /^(\s*)(?:([-*+])(\s+\[[ xX]\])?|(\d{1,9})([.)])|(>+))(\s+)/;
const LINK = /^\[([^\]\n]*)\]\(([^)\n]*)\)$/;

/** Does a format to the selection, or undoes it where it is there already. */
export function format(selected: Selected, kind: Format): Replacement {
  switch (kind) {
    case "bold":
      return surround(selected, "**");
    case "italic":
      return surround(selected, "_");
    case "code":
      return code(selected);
    case "link":
      return link(selected);
    case "list":
      return prefixLines(selected, "- ");
    case "task":
      return prefixLines(selected, "- [ ] ");
  }
}

/** What Enter does in a list or a quote: the next item, or the end of the list. */
export function continueList({ text, start, end }: Selected): Replacement | undefined {
  if (start !== end) return undefined;
  const lineStart = lineStartAt(text, start);
  const line = text.slice(lineStart, lineEndAt(text, start));
  const match = ITEM.exec(line);
  // Before the item's own text, Enter is only a line break.
  if (!match || start - lineStart < match[0].length) return undefined;
  if (line.length === match[0].length) {
    return { from: lineStart, to: start, insert: "", start: lineStart, end: lineStart };
  }
  const insert = `\n${nextItem(match)}`;
  return {
    from: start,
    to: start,
    insert,
    start: start + insert.length,
    end: start + insert.length,
  };
}

/** What Tab does: lines in a list or a selection of lines move in, elsewhere it is an indentation. */
export function indent(selected: Selected): Replacement {
  const { text, start, end } = selected;
  const isLines = text.slice(start, end).includes("\n");
  if (!isLines && !ITEM.test(text.slice(lineStartAt(text, start), lineEndAt(text, start)))) {
    const at = start + INDENT.length;
    return { from: start, to: end, insert: INDENT, start: at, end: at };
  }
  return eachLine(selected, (line) => (line === "" ? line : INDENT + line));
}

/** What Shift+Tab does: lines move out. Undefined when there is nothing to move. */
export function outdent(selected: Selected): Replacement | undefined {
  const moved = eachLine(selected, (line) => line.replace(/^(?: {1,2}|\t)/, ""));
  return moved.insert === selected.text.slice(moved.from, moved.to) ? undefined : moved;
}

function nextItem(match: RegExpExecArray): string {
  const [, space = "", bullet, task, number, sign = ".", quote = "", gap = " "] = match;
  if (bullet !== undefined) return `${space}${bullet}${task === undefined ? "" : " [ ]"}${gap}`;
  if (number !== undefined) return `${space}${Number(number) + 1}${sign}${gap}`;
  return `${space}${quote}${gap}`;
}

/** Puts a mark around the selection, or takes it away when it is just inside or just outside. */
function surround({ text, start, end }: Selected, mark: string): Replacement {
  const size = mark.length;
  const inner = text.slice(start, end);
  if (isMarked(text, start - size, end + size, mark)) {
    const [from, to] = [start - size, end + size];
    return { from, to, insert: inner, start: from, end: from + inner.length };
  }
  if (inner.length >= size * 2 && isMarked(text, start, end, mark)) {
    const insert = inner.slice(size, -size);
    return { from: start, to: end, insert, start, end: start + insert.length };
  }
  // Spaces at the ends stay outside, or Markdown would not see the mark.
  const left = inner.length - inner.trimStart().length;
  const right = inner.trim() === "" ? 0 : inner.length - inner.trimEnd().length;
  const core = inner.slice(left, inner.length - right);
  const [from, to] = [start + left, end - right];
  const at = from + size;
  return { from, to, insert: mark + core + mark, start: at, end: at + core.length };
}

function isMarked(text: string, from: number, to: number, mark: string): boolean {
  if (from < 0 || to > text.length || to - from < mark.length * 2) return false;
  const isThere = text.startsWith(mark, from) && text.startsWith(mark, to - mark.length);
  // A single `_` or backtick must not be half of a double one.
  const sign = mark[0];
  return isThere && text[from - 1] !== sign && text[to] !== sign;
}

/** Several lines become a block, a part of a line becomes a span. */
function code(selected: Selected): Replacement {
  const { text, start, end } = selected;
  const inner = text.slice(start, end);
  if (!inner.includes("\n")) return surround(selected, "`");
  const before = start === 0 || text[start - 1] === "\n" ? "" : "\n";
  const after = inner.endsWith("\n") ? "" : "\n";
  const insert = `${before}\`\`\`\n${inner}${after}\`\`\`\n`;
  const at = start + before.length + 4;
  return { from: start, to: end, insert, start: at, end: at + inner.length };
}

/** The selection becomes the label, or the target when it is one; what is missing gets selected. */
function link({ text, start, end }: Selected): Replacement {
  const inner = text.slice(start, end);
  const made = LINK.exec(inner);
  if (made) {
    const label = made[1] ?? "";
    return { from: start, to: end, insert: label, start, end: start + label.length };
  }
  if (/^(?:https?:\/\/|mailto:)\S+$/.test(inner)) {
    const at = start + 1;
    return { from: start, to: end, insert: `[](${inner})`, start: at, end: at };
  }
  const insert = `[${inner}](https://)`;
  const at = start + (inner === "" ? 1 : inner.length + 3);
  const selectedEnd = inner === "" ? at : at + "https://".length;
  return { from: start, to: end, insert, start: at, end: selectedEnd };
}

/** Makes every line an item, or plain again when every line is one already. */
function prefixLines(selected: Selected, prefix: string): Replacement {
  const lines = linesOf(selected).filter((line) => line.trim() !== "");
  const own = prefix === "- " ? /^(\s*)[-*+]\s+(?!\[[ xX]\])/ : /^(\s*)[-*+]\s+\[[ xX]\]\s+/;
  const isThere = lines.length > 0 && lines.every((line) => own.test(line));
  return eachLine(selected, (line) => {
    if (isThere) return line.replace(own, "$1");
    if (line.trim() === "" && lines.length > 0) return line;
    const bare = line.replace(/^(\s*)(?:[-*+]\s+(?:\[[ xX]\]\s+)?|\d+[.)]\s+)/, "$1");
    const space = /^\s*/.exec(bare)?.[0] ?? "";
    return space + prefix + bare.slice(space.length);
  });
}

function linesOf({ text, start, end }: Selected): string[] {
  return text.slice(lineStartAt(text, start), lineEndAt(text, end)).split("\n");
}

/** Changes the lines that are touched, and keeps the selection on the same words. */
function eachLine(selected: Selected, change: (line: string) => string): Replacement {
  const { text, start, end } = selected;
  const from = lineStartAt(text, start);
  const to = lineEndAt(text, end);
  const before = text.slice(from, to).split("\n");
  const after = before.map(change);
  const insert = after.join("\n");
  const first = (after[0]?.length ?? 0) - (before[0]?.length ?? 0);
  const grown = insert.length - (to - from);
  const movedStart = Math.max(from, start + first);
  return { from, to, insert, start: movedStart, end: Math.max(movedStart, end + grown) };
}

function lineStartAt(text: string, position: number): number {
  return position === 0 ? 0 : text.lastIndexOf("\n", position - 1) + 1;
}

function lineEndAt(text: string, position: number): number {
  const end = text.indexOf("\n", position);
  return end === -1 ? text.length : end;
}
