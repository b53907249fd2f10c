/**
 * Types into a note of a Yjs server. Both servers speak the sync protocol of y-protocols; Hocuspocus
 * puts the note's name in front of each message and wants a token first. Cursors are not sent, which
 * spares these servers work that ours does.
 */

import {
  characterAt,
  type Desk,
  type Editor,
  type EditorTools,
  KEYSTROKES_PER_MOVE,
} from "./editor.ts";
import { type ItemId, insertion, Reader, readInsertions, Writer } from "./yjs_wire.ts";

/** Which of the two protocols. */
export type YjsDialect = "hocuspocus" | "y-websocket";

const MESSAGE = { sync: 0, auth: 2, syncReply: 4 } as const;
const SYNC = { step1: 0, step2: 1, update: 2 } as const;
const AUTH_TOKEN = 0;
/** Who wrote the first text; see `peer_seed.mjs`. */
const FIRST_CLIENT = 1;
/** A state vector that knows of nothing, and an update with nothing in it. */
const KNOWS_NOTHING = new Uint8Array([0]);
const NOTHING = new Uint8Array([0, 0]);
/** Room for so many clients in the key of a character. */
const CLIENTS_MAX = 1_000_000;

/** A connection to one note of a Yjs server. */
export class YjsConnection {
  /** Resolves when the server has sent the note. */
  readonly opened: Promise<void>;
  readonly #opening = Promise.withResolvers<void>();
  readonly #socket: WebSocket;
  readonly #note: string | undefined;
  readonly #onUpdate: (update: Uint8Array, now: number) => void;

  constructor(
    dialect: YjsDialect,
    { port, note }: Pick<Desk, "port" | "note">,
    options: {
      onUpdate(update: Uint8Array, now: number): void;
      onClose(reason: string): void;
    },
  ) {
    const isHocuspocus = dialect === "hocuspocus";
    this.opened = this.#opening.promise;
    this.#note = isHocuspocus ? note : undefined;
    this.#onUpdate = options.onUpdate;
    const socket = new WebSocket(`ws://127.0.0.1:${port}/${isHocuspocus ? "" : note}`);
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      if (isHocuspocus) this.#send(this.#message(MESSAGE.auth).integer(AUTH_TOKEN).text("bench"));
      this.#send(this.#message(MESSAGE.sync).integer(SYNC.step1).block(KNOWS_NOTHING));
    };
    socket.onmessage = ({ data }) => this.#receive(new Uint8Array(data as ArrayBuffer));
    socket.onclose = ({ code }) => {
      const reason = `the socket closed with ${code}`;
      options.onClose(reason);
      this.#opening.reject(new Error(`Cannot open note: ${reason}`));
    };
  }

  /** Sends an update. */
  update(update: Uint8Array): void {
    this.#send(this.#message(MESSAGE.sync).integer(SYNC.update).block(update));
  }

  /** Says that somebody is still here, as Hocuspocus expects within a minute. */
  keepAlive(): void {
    this.#send(this.#message(MESSAGE.sync).integer(SYNC.update).block(NOTHING));
  }

  close(): void {
    this.#socket.onclose = null;
    this.#socket.close();
  }

  #message(type: number): Writer {
    const writer = new Writer();
    if (this.#note !== undefined) writer.text(this.#note);
    return writer.integer(type);
  }

  #send(message: Writer): void {
    this.#socket.send(message.bytes());
  }

  #receive(bytes: Uint8Array): void {
    const now = performance.now();
    const reader = new Reader(bytes);
    if (this.#note !== undefined) reader.text();
    const type = reader.integer();
    if (type !== MESSAGE.sync && type !== MESSAGE.syncReply) return;
    const step = reader.integer();
    if (step === SYNC.update) this.#onUpdate(reader.block(), now);
    else if (step === SYNC.step2) this.#opening.resolve();
    else this.#send(this.#message(MESSAGE.sync).integer(SYNC.step2).block(NOTHING));
  }
}

/** One tab of one person. */
export class YjsEditor implements Editor {
  readonly #dialect: YjsDialect;
  readonly #desk: Desk;
  readonly #tools: EditorTools;
  #connection: YjsConnection | undefined;
  /** How many characters were typed here. */
  #clock = 0;
  #left: ItemId = { client: FIRST_CLIENT, clock: 0 };
  #right: ItemId | undefined;

  constructor(dialect: YjsDialect, desk: Desk, tools: EditorTools) {
    this.#dialect = dialect;
    this.#desk = desk;
    this.#tools = tools;
  }

  open(): Promise<void> {
    this.#connection = new YjsConnection(this.#dialect, this.#desk, {
      onUpdate: (update, now) => this.#receive(update, now),
      onClose: (reason) => this.#tools.failed(reason),
    });
    return this.#connection.opened;
  }

  type(now: number): void {
    const { number, textUnits } = this.#desk;
    if (this.#clock % KEYSTROKES_PER_MOVE === 0) {
      const clock = Math.floor(this.#tools.random() * (textUnits - 1));
      this.#left = { client: FIRST_CLIENT, clock };
      this.#right = { client: FIRST_CLIENT, clock: clock + 1 };
    }
    const id = { client: number, clock: this.#clock };
    this.#tools.deliveries.sent(keyOf(id.client, id.clock), [now]);
    const text = characterAt(this.#clock);
    this.#connection?.update(insertion(id, text, { left: this.#left, right: this.#right }));
    this.#left = id;
    this.#clock += 1;
  }

  close(): void {
    this.#connection?.close();
  }

  #receive(update: Uint8Array, now: number): void {
    readInsertions(update, (client, clock, units) => {
      if (client === this.#desk.number) return;
      for (let i = 0; i < units; i++) this.#tools.deliveries.arrived(keyOf(client, clock + i), now);
    });
  }
}

function keyOf(client: number, clock: number): number {
  return clock * CLIENTS_MAX + client;
}
