/**
 * Several people at one note, over lines that are slow, break and repeat themselves. The clients are
 * the browser's own sessions; the server is whatever keeps to `OrderedServer`.
 */

import { diff, type SplitLimits } from "../actors/delta.ts";
import type { EditFrame, NoteFrame, OpenFrame } from "../static/document/frames.ts";
import type { Kept } from "../static/document/operations.ts";
import { DocumentSession } from "../static/document/session.ts";

/** A frame from a client. */
export type ClientFrame = OpenFrame | EditFrame;

/** A server whose disk can be copied and put back. */
export interface RestorableServer extends OrderedServer {
  backUp(): void;
  /** Begins anew from the last copy. */
  restore(): void;
}

/** One client's line to the server. */
export interface Line {
  send(frame: ClientFrame): void;
  close(): void;
}

/** A server of one note, as docs/protocol.md says. */
export interface OrderedServer {
  readonly version: number;
  /** Of the newest version. */
  readonly etag: string | undefined;
  readonly text: string;
  connect(receive: (frame: NoteFrame) => void): Line;
  /** Resolves when everything that was sent has been answered. */
  idle(): Promise<void>;
}

/** One thing that happens. The numbers choose a place, modulo what there is. */
export interface Happening {
  who: number;
  what:
    | "type"
    | "word"
    | "paste"
    | "delete"
    | "undo"
    | "redo"
    | "send"
    | "receive"
    | "repeat"
    | "break"
    | "connect"
    | "catch_up"
    | "wait"
    | "persist"
    | "die"
    | "back_up"
    | "restore";
  place: number;
}

interface Client {
  session: DocumentSession;
  line: Line | undefined;
  up: ClientFrame[];
  down: NoteFrame[];
  /** What is on this device's disk. */
  disk: Kept[];
}

const NOTE = "01JD2Z7Q5V4T8N3XKQ0C9B6MWE";
const ROUNDS_MAX = 500;
/** Long enough for a client to send again what was not answered. */
const SILENCE_MS = 20_000;

/** Runs happenings one after the other. */
export class Simulation {
  readonly clients: Client[] = [];
  /** Who typed which letter; each is typed once. */
  readonly typed = new Map<string, number>();
  readonly #server: OrderedServer | RestorableServer;
  readonly #operationMax: SplitLimits | undefined;
  #now = 0;
  #ids = 0;

  /** `operationMax` is what one operation of a client holds, unless it is what the suite takes. */
  constructor(
    server: OrderedServer | RestorableServer,
    people: number,
    operationMax?: SplitLimits,
  ) {
    this.#server = server;
    this.#operationMax = operationMax;
    for (let i = 0; i < people; i++) this.clients.push(this.#arrive([]));
  }

  /** Lets one thing happen. */
  async run({ who, what, place }: Happening): Promise<void> {
    const index = who % this.clients.length;
    const client = this.clients[index];
    if (!client) return;
    this.#now += 50;
    switch (what) {
      case "type":
        return this.#edit(client, place, 0, this.#letter(index));
      case "word":
        return this.#edit(
          client,
          wordStart(client.session.text, place),
          0,
          `${this.#letter(index)} `,
        );
      case "paste":
        return this.#edit(client, place, 0, this.#letter(index) + this.#letter(index));
      case "delete":
        return this.#edit(client, place, 1 + (place % 5), "");
      case "undo":
        client.session.undo();
        return;
      case "redo":
        client.session.redo();
        return;
      case "send":
        return this.#send(client);
      case "repeat":
        await this.#send(client);
        this.#now += SILENCE_MS;
        return this.#send(client);
      case "receive":
        return this.#receive(client);
      case "break":
        return this.#break(client);
      case "connect":
        return this.#connect(client);
      case "catch_up":
        this.#connect(client);
        return this.#settle([client]);
      case "wait":
        this.#now += SILENCE_MS;
        return;
      case "persist":
        client.disk = structuredClone(client.session.keep(place % 2 === 0));
        return;
      case "back_up":
        if ("backUp" in this.#server) this.#server.backUp();
        return;
      case "restore":
        return this.#restore();
      case "die":
        this.#break(client);
        this.clients[index] = this.#arrive(client.disk);
    }
  }

  /** Lets everybody be connected until nobody waits for anything. */
  async settle(): Promise<void> {
    for (const client of this.clients) this.#connect(client);
    await this.#settle(this.clients);
  }

  async #settle(clients: readonly Client[]): Promise<void> {
    for (let round = 0; round < ROUNDS_MAX; round++) {
      for (const client of clients) {
        await this.#send(client);
        while (client.down.length > 0) this.#receive(client);
      }
      this.#now += 1_000;
      const isBusy = ({ session, up, down }: Client) =>
        up.length > 0 || down.length > 0 || !session.isSettled;
      if (!clients.some(isBusy)) return;
    }
    throw new Error(`Cannot settle: expected quiet after ${ROUNDS_MAX} rounds, received more`);
  }

  /** Nobody is connected meanwhile. */
  #restore(): void {
    if (!("restore" in this.#server)) return;
    for (const client of this.clients) this.#break(client);
    this.#server.restore();
  }

  #letter(who: number): string {
    const count = this.typed.size;
    // Half of them are surrogate pairs.
    const letter = String.fromCodePoint((count % 2 === 0 ? 0x4e00 : 0x1f300) + (count >> 1));
    this.typed.set(letter, who);
    return letter;
  }

  /** Replaces so many characters at some place. */
  #edit({ session }: Client, place: number, count: number, inserted: string): void {
    const characters = [...session.text];
    const at = place % (characters.length + 1);
    const head = characters.slice(0, at).join("");
    const tail = characters.slice(at + count).join("");
    const delta = diff(session.text, head + inserted + tail, head.length + inserted.length);
    session.edit(delta, this.#now);
  }

  async #send(client: Client): Promise<void> {
    const frame = client.up.shift() ?? client.session.nextFrame(this.#now);
    if (!frame) return;
    client.line?.send(frame);
    await this.#server.idle();
  }

  #receive(client: Client): void {
    const frame = client.down.shift();
    if (frame) client.session.receive(frame, this.#now);
    const next = client.session.nextFrame(this.#now);
    if (next) client.up.push(next);
  }

  #connect(client: Client): void {
    if (client.line) return;
    client.line = this.#server.connect((frame) => client.down.push(frame));
    client.session.connected();
  }

  #break(client: Client): void {
    client.line?.close();
    client.line = undefined;
    client.up = [];
    client.down = [];
    client.session.disconnected();
  }

  /** A new tab, with the page that the server renders now and what an older tab left behind. */
  #arrive(disk: Kept[]): Client {
    const { version, etag, text } = this.#server;
    const mintId = () => `operation-${String(this.#ids++).padStart(6, "0")}`;
    const session = new DocumentSession({
      ...{ note: NOTE, version, etag, text, mode: "write", mintId },
      ...(this.#operationMax && { operationMax: this.#operationMax }),
    });
    session.adopt(disk);
    return { session, line: undefined, up: [], down: [], disk };
  }
}

/** A place, in characters, where a word begins. */
function wordStart(text: string, place: number): number {
  const words = text.split(/(?<= )/);
  const before = words.slice(0, place % (words.length + 1)).join("");
  return [...before].length;
}
