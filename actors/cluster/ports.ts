/**
 * What a cluster needs of the outside: a register of nodes, a table of shards, and a way from node to
 * node. `db/` implements them over Postgres and Redis; a simulation over nothing but chance.
 */

/** Names one life of one node: a new one (ULID) at every start. */
export type NodeId = string;

/** What a node says of itself. */
export interface NodeCard {
  id: NodeId;
  /** What operators call it; stays the same over restarts. */
  name: string;
  /** Whether shards may be placed on it: not while it leaves, or cannot be reached. */
  takesShards: boolean;
  /** False when it owns nothing, whatever the table says: it cannot reach the table itself. */
  holdsShards: boolean;
  /** Whether it reaches the table of shards. */
  seesTable: boolean;
}

/**
 * The register of nodes, in Redis. A card that is not renewed in time is gone. Every call rejects with
 * `unreachable` while the register cannot be asked.
 */
export interface NodeRegister {
  /** Whether a card in it is a lease; not where the nodes are a list that somebody wrote. */
  readonly grantsLeases: boolean;
  /** Writes this node's card down for so long. */
  announce(card: NodeCard, leaseMs: number): Promise<void>;
  /** The cards that are good. */
  nodes(): Promise<NodeCard[]>;
  /** Takes a card away at once. */
  withdraw(id: NodeId): Promise<void>;
}

/** What a node tells the database. */
export interface LeasedNode extends Pick<NodeCard, "id" | "name" | "takesShards"> {
  /** Whether its own announcements reach Redis. */
  seesRegister: boolean;
}

/** A shard that was taken, and under which number: every claim raises it. */
export interface ShardClaim {
  shard: number;
  epoch: number;
}

/** A shard as the table has it. */
export interface ShardRow extends ShardClaim {
  owner: NodeId | undefined;
}

/**
 * The table of shards and the leases of nodes, in Postgres. Times are compared by the database's clock
 * alone. Calls reject with `store_failed` while the database cannot be asked.
 */
export interface ShardTable {
  /** Renews a node's lease, and answers all whose lease is good, this one included. */
  renew(node: LeasedNode, leaseMs: number): Promise<LeasedNode[]>;
  /** Ends a node's lease at once. */
  withdraw(id: NodeId): Promise<void>;
  /** Every shard. */
  shards(): Promise<ShardRow[]>;
  /**
   * Takes shards that nobody owns, or whose owner has no lease and is not among `alive`, or that are
   * this node's already: raises their epoch and answers those that were taken. Waits for writes of the
   * owner before, so that whoever loads after it has seen them.
   */
  claim(
    node: NodeId,
    shards: readonly number[],
    options: { alive: readonly NodeId[] },
  ): Promise<ShardClaim[]>;
  /** Gives shards up; those that somebody else has claimed meanwhile are left alone. */
  release(node: NodeId, shards: readonly ShardClaim[]): Promise<void>;
}

/** A frame's way: at most once, in order between two nodes. */
export interface Transport {
  /** Begins to hear frames for a node; `resumed` is called when some may have been missed. */
  listen(
    node: NodeId,
    receiver: { receive(frame: Uint8Array): void; resumed(): void },
  ): Promise<void>;
  /**
   * Hands a frame over. `unheard` says that nobody listened there, so nothing ran. Rejects with
   * `unreachable`, at once while the way is known to be broken; the frame may have arrived all the same.
   */
  send(node: NodeId, frame: Uint8Array): Promise<"sent" | "unheard">;
  close(): Promise<void>;
}

/** Text for the sockets of other nodes, by topic: only nodes that have subscribed to it get it. */
export interface TopicBus {
  /** Whether there are no other nodes, so that whoever is to hear something is here. */
  readonly isAlone?: boolean;
  /** Begins to hear a topic. */
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
  /** Tells the other nodes; what cannot be told is lost, and counted. */
  publish(topic: string, text: string): void;
  /** Whether any node hears a topic; rejects with `unreachable` where that cannot be known. */
  isHeard(topic: string): Promise<boolean>;
  /** Who takes what other nodes publish; `resumed` is called when some may have been missed. */
  listen(receiver: { receive(topic: string, text: string): void; resumed(): void }): void;
  close(): Promise<void>;
}

/** Small facts of the moment that every node may ask for; they are forgotten by themselves. */
export interface SharedFacts {
  /** Says who is in a document on this node; renewed by saying it again within `ttlMs`. */
  setPresent(documentId: string, userIds: readonly string[], ttlMs: number): Promise<void>;
  /** Who is in documents on any live node; empty where that cannot be known now. */
  present(documentIds: readonly string[]): Promise<Map<string, string[]>>;
  /** Remembers that these people's lists of a kind changed, for so long. */
  markChanged(topics: readonly string[], at: number, ttlMs: number): Promise<void>;
  /** When a topic was marked last; undefined when it was not, and Infinity when that cannot be known. */
  changedAt(topic: string): Promise<number | undefined>;
}
