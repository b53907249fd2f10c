/**
 * Reads what people write about: `text/<language>/<genre>.txt`, hand-written in parts.
 *
 * A part begins with a line `=== note` (a template of a whole note), `=== words NAME` (one a line,
 * what a slot of that name may say), `=== register` (how a long note begins) or `=== entry` (what a
 * long note goes on with). What `common.txt` says is known to all genres of its language.
 */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expand, type Setting, type Words } from "./grammar.ts";
import type { Random } from "./random.ts";

/** One kind of notes in one language. */
export interface Genre {
  name: string;
  /** Templates of whole notes. */
  notes: readonly string[];
  /** How long notes of this kind begin, and what they go on with. */
  registers: readonly string[];
  entries: readonly string[];
  words: Words;
}

/** Everything there is to write in one language. */
export interface Language {
  /** A BCP 47 tag. */
  tag: string;
  genres: readonly Genre[];
  /** Genres that long notes can be made of. */
  long: readonly Genre[];
  words: Words;
  /** The template of the note that everybody begins with, in one language. */
  welcome: string | undefined;
}

const FOLDER = join(import.meta.dir, "text");
const COMMON = "common";
const WELCOME = "welcome";
const DAY_MS = 86_400_000;
/** What every language has to have, beside its genres. */
const REQUIRED = ["line", "reply", "afterthought", "person"];

/** Reads all languages, in the order of their tags. */
export async function readLanguages(): Promise<Language[]> {
  const tags = (await readdir(FOLDER)).sort();
  return await Promise.all(tags.map(readLanguage));
}

async function readLanguage(tag: string): Promise<Language> {
  const files = (await readdir(join(FOLDER, tag))).filter((file) => file.endsWith(".txt")).sort();
  const parsed = await Promise.all(
    files.map(async (file) => {
      const text = await Bun.file(join(FOLDER, tag, file)).text();
      return parseGenre(file.slice(0, -".txt".length), text);
    }),
  );
  const common = parsed.find(({ name }) => name === COMMON)?.words ?? {};
  for (const name of REQUIRED) {
    if (!common[name]) throw new Error(`Cannot read texts of "${tag}": expected words "${name}"`);
  }
  const genres = parsed.map((genre) => ({ ...genre, words: { ...common, ...genre.words } }));
  return {
    tag,
    genres: genres.filter(({ name, notes }) => name !== WELCOME && notes.length > 0),
    long: genres.filter(({ registers }) => registers.length > 0),
    words: common,
    welcome: genres.find(({ name }) => name === WELCOME)?.notes[0],
  };
}

/** Reads one file. Throws an Error when a part is of no known kind. */
export function parseGenre(name: string, text: string): Genre {
  const [preface = "", ...parts] = text.split(/^=== /m);
  if (preface.trim()) throw new Error(`Cannot read "${name}": expected a part at its beginning`);
  const genre = { name, notes: [] as string[], registers: [] as string[], entries: [] as string[] };
  const words: Record<string, string[]> = {};
  for (const part of parts) {
    const end = part.indexOf("\n");
    const [kind, slot = ""] = part.slice(0, end).split(" ");
    const content = part.slice(end + 1).trim();
    if (kind === "note") genre.notes.push(content);
    else if (kind === "register") genre.registers.push(content);
    else if (kind === "entry") genre.entries.push(content);
    else if (kind === "words") words[slot] = content.split("\n").filter(Boolean);
    else throw new Error(`Cannot read "${name}": expected a kind of part, received "${kind}"`);
  }
  return { ...genre, words };
}

/** A long note of at least so many units: entries of one day after the other, the newest first. */
export function writeLong(
  genre: Genre,
  options: { setting: Setting; units: number; random: Random },
): string {
  const { setting, units, random } = options;
  const parts = [expand(random.pick(genre.registers), setting)];
  let length = parts[0]?.length ?? 0;
  for (let day = setting.day; length < units; day -= random.integer(1, 2) * DAY_MS) {
    const entry = expand(random.pick(genre.entries), { ...setting, day });
    parts.push(entry);
    length += entry.length + 2;
  }
  return parts.join("\n\n");
}
