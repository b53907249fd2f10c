/**
 * A document that is open in at least one tab of this node: who is here, and how what the actor tells
 * reaches them. A turn's edits become one frame, made once and sent by the server's own publish.
 *
 * Joining and publishing may cross: an edit accepted after the actor answered "open" can be published
 * before the answer is read. So while somebody joins, frames are kept and sent again after the answer;
 * a client skips what it has.
 */

import type {
  Actors,
  Caret,
  Clock,
  DocumentEvent,
  DocumentReply,
  DocumentRole,
  DocumentTypes,
} from "../actors/mod.ts";
import { SuiteError } from "../actors/mod.ts";
import { personColor } from "../views/components.tsx";
import { type LiveServer, type LiveSocket, principalOf, sendFrame } from "./live_socket.ts";
import { Preview } from "./preview.ts";

/** The number of colors for carets and names. */
const COLORS = 12;
/** Presence changes of many at once become one frame. */
const PRESENCE_DELAY_MS = 30;

type Mode = "write" | "read";

interface Reader {
  mode: Mode;
  role: DocumentRole;
  color: number;
}

/** What an open document needs of its node. */
export interface OpenDocumentOptions {
  documents: Actors<DocumentTypes>;
  clock: Clock;
  server: LiveServer;
  /** The last reader left. */
  onEmpty(document: OpenDocument): void;
  /** Somebody came or went. */
  onPresence(documentId: string): void;
}

/** One document, open on this node. */
export class OpenDocument {
  readonly id: string;
  readonly topic: string;
  readonly #options: OpenDocumentOptions;
  readonly #readers = new Map<LiveSocket, Reader>();
  readonly #unsubscribe: () => void;
  #joining = 0;
  #kept: { to: number; text: string }[] = [];
  #cancelPresence: (() => void) | undefined;
  #preview: Preview | undefined;

  constructor(id: string, options: OpenDocumentOptions) {
    this.id = id;
    this.topic = `document:${id}`;
    this.#options = options;
    this.#unsubscribe = options.documents.subscribe(id, (_, events) => this.#hear(events));
  }

  /** The ids of the people who are here; each once. */
  people(): string[] {
    const ids = [...this.#readers.keys()].flatMap((socket) => socket.data.viewer?.id ?? []);
    return [...new Set(ids)];
  }

  /** Joins a socket, from the version it has, if any. Rejects when it may not see the document. */
  async open(socket: LiveSocket, version: number | undefined, mode: Mode): Promise<void> {
    this.#joining += 1;
    try {
      const reply = await this.#options.documents.ask(this.id, {
        type: "open",
        by: principalOf(socket.data, this.id),
        at: this.#options.clock.now(),
        version,
      });
      if (reply.type === "opened") this.#join(socket, reply, mode);
    } finally {
      this.#joining -= 1;
      if (this.#joining === 0) this.#kept = [];
      this.#leaveIfEmpty();
    }
  }

  #join(socket: LiveSocket, reply: Extract<DocumentReply, { type: "opened" }>, mode: Mode): void {
    // It may have closed, or closed this document, while the actor was asked.
    if (socket.data.documents?.get(this.id) !== this) return;
    const { role, version, text, entries } = reply;
    const note = this.id;
    socket.subscribe(this.topic);
    const color = this.#readers.get(socket)?.color ?? this.#freeColor(socket);
    this.#readers.set(socket, { mode: role === "read" ? "read" : mode, role, color });
    if (text === undefined) {
      const deltas = entries?.map(({ operationId, authorId, delta }) => ({
        id: operationId,
        by: authorId,
        d: delta,
      }));
      sendFrame(socket, { t: "opened", note, version, role, deltas });
    } else sendFrame(socket, { t: "reset", note, version, role, text });
    if (reply.deletedAt !== undefined) sendFrame(socket, { t: "trashed", note });
    for (const frame of this.#kept) if (frame.to > version) socket.send(frame.text);
    this.#schedulePresence();
  }

  /** Whether a socket has joined. */
  has(socket: LiveSocket): boolean {
    return this.#readers.has(socket);
  }

  /** Takes a socket out. */
  leave(socket: LiveSocket): void {
    this.#preview?.remove(socket);
    if (!this.#readers.delete(socket)) return;
    socket.unsubscribe(this.topic);
    this.#schedulePresence();
    this.#leaveIfEmpty();
  }

  /** Starts or stops the rendered preview for a socket. */
  preview(socket: LiveSocket, on: boolean): void {
    if (!this.#readers.has(socket)) return;
    if (!on) {
      this.#preview?.remove(socket);
      return;
    }
    this.#preview ??= new Preview(this.id, this.#options);
    this.#preview.add(socket);
  }

  #leaveIfEmpty(): void {
    if (this.#readers.size > 0 || this.#joining > 0) return;
    this.#cancelPresence?.();
    this.#preview?.stop();
    this.#unsubscribe();
    this.#options.onEmpty(this);
    this.#options.onPresence(this.id);
  }

  #hear(events: readonly DocumentEvent[]): void {
    const edits: Extract<DocumentEvent, { type: "edited" }>[] = [];
    for (const event of events) {
      switch (event.type) {
        case "edited":
          edits.push(event);
          break;
        case "caret":
          this.#publishCaret(event);
          break;
        case "access":
          void this.#checkEverybody();
          break;
        case "restored":
          this.#publish({ t: "restored", note: this.id });
          break;
        case "deleted":
          this.#publish({ t: "trashed", note: this.id });
          break;
      }
    }
    if (edits.length > 0) this.#publishEdits(edits);
  }

  #publishEdits(edits: readonly Extract<DocumentEvent, { type: "edited" }>[]): void {
    const first = edits[0]?.entry.version ?? 0;
    const list = edits.map(({ entry, client, caret }) => {
      const item = { id: entry.operationId, by: client || entry.authorId, d: entry.delta };
      return caret ? { ...item, c: caret } : item;
    });
    const text = this.#publish({ t: "deltas", note: this.id, from: first - 1, list });
    if (this.#joining > 0) this.#kept.push({ to: first - 1 + edits.length, text });
    this.#preview?.schedule();
  }

  #publishCaret(event: { client: string; version: number; caret: Caret | undefined }): void {
    const { client, version, caret } = event;
    this.#publish({ t: "caret", note: this.id, client, version, caret: caret ?? null });
  }

  #publish(frame: { t: string; [field: string]: unknown }): string {
    const text = JSON.stringify(frame);
    this.#options.server.publish(this.topic, text);
    return text;
  }

  /** Rights have changed: the door is checked again for everybody who is inside. */
  async #checkEverybody(): Promise<void> {
    await Promise.all([...this.#readers.keys()].map((socket) => this.check(socket)));
  }

  /** Checks one socket's role again; closes the document to it when there is none left. */
  async check(socket: LiveSocket): Promise<void> {
    const role = await this.#roleOf(socket);
    const reader = this.#readers.get(socket);
    if (!reader || role === "unknown") return;
    const note = this.id;
    if (role === undefined) {
      sendFrame(socket, { t: "revoked", note });
      socket.data.documents?.delete(note);
      this.leave(socket);
    } else if (role !== reader.role) {
      reader.role = role;
      if (role === "read") reader.mode = "read";
      sendFrame(socket, { t: "role", note, role });
      this.#schedulePresence();
    }
  }

  /** "unknown" when the actor cannot say now; a door is not closed by an overload. */
  async #roleOf(socket: LiveSocket): Promise<DocumentRole | "unknown" | undefined> {
    try {
      const by = principalOf(socket.data, this.id);
      const at = this.#options.clock.now();
      const reply = await this.#options.documents.ask(this.id, { type: "role", by, at });
      return reply.type === "role" ? reply.role : undefined;
    } catch (error) {
      const isGone = error instanceof SuiteError && error.code === "not_found";
      return isGone ? undefined : "unknown";
    }
  }

  #schedulePresence(): void {
    this.#cancelPresence ??= this.#options.clock.setTimer(PRESENCE_DELAY_MS, () => {
      this.#cancelPresence = undefined;
      this.#publish({ t: "presence", note: this.id, people: this.#presence() });
      this.#options.onPresence(this.id);
    });
  }

  #presence() {
    return [...this.#readers].map(([{ data }, { mode, color }]) => ({
      client: data.client,
      userId: data.viewer?.id ?? null,
      name: data.viewer?.name ?? "Guest",
      color,
      mode,
    }));
  }

  /** The color somebody has already in another tab, or the one of their own, or the next free one. */
  #freeColor(socket: LiveSocket): number {
    const userId = socket.data.viewer?.id;
    const taken = new Set<number>();
    for (const [other, reader] of this.#readers) {
      if (userId !== undefined && other.data.viewer?.id === userId) return reader.color;
      taken.add(reader.color);
    }
    const own = personColor(userId ?? socket.data.client);
    for (let i = 0; i < COLORS; i++) {
      if (!taken.has((own + i) % COLORS)) return (own + i) % COLORS;
    }
    return own;
  }
}
