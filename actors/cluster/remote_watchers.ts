/**
 * Which other nodes watch the actors of this one, kind by kind. What an actor tells goes to those nodes
 * only; each has one watch for all of its sockets. A watch says what its watchers want known of
 * themselves, and everybody is told what all the others say. A node that does not renew its watches, or
 * is gone, is forgotten.
 */

import { limits } from "../limits.ts";
import type { Clock } from "../runtime/clock.ts";
import type { NodeId } from "./ports.ts";

/** What remote watchers need of their kind. */
export interface RemoteWatchersOptions {
  clock: Clock;
  /** Begins to listen to an actor of this node. */
  subscribe(id: string, hear: (events: readonly unknown[]) => void): () => void;
  /** Sends events to a node. */
  sendEvents(node: NodeId, id: string, events: readonly unknown[]): void;
  /** The presences of all other nodes that watch an actor have changed. */
  peersChanged(id: string): void;
}

interface Watched {
  nodes: Map<NodeId, { presence: unknown; heardMs: number }>;
  stop(): void;
}

/** The remote watchers of one kind. */
export class RemoteWatchers {
  readonly #options: RemoteWatchersOptions;
  readonly #watched = new Map<string, Watched>();

  constructor(options: RemoteWatchersOptions) {
    this.#options = options;
  }

  /** How many actors other nodes watch. */
  get size(): number {
    return this.#watched.size;
  }

  /** The nodes that watch an actor, with what they announce. */
  nodes(id: string): [node: NodeId, presence: unknown][] {
    const nodes = this.#watched.get(id)?.nodes ?? [];
    return [...nodes].map(([node, { presence }]) => [node, presence]);
  }

  /** A node watches an actor, or still does. */
  add(node: NodeId, id: string, presence: unknown): void {
    const watched = this.#watched.get(id) ?? this.#start(id);
    const before = watched.nodes.get(node);
    const heardMs = this.#options.clock.monotonic();
    watched.nodes.set(node, { presence, heardMs });
    // A node that comes has to be told who is there, even when it brings nobody.
    const isNews = before === undefined || !isSame(before.presence, presence);
    if (isNews) this.#options.peersChanged(id);
  }

  /** A node watches an actor no longer. */
  remove(node: NodeId, id: string): void {
    const watched = this.#watched.get(id);
    if (!watched?.nodes.delete(node)) return;
    if (watched.nodes.size === 0) {
      watched.stop();
      this.#watched.delete(id);
    }
    this.#options.peersChanged(id);
  }

  /** Forgets nodes that are gone. */
  forget(nodes: readonly NodeId[]): void {
    for (const id of [...this.#watched.keys()]) for (const node of nodes) this.remove(node, id);
  }

  /** Forgets watches that were not renewed. */
  sweep(): void {
    const before = this.#options.clock.monotonic() - limits.watchMsMax;
    for (const [id, { nodes }] of [...this.#watched]) {
      for (const [node, { heardMs }] of [...nodes]) if (heardMs < before) this.remove(node, id);
    }
  }

  #start(id: string): Watched {
    const nodes: Watched["nodes"] = new Map();
    const stop = this.#options.subscribe(id, (events) => {
      for (const node of nodes.keys()) this.#options.sendEvents(node, id, events);
    });
    const watched = { nodes, stop };
    this.#watched.set(id, watched);
    return watched;
  }
}

/** Presences are small data from a frame: their JSON tells them apart. */
function isSame(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
