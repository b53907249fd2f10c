/** Plans a whole team and its notes without touching anything; the same seed plans the same. */

import { type Account, formatId, type PersonId, toPersonId } from "../../actors/mod.ts";
import { Calendar, midnight } from "./calendar.ts";
import { Draft } from "./draft.ts";
import { expand } from "./grammar.ts";
import { type Colleague, gather } from "./people.ts";
import { Random } from "./random.ts";
import { type Revising, replyByLink, revise, typeTogether } from "./revisions.ts";
import { shareSomehow, withPeople } from "./sharing.ts";
import type { Language } from "./texts.ts";
import { type Assignment, Author, assign, type Written } from "./writing.ts";

/** What to plan. */
export interface PlanOptions {
  people: number;
  notes: number;
  seed: number;
  /** The moment until which all happens, in milliseconds. */
  now: number;
  languages: readonly Language[];
}

/** What to make. */
export interface Plan {
  accounts: Account[];
  notes: Draft[];
  pins: { noteId: string; userId: PersonId }[];
}

/** The suite was set up so long ago, and notes are from the days after. */
const TEAM_DAYS = 200;
const NOTE_DAYS = 180;
const GUEST_DAYS = 90;
/** Younger days have more notes. */
const RECENCY = 1.7;
const ADMINISTRATOR_SHARE = 0.3;
const TRASHED_SHARE = 0.06;
const TRASH_DAYS = 20;
const LINE_PRIVATE_SHARE = 0.6;
const REVISIONS_MAX = 6;
const PINS_MAX = 3;
/** Sentences that each of those who type together says, note by note. */
const SESSIONS = [8, 4];
const SESSION_GENRE = "meetings";
const SESSION_PEOPLE = 3;

/** Plans everything. */
export function plan(options: PlanOptions): Plan {
  const random = new Random(options.seed);
  const calendar = new Calendar(options.now);
  const everybody = planAccounts(options.people, { calendar, random: random.fork("people") });
  const planner = new Planner({ ...options, calendar, everybody, random });
  const notes = planner.planNotes(options.notes);
  const accounts = everybody.map(({ account }) => account);
  const pins = planPins(notes, { accounts, random: random.fork("pins") });
  return { accounts, notes, pins };
}

type Someone = { account: Account; colleague: Colleague };

function planAccounts(count: number, given: { calendar: Calendar; random: Random }): Someone[] {
  const { calendar, random } = given;
  return gather(count, random).map((colleague, index) => {
    const { name, email, role, timeZone, language, theme } = colleague;
    const days = role === "guest" ? GUEST_DAYS : TEAM_DAYS - Math.min(index, 12);
    const createdAt = calendar.moment(days, random);
    const id = toPersonId(formatId(createdAt, random.bytes(10)));
    const given = { name, email, role, timeZone, language, theme };
    return { account: { id, ...given, shortcuts: true, createdAt }, colleague };
  });
}

class Planner {
  readonly #options: PlanOptions & { calendar: Calendar; random: Random };
  readonly #everybody: readonly Someone[];
  readonly #accounts: readonly Account[];
  readonly #author: Author;
  readonly #sessions = [...SESSIONS];

  constructor(
    options: PlanOptions & { calendar: Calendar; random: Random; everybody: readonly Someone[] },
  ) {
    this.#options = options;
    this.#everybody = options.everybody;
    this.#accounts = options.everybody.map(({ account }) => account);
    this.#author = new Author(options.random.fork("writing"));
  }

  planNotes(count: number): Draft[] {
    const { languages, random } = this.#options;
    const assignments = assign(count - 1, { languages, random: random.fork("assignments") });
    const welcome = this.#planWelcome(random.fork("welcome"));
    return [welcome, ...assignments.map((assignment, index) => this.#planNote(assignment, index))];
  }

  /** The note that everybody has had from the beginning. */
  #planWelcome(random: Random): Draft {
    const { calendar, languages } = this.#options;
    const language = languages.find(({ tag }) => tag === "en");
    const template = language?.welcome;
    const [administrator] = this.#accounts;
    if (!template || !administrator) throw new Error("Cannot plan notes: there is no welcome");
    const at = calendar.moment(NOTE_DAYS + 1, random);
    const setting = { words: language.words, random, language: "en", day: midnight(at) };
    const text = expand(template, setting);
    const id = formatId(at, random.bytes(10));
    const draft = new Draft({ id, ownerId: administrator.id, language: "en", at, text });
    const accounts = this.#accounts;
    const count = accounts.length;
    withPeople(draft, { accounts, calendar, random, count, roles: ["read"] });
    return draft;
  }

  #planNote(assignment: Assignment, index: number): Draft {
    const { calendar } = this.#options;
    const random = this.#options.random.fork(`note ${index}`);
    const { form, language } = assignment;
    const owner = this.#ownerFor(language.tag, random);
    const at = calendar.moment(Math.floor(NOTE_DAYS * random.next() ** RECENCY), random);
    const id = formatId(at, random.bytes(10));
    const written = this.#author.write(assignment, { random, day: midnight(at) });
    const { text } = written;
    const draft = new Draft({ id, ownerId: owner.id, language: language.tag, at, text });
    const keepTo = form.type === "line" ? LINE_PRIVATE_SHARE : 0;
    shareSomehow(draft, { accounts: this.#accounts, calendar, random, keepTo });
    if (form.type !== "line") this.#revise(draft, written, random);
    if (random.chance(TRASHED_SHARE)) {
      draft.delete(calendar.lately(TRASH_DAYS, { from: draft.at, random }));
    }
    return draft;
  }

  /** Somebody who writes this language; guests own nothing. */
  #ownerFor(language: string, random: Random): Account {
    const members = this.#everybody.filter(({ account }) => account.role !== "guest");
    const writers = members.filter(({ colleague }) => colleague.writes.includes(language));
    const [first] = writers;
    const isHers = first?.account.role === "administrator" && random.chance(ADMINISTRATOR_SHARE);
    return isHers ? first.account : random.pick(writers.length > 0 ? writers : members).account;
  }

  #revise(draft: Draft, { genre, words }: Written, random: Random): void {
    const { calendar } = this.#options;
    const { language } = draft;
    const setting = { words, random, language, day: midnight(draft.createdAt) };
    const revising: Revising = { calendar, random, setting, nameOf: (id) => this.#nameOf(id) };
    const isAlone = draft.writers.length === 1;
    const [sentences] = this.#sessions;
    if (!isAlone && genre === SESSION_GENRE && language === "en" && sentences !== undefined) {
      this.#sessions.shift();
      const writers = draft.writers.slice(0, SESSION_PEOPLE);
      typeTogether(draft, { ...revising, writers, sentences });
      return;
    }
    if (random.chance(isAlone ? 0.6 : 0.1)) return;
    const count = random.integer(1, isAlone ? REVISIONS_MAX / 2 : REVISIONS_MAX);
    for (let i = 0; i < count; i++) revise(draft, revising);
    const linkId = draft.openLink;
    if (linkId !== undefined) replyByLink(draft, { ...revising, linkId });
  }

  #nameOf(userId: string): string {
    return this.#accounts.find(({ id }) => id === userId)?.name ?? "";
  }
}

/** Everybody pins a few of the notes they see, and most pin the first one. */
function planPins(
  notes: readonly Draft[],
  given: { accounts: readonly Account[]; random: Random },
): Plan["pins"] {
  const { accounts, random } = given;
  const kept = notes.filter((note) => !note.deleted);
  return accounts.flatMap(({ id: userId, role }) => {
    const seen = kept.filter((note) => note.ownerId === userId || note.members.has(userId));
    const [welcome, ...others] = seen;
    const count = role === "administrator" ? PINS_MAX : random.integer(0, PINS_MAX);
    const picked = random.shuffle(others).slice(0, count);
    if (welcome && random.chance(0.7)) picked.push(welcome);
    return picked.map((note) => ({ noteId: note.id, userId }));
  });
}
