/**
 * The channel of documents: who opens them, what they type, and what they see. A document's door is its
 * actor: it is asked when somebody opens, again with every edit, and again when rights change.
 */

import {
  type DocumentReply,
  forEachAtOnce,
  limits,
  type PersonId,
  SuiteError,
} from "../../actors/mod.ts";
import type { Channel, Frame } from "../live/channel.ts";
import { type LiveConnection, type LiveSocket, principalOf, sendFrame } from "../live/socket.ts";
import {
  type DocumentFrame,
  type DocumentFrameOf,
  documentKinds,
  documentSubjects,
} from "./frames.ts";
import { OpenDocument, type OpenDocumentOptions } from "./open_document.ts";

/** What the channel works with. */
export interface DocumentChannelOptions extends Omit<OpenDocumentOptions, "onEmpty" | "opened"> {
  /** It is time to say again who is in a document on this node. */
  onRenewal(documentId: string): void;
  /** A person looks at a document now. */
  onSeen?(userId: PersonId, documentId: string): void;
  /** An answer to a frame was so long. */
  answered(socket: LiveSocket, units: number): void;
}

/** All documents that are open on this node. */
export class DocumentChannel implements Channel {
  readonly kinds = documentKinds;
  readonly subjects = documentSubjects;
  readonly #options: DocumentChannelOptions;
  readonly #documents = new Map<string, OpenDocument>();
  /** By the data of a tab's socket; most have none. */
  readonly #joined = new WeakMap<LiveConnection, Map<string, OpenDocument>>();
  /** One for all documents: there may be very many. */
  readonly #documentOptions: OpenDocumentOptions;

  constructor(options: DocumentChannelOptions) {
    this.#options = options;
    this.#documentOptions = {
      ...options,
      opened: ({ data }) => this.#joined.get(data),
      onEmpty: (empty) => {
        if (this.#documents.get(empty.id) === empty) this.#documents.delete(empty.id);
      },
    };
  }

  /** Who is in a document on this node. */
  presentIn(documentId: string): readonly string[] {
    return this.#documents.get(documentId)?.people() ?? [];
  }

  /** A document was purged: it closes to everybody. */
  purged(documentId: string): void {
    this.#documents.get(documentId)?.purged();
  }

  closed(socket: LiveSocket): void {
    const joined = this.#joined.get(socket.data);
    this.#joined.delete(socket.data);
    for (const document of joined?.values() ?? []) document.leave(socket);
  }

  handle(socket: LiveSocket, frame: Frame): void {
    const given = frame as DocumentFrame;
    switch (given.t) {
      case "open":
        void this.#open(socket, given);
        break;
      case "edit":
        void this.#edit(socket, given);
        break;
      case "caret":
        this.#moveCaret(socket, given);
        break;
      case "preview":
        this.#of(socket, given.note)?.preview(socket, given.on ? given.part : undefined);
        break;
      case "seen":
        if (this.#of(socket, given.note)?.has(socket)) this.#seen(socket, given.note);
        break;
      case "close":
        this.#close(socket, given.note);
        break;
    }
  }

  /** Looks at every door again: sessions may end elsewhere, and links expire by themselves. */
  async check(): Promise<void> {
    const documents = [...this.#documents.values()];
    await forEachAtOnce(documents, limits.documentsCheckedMax, (document) => this.#look(document));
    // Said again from time to time, because what other nodes know of it is forgotten by itself.
    for (const id of this.#documents.keys()) this.#options.onRenewal(id);
  }

  /** One that cannot be looked at is looked at the next time, and keeps no other from being. */
  async #look(document: OpenDocument): Promise<void> {
    try {
      await document.checkEverybody();
      await document.verify();
    } catch (error) {
      this.#options.log.warn("cannot check a note", { error: String(error) });
    }
  }

  #of(socket: LiveSocket, note: string): OpenDocument | undefined {
    return this.#joined.get(socket.data)?.get(note);
  }

  async #open(socket: LiveSocket, frame: DocumentFrameOf<"open">): Promise<void> {
    const { note, mode, away } = frame;
    const joined = this.#joined.get(socket.data) ?? new Map<string, OpenDocument>();
    this.#joined.set(socket.data, joined);
    if (!joined.has(note) && joined.size >= limits.openDocumentsMax) {
      const message = `Cannot open note: expected at most ${limits.openDocumentsMax} in one tab`;
      sendFrame(socket, { t: "error", note, code: "too_large", message });
      return;
    }
    const document = this.#document(note);
    joined.set(note, document);
    try {
      const sentUnits = await document.open(socket, frame, mode);
      this.#options.answered(socket, sentUnits);
      if (!away) this.#seen(socket, note);
    } catch (error) {
      if (!document.has(socket)) joined.delete(note);
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

  async #edit(socket: LiveSocket, frame: DocumentFrameOf<"edit">): Promise<void> {
    const { note, id, base, etag, delta, caret } = frame;
    if (!this.#of(socket, note)?.has(socket)) {
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
      this.#of(socket, note)?.expect(reply.version);
      // A first acceptance is told to everybody in one frame, the sender included.
      if (reply.repeated) sendFrame(socket, { t: "ack", note, id, version: reply.version });
    } catch (error) {
      this.#sendError(socket, error, { note, id });
    }
  }

  #moveCaret(socket: LiveSocket, frame: DocumentFrameOf<"caret">): void {
    const { note, version, etag, caret } = frame;
    if (!this.#of(socket, note)?.has(socket)) return;
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
    const document = this.#of(socket, note);
    this.#joined.get(socket.data)?.delete(note);
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
}

/** Who has a turn in a document: a person, or somebody who came by a link. */
function senderOf({ viewer, client }: LiveConnection): string {
  return viewer?.id ?? client;
}
