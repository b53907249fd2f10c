/** Remembers who was told of something that people are told of once, so that they are not asked again. */

/** What was told, by the id of what is told once, in the order in which it was told first. */
export class ToldOnce<Person extends string> {
  readonly #people = new Map<string, Set<Person>>();
  readonly #idsMax: number;

  /** The oldest are forgotten beyond so many; who is told twice finds out by the id. */
  constructor(idsMax: number) {
    this.#idsMax = idsMax;
  }

  /** Those of the people who were not told. */
  untold(id: string, people: readonly Person[]): Person[] {
    const told = this.#people.get(id);
    return told === undefined ? [...people] : people.filter((person) => !told.has(person));
  }

  /** They were told. */
  add(id: string, people: readonly Person[]): void {
    const told = this.#people.get(id) ?? new Set();
    for (const person of people) told.add(person);
    this.#people.set(id, told);
    const [oldest] = this.#people.keys();
    if (this.#people.size > this.#idsMax && oldest !== undefined) this.#people.delete(oldest);
  }
}
