/**
 * Many people in many notes of one cluster, each on a node of her own choice. They type words that
 * nobody else types, one after the other, and write down which were acknowledged and how long that took.
 */

import type { Cluster } from "../../scripts/cluster/mod.ts";
import { connectLive, type LiveClient, type LiveNote } from "../support/live_client.ts";
import { emailOf, inviteAndSignUp, signUp, type Visitor } from "../support/visitor.ts";
import { waitFor } from "../support/wait_for.ts";

/** How long somebody thinks between two words. */
const THINK_MS = 400;
/** A line that cannot be made is tried again after this. */
const RETRY_MS = 50;
/** So many words of each say how fast it goes when nothing happens. */
const CALM_WORDS = 3;
const SETTLE_MS_MAX = 30_000;

/** A word that is safe. */
export interface SavedWord {
  word: string;
  version: number;
  sentMs: number;
  waitedMs: number;
}

/** What somebody does. */
interface TypistOptions {
  cluster: Cluster;
  name: string;
  /** The node she would like to be at. */
  home: string;
  visitor: Visitor;
  note: string;
  mode: "write" | "read";
  random: () => number;
}

/** Somebody in a note, who writes or only reads. */
export class Typist {
  readonly name: string;
  readonly mode: "write" | "read";
  readonly saved: SavedWord[] = [];
  readonly #options: TypistOptions;
  #client: LiveClient | undefined;
  #note: LiveNote | undefined;
  #words = 0;
  /** When the word that waits was sent. */
  #sentMs: number | undefined;
  #isPaused = false;
  #isOver = false;

  constructor(options: TypistOptions) {
    this.#options = options;
    this.name = options.name;
    this.mode = options.mode;
  }

  /** The note as she sees it. */
  get note(): LiveNote {
    if (this.#note === undefined) throw new Error(`Cannot read: ${this.name} has not come yet`);
    return this.#note;
  }

  /** Whether nothing of hers is on its way. */
  get isSettled(): boolean {
    return this.#sentMs === undefined && this.note.isSaved;
  }

  /** Comes, and stays connected. */
  async come(): Promise<void> {
    const { cluster, home, visitor, note, mode } = this.#options;
    const options = { cookie: visitor.cookie, near: home };
    this.#client = await connectLive(new URL(cluster.url), options);
    this.#note = await this.#client.open(note, mode);
    void this.#stayConnected(this.#client);
  }

  /** Types word after word, each once the last is safe, until it is over. */
  async type(): Promise<void> {
    const { random } = this.#options;
    while (!this.#isOver) {
      if (!this.#isPaused) await this.#typeWord();
      // A person's pause and no waiting: what is measured is how long the next word takes.
      await Bun.sleep(THINK_MS * (0.5 + random()));
    }
  }

  async #typeWord(): Promise<void> {
    const { note, name } = this;
    const word = `${name}-${this.#words++}`;
    const spaces = [...note.text.matchAll(/ /g)].map(({ index }) => index + 1);
    const position = spaces[Math.floor(this.#options.random() * spaces.length)] ?? 0;
    const sentMs = performance.now();
    this.#sentMs = sentMs;
    const version = await note.type(`${word} `, position);
    this.#sentMs = undefined;
    this.saved.push({ word, version, sentMs, waitedMs: performance.now() - sentMs });
  }

  /** The longest that a word has waited since a time, or waits still. */
  longestWaitMs(sinceMs: number): number {
    const waits = this.saved.flatMap(({ sentMs, waitedMs }) =>
      sentMs + waitedMs >= sinceMs ? [waitedMs] : [],
    );
    if (this.#sentMs !== undefined) waits.push(performance.now() - this.#sentMs);
    return Math.max(0, ...waits);
  }

  /** Whether a word that was sent since a time is safe. */
  isServed(sinceMs: number): boolean {
    return (this.saved.at(-1)?.sentMs ?? 0) >= sinceMs;
  }

  /** Types no more words, or goes on. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
  }

  /** Breaks the line; she comes back at her own node, if that is there. */
  goHome(): void {
    this.#client?.terminate();
  }

  /** Goes for good. */
  leave(): void {
    this.#isOver = true;
    this.#client?.close();
  }

  async #stayConnected(client: LiveClient): Promise<void> {
    while (!this.#isOver) {
      await client.lost;
      while (client.closed && !this.#isOver) {
        // While nobody is there to connect to, that is asked again.
        await client.connect().catch(() => Bun.sleep(RETRY_MS));
      }
      client.frames.length = 0;
    }
    client.close();
  }
}

/** One note, and who is in it. */
export interface PeopledNote {
  id: string;
  /** The version before anybody typed. */
  version: number;
  people: Typist[];
}

/** How many there are. */
export interface CrowdOptions {
  notes: number;
  /** So many of the notes have two more writers and a reader, on other nodes. */
  shared: number;
  random: () => number;
}

/** Everybody. */
export class Crowd {
  readonly notes: readonly PeopledNote[];
  /** Somebody who may see every note. */
  readonly owner: Visitor;

  constructor(owner: Visitor, notes: readonly PeopledNote[]) {
    this.owner = owner;
    this.notes = notes;
  }

  /** Everybody who writes. */
  get writers(): Typist[] {
    return this.notes.flatMap(({ people }) => people.filter(({ mode }) => mode === "write"));
  }

  /** How many words are safe. */
  get words(): number {
    return this.writers.reduce((sum, { saved }) => sum + saved.length, 0);
  }

  /** Everybody begins to type. */
  start(): void {
    for (const writer of this.writers) void writer.type();
  }

  /** Waits until so many more words are safe. */
  async typed(words: number): Promise<void> {
    const enough = this.words + words;
    await waitFor(() => this.words >= enough, { deadlineMs: SETTLE_MS_MAX, what: "more words" });
  }

  /** Waits until everybody has saved a word that was sent from now on. */
  async served(): Promise<void> {
    const sinceMs = performance.now();
    const isServed = () => this.writers.every((writer) => writer.isServed(sinceMs));
    await waitFor(isServed, { deadlineMs: SETTLE_MS_MAX, what: "everybody to be served" }).catch(
      (error: Error) => {
        const waiting = this.writers.filter((writer) => !writer.isServed(sinceMs));
        throw new Error(`${error.message}; ${waiting.map(({ name }) => name)} wait`);
      },
    );
  }

  /** For each note, the longest that somebody in it waited for a word to be safe. */
  waitsMs(sinceMs: number): number[] {
    return this.notes.map(({ people }) =>
      Math.max(...people.map((person) => person.longestWaitMs(sinceMs))),
    );
  }

  /**
   * The longest that anybody waits while nothing happens. A machine that is busy with other things takes
   * its time, and that is not the cluster's.
   */
  async calmMs(): Promise<number> {
    const sinceMs = performance.now();
    await this.typed(this.writers.length * CALM_WORDS);
    return Math.max(...this.waitsMs(sinceMs));
  }

  /** Everybody stops; waits until all is safe and all in a note have the same version. */
  async settle(): Promise<void> {
    for (const writer of this.writers) writer.pause(true);
    const unsettled = () => this.notes.filter((note) => !isSettled(note));
    await waitFor(() => unsettled().length === 0, {
      deadlineMs: SETTLE_MS_MAX,
      what: "everybody to have everything",
    }).catch((error: Error) => {
      throw new Error(`${error.message}\n${unsettled().map(describe).join("\n")}`);
    });
  }

  /** Everybody goes on. */
  resume(): void {
    for (const writer of this.writers) writer.pause(false);
  }

  /** Everybody is at the node of her choice again, as far as it is there. */
  goHome(): void {
    for (const { people } of this.notes) for (const person of people) person.goHome();
  }

  /** Everybody goes, whether all is safe or not. */
  leave(): void {
    for (const { people } of this.notes) for (const person of people) person.leave();
  }
}

function isSettled({ people }: PeopledNote): boolean {
  const [first] = people;
  return people.every(({ isSettled, note }) => isSettled && note.version === first?.note.version);
}

function describe({ id, people }: PeopledNote): string {
  const each = people.map(
    ({ name, note, isSettled }) => `${name} has ${note.version}${isSettled ? "" : " and waits"}`,
  );
  return `${id}: ${each.join(", ")}`;
}

/** Makes the first account. A node says its link when it is ready, and that may take a moment more. */
export async function signUpFirst(cluster: Cluster): Promise<Visitor> {
  const link = await waitFor(() => cluster.nodes.flatMap((node) => node.setupLink ?? [])[0]);
  return await signUp(link, "Ada");
}

/** Makes accounts and notes, and lets everybody come. */
export async function gather(cluster: Cluster, options: CrowdOptions): Promise<Crowd> {
  const { notes, shared, random } = options;
  const ada = await signUpFirst(cluster);
  const grace = await inviteAndSignUp(ada, "Grace");
  const linus = await inviteAndSignUp(ada, "Linus");
  const homes = cluster.nodes.map(({ name }) => name);
  const people = async (id: string, index: number) => {
    const typist = (visitor: Visitor, mode: "write" | "read", place: number) => {
      const home = homes[(index + place) % homes.length] ?? "";
      const name = `${"abcd"[place]}${index}`;
      return new Typist({ cluster, name, home, visitor, note: id, mode, random });
    };
    if (index >= shared) return [typist(ada, "write", 0)];
    for (const { email } of [{ email: emailOf("Grace") }, { email: emailOf("Linus") }]) {
      await ada.share(id, email, "write");
    }
    return [
      typist(ada, "write", 0),
      typist(grace, "write", 1),
      typist(linus, "write", 2),
      typist(grace, "read", 3),
    ];
  };
  const peopled: PeopledNote[] = [];
  for (let index = 0; index < notes; index++) {
    const id = await ada.createNote("start ");
    const all = await people(id, index);
    await Promise.all(all.map((person) => person.come()));
    peopled.push({ id, version: all[0]?.note.version ?? 0, people: all });
  }
  return new Crowd(ada, peopled);
}
