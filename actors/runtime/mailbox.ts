/**
 * What waits for one actor: two bounded lanes. The system lane goes first and has room of its own, so
 * that a flood from people cannot delay or shut out what the suite itself has to say, such as a revoked
 * share. Within a lane senders have their turns one after the other (round robin), and each sender's
 * entries come in order: whoever sends a thousand waits for the thousand, and nobody else does.
 *
 * The entries are the links of the lists, so nothing is allocated and an empty mailbox is a few words of
 * memory. Each entry has the round in which its sender's turn comes; the list is sorted by rounds.
 * Putting and taking are O(1) while one sender's entries wait.
 */

/** Which lane an entry waits in. */
export type Lane = "user" | "system";

/** What can wait in a mailbox: it carries the links of the lane it is in. */
export interface MailboxEntry<Entry> {
  readonly lane: Lane;
  /** Whose it is; entries without a name are those of one sender, the suite itself. */
  readonly from: string;
  /** Kept by the mailbox. */
  round: number;
  ahead: Entry | undefined;
  behind: Entry | undefined;
}

class Queue<Entry extends MailboxEntry<Entry>> {
  first: Entry | undefined = undefined;
  last: Entry | undefined = undefined;
  size = 0;

  /** Puts an entry in the round behind its sender's last one; false when that is beyond `shareMax`. */
  add(entry: Entry, shareMax: number): boolean {
    const base = this.first?.round ?? 0;
    let own = this.last;
    while (own !== undefined && own.from !== entry.from) own = own.ahead;
    const round = own === undefined ? base : own.round + 1;
    if (entry.from !== "" && round - base >= shareMax) return false;
    this.#insertInRound(entry, round);
    return true;
  }

  /** Puts an entry before the next one of its sender, behind the others whose turn it is. */
  addRest(entry: Entry): void {
    let next = this.first;
    while (next !== undefined && next.from !== entry.from) next = next.behind;
    if (next === undefined) this.#insertInRound(entry, this.first?.round ?? 0);
    else {
      entry.round = next.round;
      this.#insertBehind(entry, next.ahead);
    }
  }

  prepend(entry: Entry): void {
    entry.round = this.first?.round ?? 0;
    this.#insertBehind(entry, undefined);
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

  #insertInRound(entry: Entry, round: number): void {
    entry.round = round;
    let place = this.last;
    while (place !== undefined && place.round > round) place = place.ahead;
    this.#insertBehind(entry, place);
  }

  #insertBehind(entry: Entry, place: Entry | undefined): void {
    const behind = place === undefined ? this.first : place.behind;
    entry.ahead = place;
    entry.behind = behind;
    if (place === undefined) this.first = entry;
    else place.behind = entry;
    if (behind === undefined) this.last = entry;
    else behind.ahead = entry;
    this.size++;
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

  /**
   * Puts an entry behind those of its sender; false when the lane already holds `sizeMax`, or so many of
   * the sender that others would have too little of it.
   */
  put(entry: Entry, sizeMax: number, shareMax: number = sizeMax): boolean {
    const queue = this.#queue(entry.lane);
    return queue.size < sizeMax && queue.add(entry, shareMax);
  }

  /** Puts an entry that was taken and is not done before the next one of its sender, full or not. */
  putRest(entry: Entry): void {
    this.#queue(entry.lane).addRest(entry);
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
