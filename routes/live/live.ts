/**
 * `/live`: the one socket of a tab. It carries fragments for the page and data for its islands, both
 * ways; docs/protocol.md has the frames.
 *
 * Every topic has one door. A document's door is its actor: it is asked when somebody opens, again
 * with every edit, and again when rights change. A person's own topics are subscribed by their
 * session alone; when the session ends, the socket closes.
 */

import {
  type Actors,
  type Clock,
  type DocumentReply,
  type DocumentTypes,
  forEachAtOnce,
  type Log,
  limits,
  type Person,
  type PersonId,
  type SessionStore,
  SuiteError,
} from "../../actors/mod.ts";
import { OpenDocument, type OpenDocumentOptions } from "../document/open_document.ts";
import type { Rendering } from "../document/rendering.ts";
import { EVERYBODY_TOPIC, type Fanout } from "./fanout.ts";
import { FrameGate } from "./frame_gate.ts";
import type { FrameOf, LiveFrame } from "./frames.ts";
import { type LiveConnection, type LiveSocket, principalOf, sendFrame } from "./socket.ts";

/** Close codes of our own and of the protocol; see docs/protocol.md. */
const CLOSE = { restarting: 1012, policy: 1008, signedOut: 4401 } as const;

/** Lists that a page may watch. */
export type ListName = "notes" | "inbox";

const LISTS: readonly ListName[] = ["notes", "inbox"];

/** What `/live` works with. */
export interface LiveOptions {
  documents: Actors<DocumentTypes>;
  rendering: Rendering;
  sessions: SessionStore;
  /** Which line of history the documents belong to. */
  lineage: string;
  clock: Clock;
  log: Log;
  server: Fanout;
  /** Somebody has come to a document on this node, or left it. */
  onPresence(documentId: string): void;
  /** It is time to say again who is in a document on this node. */
  onRenewal(documentId: string): void;
  /** What others see of people; without it a preview marks no names. */
  people?(ids: readonly PersonId[]): Promise<ReadonlyMap<string, Person>>;
  /** A person looks at a document now. */
  onSeen?(userId: PersonId, documentId: string): void;
  /** Whether one of a person's lists has changed since a time. */
  hasListChanged(userId: string, since: number, list: ListName): Promise<boolean>;
  /** What somebody's page is told first; undefined when there is nothing to tell. */
  greet?(userId: PersonId): Promise<string | undefined>;
}

/** All sockets of this node. */
export class Live {
  readonly #options: LiveOptions;
  /** The only thing kept for each of them: who ends a session looks at all. */
  readonly #sockets = new Set<LiveSocket>();
  readonly #documents = new Map<string, OpenDocument>();
  /** One for all documents: there may be very many. */
  readonly #documentOptions: OpenDocumentOptions;
  readonly #gate: FrameGate;
  #cancelSweep: (() => void) | undefined;
  /** What everybody has to be told for as long as it is so. */
  #trouble: string | undefined;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#gate = new FrameGate(options.clock);
    this.#documentOptions = {
      ...options,
      onEmpty: (empty) => {
        if (this.#documents.get(empty.id) === empty) this.#documents.delete(empty.id);
      },
    };
    this.#scheduleSweep();
  }

  /** How many sockets are open. */
  get size(): number {
    return this.#sockets.size;
  }

  /** Who is in a document on this node. */
  presentIn(documentId: string): readonly string[] {
    return this.#documents.get(documentId)?.people() ?? [];
  }

  /** A socket was opened. */
  opened(socket: LiveSocket): void {
    const { client, viewer, link } = socket.data;
    if (!viewer && !link) {
      socket.close(CLOSE.signedOut, "signed out");
      return;
    }
    this.#sockets.add(socket);
    // Where this person hears of what is theirs, whatever page they are on.
    if (viewer) this.#options.server.join(socket, personTopic(viewer.id));
    socket.subscribe(EVERYBODY_TOPIC);
    sendFrame(socket, { t: "hello", client, lineage: this.#options.lineage });
    if (this.#trouble !== undefined) sendFrame(socket, { t: "trouble", text: this.#trouble });
    if (viewer) void this.#greet(socket, viewer.id);
  }

  /** The page may have been away, or made a while ago. */
  async #greet(socket: LiveSocket, userId: PersonId): Promise<void> {
    const greeting = await this.#options.greet?.(userId);
    if (greeting !== undefined && this.#sockets.has(socket)) socket.send(greeting);
  }

  /** A document was purged: it closes to everybody. */
  purged(documentId: string): void {
    this.#documents.get(documentId)?.purged();
  }

  /** Tells every page of this node what does not work at the moment, or that everything does again. */
  setTrouble(text: string | undefined): void {
    if (text === this.#trouble) return;
    this.#trouble = text;
    const frame = JSON.stringify({ t: "trouble", text: text ?? null });
    this.#options.server.publish(EVERYBODY_TOPIC, frame);
  }

  /** What other nodes told may have been missed: lists fetch themselves again, and counts are told. */
  missed(): void {
    for (const socket of this.#sockets) {
      for (const topic of socket.data.topics ?? []) {
        sendFrame(socket, { t: "stale", topic: topic.slice(0, topic.indexOf(":")) });
      }
      if (socket.data.viewer) void this.#greet(socket, socket.data.viewer.id);
    }
  }

  /** A socket was closed. */
  closed(socket: LiveSocket): void {
    const { documents } = socket.data;
    this.#sockets.delete(socket);
    for (const topic of socket.data.topics ?? []) this.#options.server.left(topic);
    if (socket.data.viewer) this.#options.server.left(personTopic(socket.data.viewer.id));
    socket.data.documents = undefined;
    for (const document of documents?.values() ?? []) document.leave(socket);
  }

  /** A frame came in. */
  received(socket: LiveSocket, message: string | Uint8Array): void {
    const received = this.#gate.receive(socket.data, message);
    if (received.state === "ok") this.#handle(socket, received.frame);
    else if (received.state === "flood") socket.close(CLOSE.policy, "too many frames");
    else sendFrame(socket, { t: "error", ...received.error });
  }

  #handle(socket: LiveSocket, frame: LiveFrame): void {
    switch (frame.t) {
      case "ping":
        sendFrame(socket, { t: "pong" });
        break;
      case "watch":
        void this.#watch(socket, frame);
        break;
      case "open":
        void this.#open(socket, frame);
        break;
      case "edit":
        void this.#edit(socket, frame);
        break;
      case "caret":
        this.#moveCaret(socket, frame);
        break;
      case "preview":
        socket.data.documents?.get(frame.note)?.preview(socket, frame.on ? frame.part : undefined);
        break;
      case "seen":
        if (socket.data.documents?.get(frame.note)?.has(socket)) this.#seen(socket, frame.note);
        break;
      case "close":
        this.#close(socket, frame.note);
        break;
    }
  }

  /** Topics of the page; what one may not watch is left out. */
  async #watch(socket: LiveSocket, { topics: wanted, since }: FrameOf<"watch">): Promise<void> {
    const { viewer } = socket.data;
    const { server, hasListChanged } = this.#options;
    for (const topic of socket.data.topics ?? []) server.leave(socket, topic);
    socket.data.topics = undefined;
    const lists = viewer ? LISTS.filter((list) => wanted.includes(list)) : [];
    if (!viewer || lists.length === 0) return;
    socket.data.topics = lists.map((list) => listTopic(viewer.id, list));
    for (const topic of socket.data.topics) server.join(socket, topic);
    if (since === undefined) return;
    for (const list of lists) {
      if (await hasListChanged(viewer.id, since, list)) {
        sendFrame(socket, { t: "stale", topic: list });
      }
    }
  }

  async #open(socket: LiveSocket, frame: FrameOf<"open">): Promise<void> {
    const { note, mode, away } = frame;
    socket.data.documents ??= new Map();
    const { documents } = socket.data;
    if (!documents.has(note) && documents.size >= limits.openDocumentsMax) {
      const message = `Cannot open note: expected at most ${limits.openDocumentsMax} in one tab`;
      sendFrame(socket, { t: "error", note, code: "too_large", message });
      return;
    }
    const document = this.#document(note);
    documents.set(note, document);
    try {
      const sentUnits = await document.open(socket, frame, mode);
      this.#gate.answered(socket.data, sentUnits);
      if (!away) this.#seen(socket, note);
    } catch (error) {
      if (!document.has(socket)) documents.delete(note);
      this.#sendError(socket, error, { note });
    }
  }

  /** What was told of a document is read by looking at it. */
  #seen({ data }: LiveSocket, note: string): void {
    if (data.viewer) this.#options.onSeen?.(data.viewer.id, note);
  }

  #document(id: string): OpenDocument {
    let document = this.#documents.get(id);
    if (!document) {
      document = new OpenDocument(id, this.#documentOptions);
      this.#documents.set(id, document);
    }
    return document;
  }

  async #edit(socket: LiveSocket, frame: FrameOf<"edit">): Promise<void> {
    const { note, id, base, etag, delta, caret } = frame;
    if (!socket.data.documents?.get(note)?.has(socket)) {
      const message = "Cannot edit note: open it first";
      sendFrame(socket, { t: "error", note, id, code: "invalid", message });
      return;
    }
    try {
      const reply: DocumentReply = await this.#options.documents.ask(
        note,
        {
          type: "edit",
          by: principalOf(socket.data, note),
          at: this.#options.clock.now(),
          operationId: id,
          client: socket.data.client,
          base,
          etag,
          delta,
          caret,
        },
        { from: senderOf(socket.data) },
      );
      if (reply.type !== "edited") return;
      socket.data.documents?.get(note)?.expect(reply.version);
      // A first acceptance is told to everybody in one frame, the sender included.
      if (reply.repeated) sendFrame(socket, { t: "ack", note, id, version: reply.version });
    } catch (error) {
      this.#sendError(socket, error, { note, id });
    }
  }

  #moveCaret(socket: LiveSocket, frame: FrameOf<"caret">): void {
    const { note, version, etag, caret } = frame;
    if (!socket.data.documents?.get(note)?.has(socket)) return;
    this.#options.documents.tell(
      note,
      {
        type: "caret",
        by: principalOf(socket.data, note),
        at: this.#options.clock.now(),
        client: socket.data.client,
        version,
        etag,
        caret: caret ?? undefined,
      },
      { from: senderOf(socket.data) },
    );
  }

  #close(socket: LiveSocket, note: string): void {
    const document = socket.data.documents?.get(note);
    socket.data.documents?.delete(note);
    document?.leave(socket);
  }

  #sendError(socket: LiveSocket, error: unknown, about: { note: string; id?: string }): void {
    if (error instanceof SuiteError) {
      const { code, message, retryAfterSeconds } = error;
      sendFrame(socket, { t: "error", ...about, code, message, retryAfterSeconds });
      return;
    }
    this.#options.log.error("live frame failed", { ...about, error: String(error) });
    const message = "Cannot go on: the server met a defect";
    sendFrame(socket, { t: "error", ...about, code: "crashed", message });
  }

  /** Closes the sockets of sessions that ended. */
  closeSessions(sessionIds: readonly string[]): void {
    const ended = new Set<string | undefined>(sessionIds);
    for (const socket of this.#sockets) {
      if (ended.has(socket.data.sessionId)) socket.close(CLOSE.signedOut, "signed out");
    }
  }

  /** Closes every socket; they connect again, here or elsewhere. */
  drain(): void {
    this.#cancelSweep?.();
    for (const socket of this.#sockets) socket.close(CLOSE.restarting, "restarting");
  }

  #scheduleSweep(): void {
    this.#cancelSweep = this.#options.clock.setTimer(limits.sessionCheckMs, () => {
      void this.checkEverybody().finally(() => this.#scheduleSweep());
    });
  }

  /** Looks at every door again: sessions may end elsewhere, and links expire by themselves. */
  async checkEverybody(): Promise<void> {
    this.#gate.sweep();
    await this.#checkSessions();
    await forEachAtOnce(this.#documents.values(), limits.documentsCheckedMax, (document) =>
      this.#unless("cannot check a note", async () => {
        await document.checkEverybody();
        await document.verify();
      }),
    );
    // Said again from time to time, because what other nodes know of it is forgotten by itself.
    for (const id of this.#documents.keys()) this.#options.onRenewal(id);
  }

  /** One that cannot be looked at is looked at the next time, and keeps no other from being. */
  async #unless(message: string, look: () => Promise<void>): Promise<void> {
    try {
      await look();
    } catch (error) {
      this.#options.log.warn(message, { error: String(error) });
    }
  }

  /** Many at once: there may be as many sessions as sockets. */
  async #checkSessions(): Promise<void> {
    const sessions = new Map<string, string>();
    for (const { data } of this.#sockets) {
      const { sessionId, token } = data;
      if (sessionId !== undefined && token !== undefined) sessions.set(token, sessionId);
    }
    const tokens = [...sessions.keys()];
    for (let i = 0; i < tokens.length; i += limits.sessionsCheckedMax) {
      const ended = await this.#ended(tokens.slice(i, i + limits.sessionsCheckedMax));
      if (ended.length > 0) this.closeSessions(ended.map((token) => sessions.get(token) ?? ""));
    }
  }

  async #ended(tokens: readonly string[]): Promise<string[]> {
    try {
      return await this.#options.sessions.ended(tokens);
    } catch (error) {
      // A store that is away for a moment signs nobody out.
      this.#options.log.warn("cannot check sessions", { error: String(error) });
      return [];
    }
  }
}

/** Who has a turn in a document: a person, or somebody who came by a link. */
function senderOf({ viewer, client }: LiveConnection): string {
  return viewer?.id ?? client;
}

/** Where a person hears of what is theirs. */
export function personTopic(userId: string): string {
  return `person:${userId}`;
}

/** Where one of a person's lists hears of changes. */
export function listTopic(userId: string, list: ListName = "notes"): string {
  return `${list}:${userId}`;
}
