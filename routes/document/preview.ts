/**
 * The rendered preview of one part of an open document, for the tabs that show it; most documents have
 * one part. Rendering is throttled to a part of the time it takes, and only blocks that changed are sent.
 */

import {
  type Clock,
  limits,
  mentionableIn,
  type Person,
  type PersonId,
  principalKey,
} from "../../actors/mod.ts";
import { type LiveServer, type LiveSocket, principalOf, sendFrame } from "../live/socket.ts";
import type { Rendering } from "./rendering.ts";
import type { Described } from "./shown_text.ts";

/** Rendering may take this part of a worker's time: one in so many. */
const REST_PER_RENDER = 4;

/** What a preview works with. */
export interface PreviewOptions {
  rendering: Rendering;
  clock: Clock;
  server: LiveServer;
  /** What others see of people; without it no name is marked. */
  people?(ids: readonly PersonId[]): Promise<ReadonlyMap<string, Person>>;
}

/** The preview of one part of a document on this node. */
export class Preview {
  readonly #id: string;
  readonly #part: number;
  readonly #read: () => Promise<Described>;
  readonly #topic: string;
  readonly #options: PreviewOptions;
  readonly #sockets = new Set<LiveSocket>();
  #blocks: readonly string[] | undefined;
  #lastRenderMs = 0;
  #cancel: (() => void) | undefined;
  #isRendering = false;

  /** `read` answers the document as its readers have it. */
  constructor(
    { id, part, read }: { id: string; part: number; read: () => Promise<Described> },
    options: PreviewOptions,
  ) {
    this.#id = id;
    this.#part = part;
    this.#read = read;
    this.#topic = `preview:${id}:${part}`;
    this.#options = options;
  }

  /** Whether no tab shows it. */
  get isEmpty(): boolean {
    return this.#sockets.size === 0;
  }

  /** Shows the preview to a socket, from the beginning. */
  add(socket: LiveSocket): void {
    this.#sockets.add(socket);
    if (this.#blocks === undefined) this.#later(0);
    else this.#show(socket, this.#blocks);
  }

  /** Stops showing it. */
  remove(socket: LiveSocket): void {
    if (!this.#sockets.delete(socket)) return;
    socket.unsubscribe(this.#topic);
    if (this.#sockets.size === 0) this.stop();
  }

  /** The text changed. */
  schedule(): void {
    if (this.#sockets.size === 0) return;
    this.#later(Math.max(limits.previewDelayMs, this.#lastRenderMs * REST_PER_RENDER));
  }

  /** Forgets what was rendered and renders no more. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#blocks = undefined;
  }

  #later(delayMs: number): void {
    this.#cancel ??= this.#options.clock.setTimer(delayMs, () => {
      this.#cancel = undefined;
      void this.#render();
    });
  }

  async #render(): Promise<void> {
    if (this.#isRendering) return this.#later(limits.previewDelayMs);
    this.#isRendering = true;
    try {
      const reply = await this.#read();
      const find = this.#options.people;
      const people = find === undefined ? [] : await mentionableIn(reply, find);
      const [first] = this.#sockets;
      if (first === undefined) return;
      const startedMs = this.#options.clock.monotonic();
      const { blocks, isFinal } = await this.#options.rendering.render({
        id: this.#id,
        version: reply.version,
        text: reply.text,
        people,
        part: this.#part,
        asker: principalKey(principalOf(first.data, this.#id)),
      });
      this.#lastRenderMs = this.#options.clock.monotonic() - startedMs;
      this.#update(blocks);
      if (!isFinal) this.#later(limits.previewRetryMs);
    } catch {
      // Gone, overloaded or leaving: the next change renders again, and nothing is lost by waiting.
    } finally {
      this.#isRendering = false;
    }
  }

  #update(blocks: readonly string[]): void {
    if (this.#sockets.size === 0) return;
    const before = this.#blocks;
    this.#blocks = blocks;
    if (before === undefined) {
      for (const socket of this.#sockets) this.#show(socket, blocks);
      return;
    }
    const splice = spliceOf(before, blocks);
    if (!splice) return;
    const frame = { t: "preview", note: this.#id, ...splice };
    this.#options.server.publish(this.#topic, JSON.stringify(frame));
  }

  #show(socket: LiveSocket, blocks: readonly string[]): void {
    sendFrame(socket, { t: "preview", note: this.#id, start: 0, remove: -1, blocks });
    socket.subscribe(this.#topic);
  }
}

/** What turns one list of blocks into another, or undefined when they are the same. */
export function spliceOf(
  before: readonly string[],
  after: readonly string[],
): { start: number; remove: number; blocks: string[] } | undefined {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let tail = 0;
  while (tail < shorter - start && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const remove = before.length - start - tail;
  const blocks = after.slice(start, after.length - tail);
  return remove === 0 && blocks.length === 0 ? undefined : { start, remove, blocks };
}
