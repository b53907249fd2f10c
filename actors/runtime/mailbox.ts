/**
 * What waits for one actor: two bounded lanes, first come first served in each. The system lane goes
 * first and has room of its own, so that a flood from people cannot delay or shut out what the suite
 * itself has to say, such as a revoked share.
 *
 * The entries are the links of the lists, so putting, taking and taking out are O(1) and allocate
 * nothing, and an empty mailbox is a few words of memory.
 */

/** Which lane an entry waits in. */
export type Lane = "user" | "system";

/** What can wait in a mailbox: it carries the links of the lane it is in. */
export interface MailboxEntry<Entry> {
  readonly lane: Lane;
  ahead: Entry | undefined;
  behind: Entry | undefined;
}

class Queue<Entry extends MailboxEntry<Entry>> {
  first: Entry | undefined = undefined;
  last: Entry | undefined = undefined;
  size = 0;

  append(entry: Entry): void {
    entry.ahead = this.last;
    if (this.last === undefined) this.first = entry;
    else this.last.behind = entry;
    this.last = entry;
    this.size++;
  }

  prepend(entry: Entry): void {
    entry.behind = this.first;
    if (this.first === undefined) this.last = entry;
    else this.first.ahead = entry;
    this.first = entry;
    this.size++;
  }

  remove(entry: Entry): void {
    if (entry.ahead === undefined) this.first = entry.behind;
    else entry.ahead.behind = entry.behind;
    if (entry.behind === undefined) this.last = entry.ahead;
    else entry.behind.ahead = entry.ahead;
    entry.ahead = undefined;
    entry.behind = undefined;
    this.size--;
  }
}

/** The two lanes of one actor. */
export class Mailbox<Entry extends MailboxEntry<Entry>> {
  readonly #user = new Queue<Entry>();
  /** Made when the first entry comes: most actors never get one. */
  #system: Queue<Entry> | undefined;

  /** How many entries wait, in both lanes. */
  get size(): number {
    return this.#user.size + (this.#system?.size ?? 0);
  }

  /** Puts an entry at the end of its lane; false when the lane already holds `sizeMax`. */
  put(entry: Entry, sizeMax: number): boolean {
    const queue = this.#queue(entry.lane);
    if (queue.size >= sizeMax) return false;
    queue.append(entry);
    return true;
  }

  /** Puts an entry that had been taken back to the front of its lane, full or not. */
  putBack(entry: Entry): void {
    this.#queue(entry.lane).prepend(entry);
  }

  /** Takes the next entry, or undefined when nothing waits. */
  take(): Entry | undefined {
    const queue = this.#system?.first === undefined ? this.#user : this.#system;
    const entry = queue.first;
    if (entry !== undefined) queue.remove(entry);
    return entry;
  }

  /** Takes out an entry that waits in this mailbox, wherever it stands. */
  remove(entry: Entry): void {
    this.#queue(entry.lane).remove(entry);
  }

  #queue(lane: Lane): Queue<Entry> {
    if (lane === "user") return this.#user;
    this.#system ??= new Queue<Entry>();
    return this.#system;
  }
}
