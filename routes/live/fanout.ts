/**
 * Text for sockets, wherever they are. Bun's own publish reaches those of this node; a topic that is
 * somebody's own goes over the bus to the other nodes too, and only to those where it has subscribers.
 * A document's topic needs no bus: every node that has the document open hears its actor itself.
 */

import type { Clock, TopicBus } from "../../actors/mod.ts";
import type { LiveServer, LiveSocket } from "./socket.ts";

/** What every node hears, whoever is connected to it. */
const NODES_TOPIC = "nodes";
/** What every signed-in socket of this node hears. */
export const EVERYBODY_TOPIC = "everybody";

/** What nodes tell each other about people. */
export type NodeNews =
  /** These sessions have ended: their sockets close. */
  | { type: "sessions_ended"; sessionIds: readonly string[] }
  /** What is remembered of a person's sessions and account is old. */
  | { type: "account_changed"; userId: string }
  /** A note was purged: whatever is kept of it in memory is dropped. */
  | { type: "document_purged"; documentId: string }
  /** An administrator lets a quarantined actor start again. */
  | { type: "released"; address: string };

/** The way to sockets and to the other nodes. */
export class Fanout implements LiveServer {
  /** Undefined until it listens: nobody can hear anything before. */
  #server: LiveServer | undefined;
  readonly #bus: TopicBus;
  readonly #clock: Clock;

  constructor(options: { bus: TopicBus; clock: Clock }) {
    this.#bus = options.bus;
    this.#clock = options.clock;
  }

  /** The server of this node listens. */
  attach(server: LiveServer): void {
    this.#server = server;
  }

  /** Begins to hear the other nodes; `missed` is called when something may have been lost. */
  listen(receiver: { news(news: NodeNews): void; missed(): void }): void {
    this.#bus.listen({
      receive: (topic, text) => {
        if (topic === NODES_TOPIC) receiver.news(JSON.parse(text));
        else this.publish(topic, text);
      },
      resumed: () => receiver.missed(),
    });
    this.#bus.subscribe(NODES_TOPIC);
  }

  /** Sends to the sockets of this node. */
  publish(topic: string, text: string): number {
    return this.#server?.publish(topic, text) ?? 0;
  }

  subscriberCount(topic: string): number {
    return this.#server?.subscriberCount(topic) ?? 0;
  }

  /** Sends to the sockets of all nodes. */
  publishEverywhere(topic: string, text: string): void {
    this.publish(topic, text);
    this.#bus.publish(topic, text);
  }

  /** Whether anybody may hear a topic; a node that has others cannot know that they do not. */
  mayHear(topic: string): boolean {
    return this.#bus.isAlone !== true || this.subscriberCount(topic) > 0;
  }

  /** Whether any socket on any node hears a topic. */
  async isHeard(topic: string): Promise<boolean> {
    return this.subscriberCount(topic) > 0 || (await this.#bus.isHeard(topic));
  }

  /** Tells the other nodes; this one knows already. */
  tellNodes(news: NodeNews): void {
    this.#bus.publish(NODES_TOPIC, JSON.stringify(news));
  }

  /** Lets a socket hear a topic that any node may publish to. */
  join(socket: LiveSocket, topic: string): void {
    if (this.subscriberCount(topic) === 0) this.#bus.subscribe(topic);
    socket.subscribe(topic);
  }

  /** Lets a socket, which may be closed already, hear it no longer. */
  leave(socket: LiveSocket, topic: string): void {
    socket.unsubscribe(topic);
    this.left(topic);
  }

  /** A socket that had joined a topic is gone. */
  left(topic: string): void {
    // Bun takes a closed socket out of its topics after it said that it is closed.
    this.#clock.setTimer(0, () => {
      if (this.subscriberCount(topic) === 0) this.#bus.unsubscribe(topic);
    });
  }
}
