/** Deals out what notes say: every language and kind comes up, and no title comes up twice. */

import { expand, type Setting, type Words } from "./grammar.ts";
import type { Random } from "./random.ts";
import { type Genre, type Language, writeLong } from "./texts.ts";

/** What one note is to be. */
export interface Assignment {
  language: Language;
  form: { type: "line" } | { type: "page" } | { type: "long"; pages: number };
}

/** What was written, and what others may add in the same tone. */
export interface Written {
  text: string;
  genre: string;
  words: Words;
}

/** How often which language comes up, of twenty notes. */
const LANGUAGES = "en de en ar fr en ja en he es en zh en hi el en ru en en en".split(" ");
/** The first are the longest, so that few notes have a long one too. */
const LONG_PAGES = [100, 25, 40, 12, 8, 60, 5, 18, 6, 30];
const LONG_LANGUAGES = "en ar en ja en de ru en en en".split(" ");
const LONG_SHARE = 0.05;
const LINE_SHARE = 0.15;
/** About what a printed page holds. */
const PAGE_UNITS = 3_000;
const ATTEMPTS_MAX = 8;

/** What so many notes are to be, in no particular order. */
export function assign(
  count: number,
  given: { languages: readonly Language[]; random: Random },
): Assignment[] {
  const { random } = given;
  const languageOf = (tag: string | undefined) => {
    const language = given.languages.find((known) => known.tag === tag);
    if (!language) throw new Error(`Cannot write in "${tag}": there are no texts`);
    return language;
  };
  const longCount = Math.ceil(count * LONG_SHARE);
  const lineCount = Math.ceil(count * LINE_SHARE);
  const assignments = Array.from({ length: count }, (_, index): Assignment => {
    const language = languageOf(LANGUAGES[index % LANGUAGES.length]);
    if (index < count - longCount - lineCount) return { language, form: { type: "page" } };
    if (index < count - longCount) return { language, form: { type: "line" } };
    const place = (count - 1 - index) % LONG_PAGES.length;
    const pages = LONG_PAGES[place] ?? 1;
    return { language: languageOf(LONG_LANGUAGES[place]), form: { type: "long", pages } };
  });
  return random.shuffle(assignments);
}

/** Writes one note after the other. */
export class Author {
  readonly #random: Random;
  readonly #decks = new Map<string, { genre: Genre; template: string }[]>();
  readonly #lines = new Map<string, string[]>();
  readonly #titles = new Set<string>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** Writes a note; `day` is the midnight before it was begun. */
  write({ language, form }: Assignment, given: { random: Random; day: number }): Written {
    const setting = { words: language.words, language: language.tag, ...given };
    if (form.type === "line") {
      const lines = this.#lines.get(language.tag) ?? [];
      if (lines.length === 0) lines.push(...this.#random.shuffle(language.words.line ?? []));
      this.#lines.set(language.tag, lines);
      // A single line may stand twice.
      return { text: expand(lines.pop() ?? "", setting), genre: "line", words: language.words };
    }
    let written = this.#compose(language, { form, setting });
    // People find another title before they number one.
    for (let i = 0; i < ATTEMPTS_MAX && this.#titles.has(titleLine(written.text)); i++) {
      written = this.#compose(language, { form, setting });
    }
    return { ...written, text: this.#withOwnTitle(written.text) };
  }

  #compose(
    language: Language,
    { form, setting }: { form: Assignment["form"]; setting: Setting },
  ): Written {
    if (form.type === "long") {
      const { random } = setting;
      const genre = random.pick(language.long);
      const { name, words } = genre;
      const units = form.pages * PAGE_UNITS;
      const text = writeLong(genre, { setting: { ...setting, words }, units, random });
      return { text, genre: name, words };
    }
    const { genre, template } = this.#deal(language);
    const { name, words } = genre;
    return { text: expand(template, { ...setting, words }), genre: name, words };
  }

  /** Every template once; after that, those whose title is another one each time. */
  #deal(language: Language): { genre: Genre; template: string } {
    const known = this.#decks.get(language.tag);
    const deck = known ?? [];
    this.#decks.set(language.tag, deck);
    if (deck.length === 0) {
      const all = language.genres.flatMap((genre) =>
        genre.notes.map((template) => ({ genre, template })),
      );
      const isVaried = ({ template }: { template: string }) => /^[^\n]*\{\{/.test(template);
      deck.push(...this.#random.shuffle(known ? all.filter(isVaried) : all));
    }
    const dealt = deck.pop();
    if (!dealt) throw new Error(`Cannot write in "${language.tag}": there are no texts`);
    return dealt;
  }

  /** People number what they begin a second time. */
  #withOwnTitle(text: string): string {
    const title = titleLine(text);
    let own = title;
    for (let number = 2; this.#titles.has(own); number++) own = `${title} (${number})`;
    this.#titles.add(own);
    return own + text.slice(title.length);
  }
}

function titleLine(text: string): string {
  const end = text.indexOf("\n");
  return end === -1 ? text : text.slice(0, end);
}
