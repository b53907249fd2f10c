/** What people do to a note after its first version: answer, tick off, move, type on, type together. */

import type { Delta, PersonId, Principal } from "../../actors/mod.ts";
import type { Calendar } from "./calendar.ts";
import { type Draft, principal } from "./draft.ts";
import { expand, type Setting } from "./grammar.ts";
import type { Random } from "./random.ts";

/** What a note is revised with. */
export interface Revising {
  calendar: Calendar;
  random: Random;
  setting: Setting;
  /** What people are called, by their id. */
  nameOf(userId: string): string;
}

const OPEN_TASK = /^\s*(?:[-*]|\d+\.) \[ \] /gm;
const TIME = /(?<![\d:])\d{2}:\d{2}(?![\d:])/g;
const WORDS = new Intl.Segmenter(undefined, { granularity: "word" });
/** Milliseconds for which somebody types one word. */
const WORD_MS = { min: 160, max: 900 };

/** Lets somebody do one thing. */
export function revise(draft: Draft, revising: Revising): void {
  const { calendar, random } = revising;
  const at = calendar.after(draft.at, random);
  const userId = random.pick(draft.writers);
  const by = principal(userId);
  const [ways, shares] = [["reply", "tick", "move", "type"] as const, random.next()];
  const way = ways[shares < 0.4 ? 0 : shares < 0.65 ? 1 : shares < 0.75 ? 2 : 3];
  const delta = way === "tick" ? tick(draft, random) : way === "move" ? move(draft, random) : null;
  if (delta) draft.edit(by, { at, delta });
  else if (way === "type") {
    typeOn(draft, by, { ...revising, at, text: say("afterthought", revising) });
  } else reply(draft, { by, at, name: revising.nameOf(userId) }, revising);
}

/** Lets somebody without an account, who came by a link, add a word. */
export function replyByLink(draft: Draft, revising: Revising & { linkId: string }): void {
  const { calendar, random, linkId } = revising;
  const at = calendar.after(draft.at, random);
  reply(draft, { by: { userId: undefined, linkId }, at, name: undefined }, revising);
}

function reply(
  draft: Draft,
  from: { by: Principal; at: number; name: string | undefined },
  revising: Revising,
): void {
  const { by, at, name } = from;
  const text = say("reply", revising);
  const line = name === undefined ? `> ${text}` : `**${name}:** ${text}`;
  draft.edit(by, { at, delta: [draft.text.length, `\n\n${line}`] });
}

function say(words: string, { setting, random }: Revising): string {
  return expand(`{{${words}}}`, { ...setting, random });
}

/** Marks an open task as done. */
function tick(draft: Draft, random: Random): Delta | undefined {
  const tasks = [...draft.text.matchAll(OPEN_TASK)];
  if (tasks.length === 0) return undefined;
  const task = random.pick(tasks);
  return [task.index + task[0].indexOf("[ ]") + 1, "x", -1];
}

/** Moves something to another time of the day. */
function move(draft: Draft, random: Random): Delta | undefined {
  const times = [...draft.text.matchAll(TIME)].filter(({ index }) => index > 0);
  if (times.length === 0) return undefined;
  const hour = String(random.integer(8, 18)).padStart(2, "0");
  return [random.pick(times).index, `${hour}:${random.pick(["00", "15", "30", "45"])}`, -5];
}

/** Types a paragraph at the end, word by word, as an editor sends it. */
function typeOn(
  draft: Draft,
  by: Principal,
  { random, calendar, at, text }: Revising & { at: number; text: string },
): void {
  let moment = at;
  for (const word of wordsOf(`\n\n${text}`)) {
    draft.edit(by, { at: moment, delta: [draft.text.length, word] });
    moment = Math.min(calendar.now, moment + random.integer(WORD_MS.min, WORD_MS.max));
  }
}

/** Lets several people type at once, each in a paragraph of their own. */
export function typeTogether(
  draft: Draft,
  options: Revising & { writers: readonly PersonId[]; sentences: number },
): void {
  const { calendar, random, writers, sentences } = options;
  let at = calendar.after(draft.at, random);
  const carets = writers.map((userId) => {
    const heading = `\n\n### ${options.nameOf(userId)}\n\n`;
    draft.edit(principal(userId), { at, delta: [draft.text.length, heading] });
    const said = Array.from({ length: sentences }, () => say("session", options)).join(" ");
    return { userId, place: draft.text.length, words: wordsOf(said) };
  });
  let typing = carets;
  while (typing.length > 0) {
    const caret = random.pick(typing);
    const word = caret.words.shift() ?? "";
    at = Math.min(calendar.now, at + random.integer(WORD_MS.min, WORD_MS.max) / writers.length);
    const { place } = caret;
    draft.edit(principal(caret.userId), { at: Math.floor(at), delta: [place, word] });
    for (const other of carets) {
      if (other === caret || other.place > place) other.place += word.length;
    }
    typing = typing.filter(({ words }) => words.length > 0);
  }
}

/** The words of a text, each with what follows up to the next one, in any script. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const { segment, isWordLike } of WORDS.segment(text)) {
    if (isWordLike || words.length === 0) words.push(segment);
    else words[words.length - 1] += segment;
  }
  return words;
}
