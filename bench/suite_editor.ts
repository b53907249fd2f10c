/**
 * Types into a note of the suite over `/live`, as a browser does: one edit in flight, what is typed
 * meanwhile goes into the next one, and every edit carries the caret.
 */

import { type Delta, lengthChange, transformPosition } from "../actors/delta.ts";
import {
  characterAt,
  type Desk,
  type Editor,
  type EditorTools,
  KEYSTROKES_PER_MOVE,
} from "./editor.ts";

interface Frame {
  t: string;
  note?: string;
  version?: number;
  text?: string;
  code?: string;
  list?: { id: string; d: Delta }[];
}

/** Connects to `/live` as somebody who is signed in. */
export function connectSuite(port: number, session: string | undefined): WebSocket {
  const headers = { Origin: `http://127.0.0.1:${port}`, Cookie: `session=${session}` };
  return new WebSocket(`ws://127.0.0.1:${port}/live?v=1`, { headers } as never);
}

/** One tab of one person. */
export class SuiteEditor implements Editor {
  readonly #desk: Desk;
  readonly #tools: EditorTools;
  readonly #opened = Promise.withResolvers<void>();
  #socket: WebSocket | undefined;
  #version = 0;
  #length = 0;
  /** Where the next character goes, in the confirmed text. */
  #place = 0;
  #keystrokes = 0;
  #edits = 0;
  #inFlight: { id: string; units: number } | undefined;
  /** When the keystrokes were made that are not sent yet. */
  #waiting: number[] = [];

  constructor(desk: Desk, tools: EditorTools) {
    this.#desk = desk;
    this.#tools = tools;
  }

  open(): Promise<void> {
    const { port, session, note } = this.#desk;
    const socket = connectSuite(port, session);
    this.#socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ t: "open", note, mode: "write" }));
    socket.onmessage = ({ data }) => this.#receive(String(data));
    socket.onclose = ({ code }) => this.#fail(`the socket closed with ${code}`);
    return this.#opened.promise;
  }

  type(now: number): void {
    if (this.#keystrokes++ % KEYSTROKES_PER_MOVE === 0 && !this.#inFlight) {
      this.#place = Math.floor(this.#tools.random() * (this.#length + 1));
    }
    this.#waiting.push(now);
    if (!this.#inFlight) this.#send();
  }

  close(): void {
    if (!this.#socket) return;
    this.#socket.onclose = null;
    this.#socket.close();
  }

  #send(): void {
    const { note, number } = this.#desk;
    const times = this.#waiting;
    this.#waiting = [];
    const first = this.#keystrokes - times.length;
    const text = times.map((_, index) => characterAt(first + index)).join("");
    const place = this.#place;
    const id = `editor-${number}-${++this.#edits}`;
    this.#inFlight = { id, units: text.length };
    this.#tools.deliveries.sent(id, times);
    const delta = place === 0 ? [text] : [place, text];
    const caret = [place + text.length, place + text.length];
    this.#socket?.send(JSON.stringify({ t: "edit", note, id, base: this.#version, delta, caret }));
  }

  #receive(text: string): void {
    const now = performance.now();
    if (!text.startsWith("{")) return;
    const frame = JSON.parse(text) as Frame;
    if (frame.t === "deltas") this.#take(frame.list ?? [], now);
    else if (frame.t === "reset") {
      this.#version = frame.version ?? 0;
      this.#length = frame.text?.length ?? 0;
      this.#opened.resolve();
    } else if (frame.t === "error") this.#fail(`the server answered ${frame.code}`);
  }

  #take(list: readonly { id: string; d: Delta }[], now: number): void {
    let isDone = false;
    for (const { id, d } of list) {
      this.#version += 1;
      this.#length += lengthChange(d);
      if (id === this.#inFlight?.id) {
        this.#place += this.#inFlight.units;
        isDone = true;
      } else {
        this.#place = transformPosition(this.#place, d);
        this.#tools.deliveries.arrived(id, now);
      }
    }
    if (!isDone) return;
    this.#inFlight = undefined;
    if (this.#waiting.length > 0) this.#send();
  }

  #fail(reason: string): void {
    this.#tools.failed(reason);
    this.#opened.reject(new Error(`Cannot open note: ${reason}`));
  }
}
