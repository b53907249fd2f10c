/** Names of channels, and what is done with them wherever Redis runs alone or as a cluster. */

/** What a channel is about: frames for a node, or text for whoever watches a topic. */
export type ChannelNoun = "node" | "topic";

/** Takes what arrives. */
export interface ChannelReceiver {
  /** A message, and the name its channel was made of. */
  receive(name: string, message: Uint8Array): void;
  /** Messages may have been missed, and are heard again. */
  resumed(): void;
}

/** The channels that this process hears. */
export interface Channels {
  /** Whether all that was asked for is heard. */
  readonly isReady: boolean;
  /** Whether messages of a channel arrive here now, provided that it was asked for. */
  hears(channel: string): boolean;
  subscribe(channel: string): void;
  unsubscribe(channel: string): void;
  /** Resolves when what was asked for so far was tried. */
  settle(): Promise<void>;
  /** Asks each connection whether it lives; one that does not answer in time begins anew. */
  beat(): void;
  close(): void;
}

/** What channels call back. */
export interface ChannelEvents {
  message(channel: string, message: Uint8Array): void;
  resumed(): void;
  /** `isReady` has changed. */
  changed(): void;
  failed(error: unknown): void;
}

const BUCKETS = 256;

/**
 * The channel of a name. In a cluster the part in braces alone decides about its place, so that one
 * command can subscribe to all channels of a bucket.
 */
export function channelOf(noun: ChannelNoun, name: string): string {
  return `suite:${noun}:{${bucketOf(name)}}:${name}`;
}

/** What a channel was made of; undefined when it is none of ours. */
export function parseChannel(
  channel: string,
): { noun: ChannelNoun; bucket: string; name: string } | undefined {
  const [prefix, noun, bucket = ""] = channel.split(":", 3);
  if (prefix !== "suite" || (noun !== "node" && noun !== "topic")) return undefined;
  const name = channel.slice(prefix.length + noun.length + bucket.length + 3);
  return { noun, bucket, name };
}

/** FNV-1a, which is small and even. */
function bucketOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0) % BUCKETS;
}
