/**
 * Writes a text from a template. Slots stand in double braces:
 *
 * - `{{risk}}` is one of the words of that name, none twice in a note while there are others;
 * - `{{ship=vessel}}` is one too and is remembered: `{{ship}}` is the same one from there on;
 * - `- {{risk*2-4}}` repeats its line with two to four of them, and counts on when it is numbered;
 * - `{{10-90}}` is a number, `{{box}}` a task's box, ticked or not;
 * - `{{date}}`, `{{date-7}}`, `{{short}}`, `{{weekday+1}}`, `{{month}}`, `{{year}}`, `{{week}}` and
 *   `{{iso}}` are the day of the note, or so many days from it, as its language writes them; a
 *   weekday is never one of a weekend, and `{{friday+2}}` counts from the Friday that comes next.
 */

import type { Random } from "./random.ts";

/** What slots may say, by their name. */
export type Words = Readonly<Record<string, readonly string[]>>;

/** Where and when a text is written. */
export interface Setting {
  words: Words;
  random: Random;
  /** A BCP 47 tag. */
  language: string;
  /** Midnight (UTC) of the day, in milliseconds. */
  day: number;
}

const DAY_MS = 86_400_000;
const SLOT = /\{\{([^{}]+)\}\}/g;
const REPEATED = /\{\{(\w+)\*(\d+)-(\d+)\}\}/;
const RANGE = /^(\d+)-(\d+)$/;
const DATE = /^(date|short|weekday|friday|month|year|week|iso)([+-]\d+)?$/;
const BINDING = /^(\w+)=(\w+)$/;
const FRIDAY = 5;
const TICKED_SHARE = 0.4;

/** Writes one text. Throws a RangeError when a slot has no words. */
export function expand(template: string, setting: Setting): string {
  return new Writer(setting).write(template);
}

class Writer {
  readonly #setting: Setting;
  readonly #bags = new Map<string, string[]>();
  readonly #bound = new Map<string, string>();

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  write(template: string): string {
    const lines = template.split("\n").flatMap((line) => this.#repeat(line));
    return lines.map((line) => this.#fill(line)).join("\n");
  }

  #repeat(line: string): string[] {
    const [token, name = "", min, max] = REPEATED.exec(line) ?? [];
    if (token === undefined) return [line];
    const available = this.#setting.words[name]?.length ?? 0;
    const wanted = this.#setting.random.integer(Number(min), Number(max));
    return Array.from({ length: Math.min(available, wanted) }, (_, index) =>
      line.replace(token, `{{${name}}}`).replace(/^(\s*)1([.)])/, `$1${index + 1}$2`),
    );
  }

  #fill(line: string): string {
    return line.replace(SLOT, (_, slot: string) => this.#say(slot));
  }

  #say(slot: string): string {
    const { random } = this.#setting;
    const [, min, max] = RANGE.exec(slot) ?? [];
    if (min !== undefined) return String(random.integer(Number(min), Number(max)));
    if (slot === "box") return random.chance(TICKED_SHARE) ? "[x]" : "[ ]";
    const [, form, days] = DATE.exec(slot) ?? [];
    if (form !== undefined) return this.#date(form, Number(days ?? 0));
    const [, name, source] = BINDING.exec(slot) ?? [];
    if (name !== undefined && source !== undefined) {
      const value = this.#draw(source);
      this.#bound.set(name, value);
      return value;
    }
    return this.#bound.get(slot) ?? this.#draw(slot);
  }

  #draw(name: string): string {
    const { words, random } = this.#setting;
    const bag = this.#bags.get(name);
    const left = bag?.length ? bag : random.shuffle(words[name] ?? []);
    this.#bags.set(name, left);
    const word = left.pop();
    if (word === undefined) throw new RangeError(`Cannot fill slot "${name}": it has no words`);
    return this.#fill(word);
  }

  #date(form: string, days: number): string {
    const date = new Date(this.#setting.day + days * DAY_MS);
    const weekday = date.getUTCDay();
    if (form === "friday") date.setUTCDate(date.getUTCDate() + daysTo(FRIDAY, this.#setting.day));
    if (form === "weekday" && weekday % 6 === 0) {
      date.setUTCDate(date.getUTCDate() + (weekday === 0 ? 1 : 2));
    }
    const iso = date.toISOString().slice(0, 10);
    if (form === "iso") return iso;
    if (form === "year") return iso.slice(0, 4);
    if (form === "week") return String(weekOf(date));
    const { language } = this.#setting;
    const options = DATE_OPTIONS[form];
    return new Intl.DateTimeFormat(language, { ...options, timeZone: "UTC" }).format(date);
  }
}

const DATE_OPTIONS: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  date: { dateStyle: "long" },
  short: { day: "numeric", month: "short" },
  friday: { day: "numeric", month: "short" },
  weekday: { weekday: "long" },
  month: { month: "long" },
};

/** Days from a moment to the next weekday of this number, at least one. */
function daysTo(weekday: number, from: number): number {
  return ((weekday - new Date(from).getUTCDay() + 6) % 7) + 1;
}

/** The number of the week by ISO 8601: the one with the year's first Thursday is the first. */
function weekOf(date: Date): number {
  const thursday = new Date(date);
  thursday.setUTCDate(date.getUTCDate() + 4 - (date.getUTCDay() || 7));
  const newYear = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  return Math.floor((thursday.getTime() - newYear) / (7 * DAY_MS)) + 1;
}
