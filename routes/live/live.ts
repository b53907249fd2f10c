/**
 * `/live`: the one socket of a tab. It carries fragments for the page and data for its islands, both
 * ways; docs/protocol.md has the frames. What the frames of an app do is its channel's business.
 *
 * A person's own topics are subscribed by their session alone; when the session ends, the socket closes.
 */

import {
  type Clock,
  type Log,
  limits,
  type PersonId,
  type SessionStore,
} from "../../actors/mod.ts";
import type { Channel } from "./channel.ts";
import { EVERYBODY_TOPIC, type Fanout } from "./fanout.ts";
import { FrameGate } from "./frame_gate.ts";
import { FrameReader, type LiveFrame, type WatchFrame } from "./frames.ts";
import { type LiveSocket, sendFrame } from "./socket.ts";

/** Close codes of our own and of the protocol; see docs/protocol.md. */
const CLOSE = { restarting: 1012, policy: 1008, signedOut: 4401 } as const;

/** Whether one of a person's lists has changed since a time. */
export type HasChanged = (userId: PersonId, since: number) => Promise<boolean>;

/** What `/live` works with. */
export interface LiveOptions {
  channels: readonly Channel[];
  /** The lists that a page may watch, by name. */
  lists: Readonly<Record<string, HasChanged>>;
  sessions: SessionStore;
  /** Which line of history the data belong to. */
  lineage: string;
  clock: Clock;
  log: Log;
  server: Fanout;
  /** What somebody's page is told first; undefined when there is nothing to tell. */
  greet?(userId: PersonId): Promise<string | undefined>;
}

/** All sockets of this node. */
export class Live {
  /** The kinds of frames that are taken. */
  readonly frameTypes: readonly string[];
  readonly #options: LiveOptions;
  /** The only thing kept for each of them: who ends a session looks at all. */
  readonly #sockets = new Set<LiveSocket>();
  readonly #gate: FrameGate;
  #cancelSweep: (() => void) | undefined;
  /** What everybody has to be told for as long as it is so. */
  #trouble: string | undefined;

  constructor(options: LiveOptions) {
    this.#options = options;
    const reader = new FrameReader(options.channels);
    this.frameTypes = reader.types;
    this.#gate = new FrameGate(options.clock, reader);
    this.#scheduleSweep();
  }

  /** How many sockets are open. */
  get size(): number {
    return this.#sockets.size;
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
    this.#sockets.delete(socket);
    for (const topic of socket.data.topics ?? []) this.#options.server.left(topic);
    if (socket.data.viewer) this.#options.server.left(personTopic(socket.data.viewer.id));
    for (const channel of this.#options.channels) channel.closed(socket);
  }

  /** A frame came in. */
  received(socket: LiveSocket, message: string | Uint8Array): void {
    const received = this.#gate.receive(socket.data, message);
    if (received.state === "flood") socket.close(CLOSE.policy, "too many frames");
    else if (received.state === "refused") {
      const { about, ...error } = received.error;
      sendFrame(socket, { t: "error", ...about, ...error });
    } else if (received.channel) received.channel.handle(socket, received.frame);
    else this.#handle(socket, received.frame as LiveFrame);
  }

  /** An answer to a frame was so long. */
  answered({ data }: LiveSocket, units: number): void {
    this.#gate.answered(data, units);
  }

  #handle(socket: LiveSocket, frame: LiveFrame): void {
    if (frame.t === "watch") void this.#watch(socket, frame);
    else sendFrame(socket, { t: "pong" });
  }

  /** Topics of the page; what one may not watch is left out. */
  async #watch(socket: LiveSocket, { topics: wanted, since }: WatchFrame): Promise<void> {
    const { viewer } = socket.data;
    const { server, lists: known } = this.#options;
    for (const topic of socket.data.topics ?? []) server.leave(socket, topic);
    socket.data.topics = undefined;
    const lists = viewer ? Object.keys(known).filter((list) => wanted.includes(list)) : [];
    if (!viewer || lists.length === 0) return;
    socket.data.topics = lists.map((list) => listTopic(viewer.id, list));
    for (const topic of socket.data.topics) server.join(socket, topic);
    if (since === undefined) return;
    for (const list of lists) {
      if (await known[list]?.(viewer.id, since)) {
        sendFrame(socket, { t: "stale", topic: list });
      }
    }
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
    for (const channel of this.#options.channels) await channel.check();
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

/** Where a person hears of what is theirs. */
export function personTopic(userId: string): string {
  return `person:${userId}`;
}

/** Where one of a person's lists hears of changes. */
export function listTopic(userId: string, list: string): string {
  return `${list}:${userId}`;
}
