/** Who is in the note: a disc each, with what they do, and a word when somebody comes or goes. */

import type { Present } from "./frames.ts";

/** Discs that are shown; the rest is a number. */
const SHOWN_MAX = 5;

/** The list of people in one note. */
export class People {
  readonly #list: HTMLElement | null;
  readonly #say: (text: string) => void;
  #known: Map<string, string> | undefined;

  constructor(list: HTMLElement | null, say: (text: string) => void) {
    this.#list = list;
    this.#say = say;
  }

  /** Shows who is here; somebody with two tabs is shown once. */
  show(present: readonly Present[], ownClient: string): void {
    const people = new Map<string, Present>();
    for (const one of present) {
      const key = one.userId ?? one.client;
      const other = people.get(key);
      if (!other || one.mode === "write") people.set(key, one);
    }
    const own = present.find(({ client }) => client === ownClient);
    people.delete(own?.userId ?? ownClient);
    this.#announce(people);
    const shown = [...people.values()];
    const items = shown.slice(0, SHOWN_MAX).map(makePerson);
    if (shown.length > SHOWN_MAX) items.push(makeRest(shown.slice(SHOWN_MAX)));
    this.#list?.replaceChildren(...items);
  }

  /** The first list is no news. */
  #announce(people: ReadonlyMap<string, Present>): void {
    const known = this.#known;
    this.#known = new Map([...people].map(([key, { name }]) => [key, name]));
    if (!known) return;
    const came = [...people].filter(([key]) => !known.has(key)).map(([, { name }]) => name);
    const left = [...known].filter(([key]) => !people.has(key)).map(([, name]) => name);
    const words = [
      came.length > 0 && `${came.join(", ")} joined`,
      left.length > 0 && `${left.join(", ")} left`,
    ];
    const text = words.filter(Boolean).join(". ");
    if (text) this.#say(text);
  }
}

function makePerson({ name, color, mode }: Present): HTMLElement {
  const item = document.createElement("li");
  item.className = `person caret-${color}`;
  item.dataset.mode = mode;
  const disc = document.createElement("span");
  disc.className = `avatar color-${color}`;
  disc.role = "img";
  const label = `${name}, ${mode === "write" ? "writing" : "reading"}`;
  disc.ariaLabel = label;
  disc.title = label;
  disc.textContent = initials(name);
  item.append(disc);
  return item;
}

function makeRest(people: readonly Present[]): HTMLElement {
  const item = document.createElement("li");
  item.className = "person";
  const label = people.map(({ name }) => name).join(", ");
  const disc = document.createElement("span");
  disc.className = "avatar more";
  disc.role = "img";
  disc.ariaLabel = `and ${label}`;
  disc.title = label;
  disc.textContent = `+${people.length}`;
  item.append(disc);
  return item;
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const ends = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return ends
    .map((word) => [...(word ?? "")][0] ?? "")
    .join("")
    .toLocaleUpperCase();
}
