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
  DocumentEvent,
  DocumentReply,
  DocumentRole,
  DocumentTypes,
  Log,
  Principal,
  Revision,
  RoleNow,
  Watch,
} from "../../actors/mod.ts";
import { etagOf, limits, principalKey, SuiteError } from "../../actors/mod.ts";
import { type LiveSocket, principalOf, sendFrame, sendLongText } from "../live/socket.ts";
import { freeColor, yieldedColors } from "./colors.ts";
import { type Edited, isOther, stepOf } from "./edit_order.ts";
import { Expiries } from "./expiries.ts";
import { Preview, type PreviewOptions } from "./preview.ts";
import { ShownText } from "./shown_text.ts";

/** Presence changes of many at once become one frame. */
const PRESENCE_DELAY_MS = 30;
/** How far behind its acceptance an edit may be told; later, it counts as lost on the way. */
const NEWS_DELAY_MS = 250;
/** How soon an actor is asked again that could not answer. */
const ASK_AGAIN_MS = 1_000;

type Mode = "write" | "read";

interface Reader {
  mode: Mode;
  role: DocumentRole;
  color: number;
}

const NO_ROLE: RoleNow = { role: undefined };

/** Somebody who is here, as everybody sees them. */
interface Present {
  client: string;
  userId: string | null;
  name: string;
  color: number;
  mode: Mode;
}

/** What somebody who joins says to have. */
type KnownRevision = { [Key in keyof Revision]?: Revision[Key] | undefined };

/** What an open document needs of its node. */
export interface OpenDocumentOptions extends PreviewOptions {
  documents: Actors<DocumentTypes>;
  log: Log;
  /** The documents that a socket has open, or is about to; undefined when it has none. */
  opened(socket: LiveSocket): Map<string, OpenDocument> | undefined;
  /** The last reader left. */
  onEmpty(document: OpenDocument): void;
  /** Somebody came or went. */
  onPresence(documentId: string): void;
}

/**
 * One document, open on this node. Its actor may live on another one and move, and what it tells may be
 * missed on the way: so it is known which version everybody here has seen, and a gap is filled before
 * what comes behind it is shown.
 */
export class OpenDocument {
  readonly id: string;
  readonly topic: string;
  readonly #options: OpenDocumentOptions;
  readonly #readers = new Map<LiveSocket, Reader>();
  /** When roles end by themselves: links expire. */
  readonly #expiries: Expiries<LiveSocket>;
  readonly #watch: Watch;
  /** Those who are here on other nodes. */
  #elsewhere: readonly Present[] = [];
  /** The revision up to which edits were published here; undefined before anybody has joined. */
  #shown: Revision | undefined;
  #isTrashed = false;
  #isPurged = false;
  #isCatchingUp = false;
  /** Something more was missed while it was caught up. */
  #mustCatchUp = false;
  /** The newest version that somebody here was told of. */
  #expected = 0;
  #cancelLook: (() => void) | undefined;
  #joining = 0;
  #kept: { to: number; text: string }[] = [];
  #cancelPresence: (() => void) | undefined;
  /** By the part of the text that they show; most documents have one. */
  readonly #previews = new Map<number, Preview>();
  /** What the previews show; kept while there are some. */
  readonly #text: ShownText;

  constructor(id: string, options: OpenDocumentOptions) {
    this.id = id;
    this.topic = `document:${id}`;
    this.#options = options;
    this.#text = new ShownText(id, options.documents);
    this.#expiries = new Expiries(options.clock, (sockets) => void this.#checkAll(sockets));
    this.#watch = options.documents.watch(id, {
      hear: (events) => this.#hear(events),
      missed: () => void this.#catchUp(),
      peers: (presences) => {
        this.#elsewhere = (presences as Present[][]).flat();
        this.#yieldColors();
        this.#schedulePresence();
      },
    });
  }

  /** The ids of the people who are here; each once. */
  people(): string[] {
    const ids = [...this.#readers.keys()].flatMap((socket) => socket.data.viewer?.id ?? []);
    return [...new Set(ids)];
  }

  /**
   * Joins a socket, from the revision it has, if any; answers how many units it is sent for that.
   * Rejects when it may not see the document.
   */
  async open(socket: LiveSocket, from: KnownRevision, mode: Mode): Promise<number> {
    this.#joining += 1;
    try {
      const reply = await this.#options.documents.ask(this.id, {
        type: "open",
        by: principalOf(socket.data, this.id),
        at: this.#options.clock.now(),
        version: from.version,
        etag: from.etag,
      });
      // It may have been purged since that was answered.
      if (this.#isPurged) throw new SuiteError("not_found", "Cannot open note: it was deleted");
      return reply.type === "opened" ? this.#join(socket, reply, mode) : 0;
    } finally {
      this.#joining -= 1;
      if (this.#joining === 0) this.#kept = [];
      this.#leaveIfEmpty();
    }
  }

  #join(socket: LiveSocket, reply: Extract<DocumentReply, { type: "opened" }>, mode: Mode): number {
    // It may have closed, or closed this document, while the actor was asked.
    if (this.#options.opened(socket)?.get(this.id) !== this) return 0;
    const { role, version, etag, text, entries } = reply;
    const note = this.id;
    this.#shown ??= { version, etag };
    this.#isTrashed = reply.deletedAt !== undefined;
    socket.subscribe(this.topic);
    const here = [...this.#here(), ...this.#elsewhere];
    const color = this.#readers.get(socket)?.color ?? freeColor(socket.data, here);
    this.#readers.set(socket, { mode: role === "read" ? "read" : mode, role, color });
    this.#expiries.set(socket, reply.endsAt);
    let sentUnits = text?.length ?? 0;
    if (text === undefined) {
      const deltas = entries?.map(({ operationId, authorId, delta }) => ({
        id: operationId,
        by: authorId,
        d: delta,
      }));
      sentUnits = sendFrame(socket, { t: "opened", note, version, etag, role, deltas });
    } else {
      const diverged = reply.diverged || undefined;
      this.#sendText(socket, { version, etag, role, text, diverged });
    }
    if (reply.deletedAt !== undefined) sendFrame(socket, { t: "trashed", note });
    for (const frame of this.#kept) if (frame.to > version) socket.send(frame.text);
    this.#announce();
    // The actor has less than was published, or something else.
    if (isOther(reply, this.#shown)) void this.#catchUp();
    return sentUnits;
  }

  /** What is published meanwhile reaches the socket between the pieces; its client lets it wait. */
  #sendText(
    socket: LiveSocket,
    given: { version: number; text: string; [field: string]: unknown },
  ): void {
    const joined = this.#readers.get(socket);
    const frame = { t: "reset", note: this.id, ...given };
    const isWanted = () => this.#readers.get(socket) === joined;
    void sendLongText(socket, frame, { clock: this.#options.clock, isWanted });
  }

  /** Whether a socket has joined. */
  has(socket: LiveSocket): boolean {
    return this.#readers.has(socket);
  }

  /** Takes a socket out. */
  leave(socket: LiveSocket): void {
    this.#removePreview(socket);
    this.#expiries.set(socket, undefined);
    if (!this.#readers.delete(socket)) return;
    socket.unsubscribe(this.topic);
    this.#announce();
    this.#leaveIfEmpty();
  }

  /** Starts the rendered preview of a part for a socket, or stops what it was shown. */
  preview(socket: LiveSocket, part: number | undefined): void {
    if (!this.#readers.has(socket)) return;
    this.#removePreview(socket);
    if (part === undefined) return;
    const read = () => this.#text.read(this.#shown?.version ?? 0);
    const shown = { id: this.id, part, read };
    const preview = this.#previews.get(part) ?? new Preview(shown, this.#options);
    this.#previews.set(part, preview);
    preview.add(socket);
  }

  #removePreview(socket: LiveSocket): void {
    for (const [part, preview] of this.#previews) {
      preview.remove(socket);
      if (preview.isEmpty) this.#previews.delete(part);
    }
    if (this.#previews.size === 0) this.#text.forget();
  }

  #leaveIfEmpty(): void {
    if (this.#readers.size > 0 || this.#joining > 0) return;
    this.#cancelPresence?.();
    this.#cancelLook?.();
    this.#expiries.stop();
    for (const preview of this.#previews.values()) preview.stop();
    this.#watch.stop();
    this.#options.onEmpty(this);
    this.#options.onPresence(this.id);
  }

  #hear(events: readonly DocumentEvent[]): void {
    const edits: Edited[] = [];
    for (const event of events) {
      switch (event.type) {
        case "edited":
          edits.push(event);
          break;
        case "caret":
          this.#publishCaret(event);
          break;
        case "access":
          this.#text.forget();
          void this.checkEverybody();
          break;
        case "purged":
          this.purged();
          break;
        case "restored":
          this.#setTrashed(false);
          break;
        case "deleted":
          this.#setTrashed(true);
          break;
      }
    }
    if (edits.length > 0) this.#takeEdits(edits);
  }

  /** There is nothing to be seen anymore: the document closes to everybody, whatever their role was. */
  purged(): void {
    this.#isPurged = true;
    for (const socket of [...this.#readers.keys()]) this.#closeTo(socket);
  }

  #closeTo(socket: LiveSocket): void {
    // Whoever is here could see it, and may know what became of it.
    sendFrame(socket, { t: "revoked", note: this.id, deleted: this.#isPurged || undefined });
    this.#options.opened(socket)?.delete(this.id);
    this.leave(socket);
  }

  #setTrashed(isTrashed: boolean): void {
    this.#isTrashed = isTrashed;
    this.#publish({ t: isTrashed ? "trashed" : "restored", note: this.id });
  }

  /** Publishes what is new, as far as it follows what was published; one edit may be told again. */
  #takeEdits(edits: readonly Edited[]): void {
    const fresh: Edited[] = [];
    let shown = this.#shown;
    let isSure = true;
    for (const edit of edits) {
      const step = stepOf(edit, shown);
      if (step === "told_again") continue;
      isSure = step === "next";
      if (!isSure) break;
      fresh.push(edit);
      shown = { version: edit.entry.version, etag: etagOf(edit.entry) };
    }
    const first = fresh[0]?.entry.version;
    if (shown && first !== undefined) this.#publishEdits(fresh, { first, shown });
    if (!isSure) void this.#catchUp();
  }

  #publishEdits(edits: readonly Edited[], to: { first: number; shown: Revision }): void {
    const list = edits.map(({ entry, client, caret }) => {
      const item = { id: entry.operationId, by: client || entry.authorId, d: entry.delta };
      return caret ? { ...item, c: caret } : item;
    });
    this.#shown = to.shown;
    const { version, etag } = to.shown;
    const text = this.#publish({ t: "deltas", note: this.id, from: to.first - 1, etag, list });
    if (this.#joining > 0) this.#kept.push({ to: version, text });
    this.#text.edited(edits.map(({ entry }) => entry));
    for (const preview of this.#previews.values()) preview.schedule();
  }

  /** An edit was accepted as this version: what tells of it is on its way, or was lost on it. */
  expect(version: number): void {
    this.#expected = Math.max(this.#expected, version);
    if (this.#isBehind()) this.#lookLater(NEWS_DELAY_MS);
  }

  #isBehind(): boolean {
    return this.#shown !== undefined && this.#shown.version < this.#expected;
  }

  #lookLater(delayMs: number): void {
    this.#cancelLook ??= this.#options.clock.setTimer(delayMs, () => {
      this.#cancelLook = undefined;
      if (this.#mustCatchUp || this.#isBehind()) void this.#catchUp();
    });
  }

  /** Asks for what was missed, until nothing is; rights may have changed as well. */
  async #catchUp(): Promise<void> {
    this.#mustCatchUp = true;
    if (this.#isCatchingUp || this.#shown === undefined) return;
    this.#isCatchingUp = true;
    try {
      while (this.#mustCatchUp && this.#readers.size > 0) {
        this.#mustCatchUp = false;
        await this.#catchUpOnce(this.#shown);
      }
      await this.checkEverybody();
    } catch (error) {
      if (isNotFound(error)) return this.purged();
      // The actor cannot say now. Nobody may type anymore, so that nothing would show the gap again.
      this.#options.log.warn("cannot catch up with a note", { id: this.id, error: String(error) });
      this.#mustCatchUp = true;
      if (this.#readers.size > 0) this.#lookLater(ASK_AGAIN_MS);
    } finally {
      this.#isCatchingUp = false;
    }
  }

  async #catchUpOnce(from: Revision): Promise<void> {
    const reply = await this.#options.documents.ask(this.id, { type: "catch_up", ...from });
    if (reply.type !== "caught_up") return;
    if (reply.entries === undefined) await this.#beginAnew(from, reply);
    else {
      const edits = reply.entries.map((entry): Edited => {
        return { type: "edited", entry, client: "", caret: undefined };
      });
      this.#takeEdits(edits);
    }
    const isTrashed = reply.deletedAt !== undefined;
    if (isTrashed !== this.#isTrashed) this.#setTrashed(isTrashed);
  }

  /**
   * Too much was missed to be told edit by edit, or what was published is not in the document's history
   * anymore. Until everybody has the text, nothing that comes follows what they have.
   */
  async #beginAnew(from: Revision, { version, etag }: Revision): Promise<void> {
    this.#expected = 0;
    this.#text.forget();
    const readers = [...this.#readers];
    await Promise.all(readers.map(([socket, { mode }]) => this.open(socket, from, mode)));
    this.#shown = { version, etag };
  }

  /**
   * Asks whether what is shown here is what the document has. A write that was lost is told by nobody,
   * so this is done from time to time; what cannot be answered now is asked the next time.
   */
  async verify(): Promise<void> {
    if (this.#shown === undefined || this.#readers.size === 0) return;
    const asked = { type: "catch_up", ...this.#shown } as const;
    const reply = await this.#options.documents.ask(this.id, asked).catch(() => undefined);
    if (reply?.type === "caught_up" && reply.entries === undefined) await this.#catchUp();
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

  /** Checks the door again for everybody who is inside: rights may have changed. */
  async checkEverybody(): Promise<void> {
    await this.#checkAll([...this.#readers.keys()]);
  }

  /** Asks once for everybody, and for each person once, however many tabs they have. */
  async #checkAll(sockets: readonly LiveSocket[]): Promise<void> {
    const keyed = sockets.map((socket) => {
      const by = principalOf(socket.data, this.id);
      return { socket, by, key: principalKey(by) };
    });
    const principals = [...new Map(keyed.map(({ key, by }) => [key, by]))];
    for (let i = 0; i < principals.length; i += limits.rolesAskedMax) {
      const asked = principals.slice(i, i + limits.rolesAskedMax);
      const roles = await this.#rolesOf(asked.map(([, by]) => by));
      const answers = new Map(asked.map(([key], index) => [key, roles[index] ?? "unknown"]));
      for (const { socket, key } of keyed) {
        const answer = answers.get(key);
        if (answer !== undefined) this.#take(socket, answer);
      }
    }
  }

  /** Takes what somebody may do now; closes the document to them when that is nothing. */
  #take(socket: LiveSocket, answer: RoleNow | "unknown"): void {
    const reader = this.#readers.get(socket);
    if (!reader) return;
    if (answer === "unknown") {
      // A role that has ended by itself must not go on because nobody could be asked at that moment.
      this.#expiries.set(socket, this.#options.clock.now() + ASK_AGAIN_MS);
      return;
    }
    const { role, endsAt } = answer;
    this.#expiries.set(socket, endsAt);
    const note = this.id;
    if (role === undefined) this.#closeTo(socket);
    else if (role !== reader.role) {
      reader.role = role;
      if (role === "read") reader.mode = "read";
      sendFrame(socket, { t: "role", note, role });
      this.#announce();
    }
  }

  /** "unknown" when the actor cannot say now; a door is not closed by an overload. */
  async #rolesOf(by: readonly Principal[]): Promise<readonly (RoleNow | "unknown")[]> {
    try {
      const at = this.#options.clock.now();
      const reply = await this.#options.documents.ask(this.id, { type: "roles", by, at });
      return reply.type === "roles" ? reply.roles : [];
    } catch (error) {
      return by.map(() => (isNotFound(error) ? NO_ROLE : "unknown"));
    }
  }

  /** Says on all nodes who is here. */
  #announce(): void {
    if (this.#readers.size > 0) this.#watch.announce(this.#here());
    this.#schedulePresence();
  }

  #schedulePresence(): void {
    this.#cancelPresence ??= this.#options.clock.setTimer(PRESENCE_DELAY_MS, () => {
      this.#cancelPresence = undefined;
      const people = [...this.#here(), ...this.#elsewhere];
      this.#publish({ t: "presence", note: this.id, people });
      this.#options.onPresence(this.id);
    });
  }

  #here(): Present[] {
    return [...this.#readers].map(([{ data }, { mode, color }]) => ({
      client: data.client,
      userId: data.viewer?.id ?? null,
      name: data.viewer?.name ?? "Guest",
      color,
      mode,
    }));
  }

  /** People who joined on two nodes at once may have the same color: one of them takes the next. */
  #yieldColors(): void {
    const yielded = yieldedColors(this.#here(), this.#elsewhere);
    if (yielded.size === 0) return;
    for (const [{ data }, reader] of this.#readers) {
      reader.color = yielded.get(data.viewer?.id ?? data.client) ?? reader.color;
    }
    this.#announce();
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof SuiteError && error.code === "not_found";
}
