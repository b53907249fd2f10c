/** A tab's socket and what this node remembers of it. */

import {
  type Clock,
  limits,
  type Person,
  type Principal,
  pause,
  piecesOf,
} from "../../actors/mod.ts";
import type { Bucket, FrameSender } from "./frame_budget.ts";

/** A WebSocket as Bun gives it; only what is used, so that another server can stand in. */
export interface LiveSocket {
  readonly data: LiveConnection;
  /** -1: queued because the reader is slow; 0: dropped; otherwise the bytes sent. */
  send(text: string): number;
  /** Bytes that the reader has not taken yet. */
  getBufferedAmount(): number;
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
  close(code?: number, reason?: string): void;
}

/** The publishing side of the server. */
export interface LiveServer {
  publish(topic: string, text: string): number;
  subscriberCount(topic: string): number;
}

/** What is known of a connection. There may be very many: nothing is allocated before it is used. */
export interface LiveConnection {
  /** Names this socket in carets and presence. */
  readonly client: string;
  readonly viewer: Pick<Person, "id" | "name"> | undefined;
  readonly sessionId: string | undefined;
  /** To check the session again from time to time. */
  readonly token: string | undefined;
  /** The link somebody came by, and the only document it opens. */
  readonly link: { id: string; documentId: string } | undefined;
  topics: string[] | undefined;
  /** Whose bytes its frames are counted among. */
  readonly sender: FrameSender;
  /** Frames that it may still send. */
  readonly frames: Bucket;
}

/** On whose behalf a connection acts in a document. */
export function principalOf(connection: LiveConnection, documentId: string): Principal {
  const { viewer, link } = connection;
  return {
    userId: viewer?.id,
    linkId: link?.documentId === documentId ? link.id : undefined,
  };
}

/** Sends a data frame; answers its length. */
export function sendFrame(
  socket: LiveSocket,
  frame: { t: string; [field: string]: unknown },
): number {
  const text = JSON.stringify(frame);
  socket.send(text);
  return text.length;
}

/**
 * Sends a frame with a long text: the first piece of it with the frame, the others in frames behind it,
 * as fast as the reader takes them. Ends early when `isWanted` says so.
 */
export async function sendLongText(
  socket: LiveSocket,
  frame: { t: string; note: string; text: string; [field: string]: unknown },
  { clock, isWanted }: { clock: Clock; isWanted(): boolean },
): Promise<void> {
  const { note, text } = frame;
  let sent = 0;
  for (const piece of piecesOf(text)) {
    while (sent > 0 && socket.getBufferedAmount() > limits.socketUnsentBytesMax) {
      await pause(clock, limits.socketLookMs);
      if (!isWanted()) return;
    }
    const head = sent === 0 ? frame : { t: "more", note };
    sent += piece.length;
    const more = sent < text.length ? { more: true } : {};
    sendFrame(socket, { ...head, text: piece, ...more });
    if (sent < text.length) await pause(clock);
    if (!isWanted()) return;
  }
}
