/** Opens what joins this process to others, or what stands in for it where it is alone. */

import {
  Cluster,
  type EventConsumerTools,
  type EventStream,
  type NodeCard,
  type NodeRegister,
  type ShardTable,
  type SharedFacts,
  SuiteError,
  type TopicBus,
  type Transport,
} from "../actors/mod.ts";
import { AloneTopicBus, MemorySharedFacts } from "./alone/bus.ts";
import { LocalEventStream } from "./alone/event_stream.ts";
import { makeThrottles, type Throttles } from "./alone/throttle.ts";
import { RedisEventStream } from "./redis/event_stream.ts";
import { RedisNodeRegister } from "./redis/node_register.ts";
import { openRedis, type RedisConnection } from "./redis/open.ts";
import { RedisSharedFacts } from "./redis/shared_facts.ts";
import { redisThrottles } from "./redis/throttle.ts";
import { RedisTopicBus } from "./redis/topic_bus.ts";
import { RedisTransport } from "./redis/transport.ts";

/** The ways to other processes. */
export interface Links {
  /** Undefined where one process has everything. */
  cluster: Cluster | undefined;
  bus: TopicBus;
  facts: SharedFacts;
  events: EventStream;
  throttles: Throttles;
  /** Whether what they go over can be used, by name. */
  parts(): Readonly<Record<string, "ok" | "down">>;
  /** Leaves the cluster and closes everything. */
  close(): Promise<void>;
}

/** Of one process that has everything. */
export async function stayAlone(tools: EventConsumerTools): Promise<Links> {
  const { clock } = tools;
  const events = new LocalEventStream(tools);
  return {
    cluster: undefined,
    bus: new AloneTopicBus(),
    facts: new MemorySharedFacts(clock),
    events,
    throttles: makeThrottles(),
    parts: () => ({}),
    close: () => events.close(),
  };
}

/** Of a node on Postgres; without Redis it has to be the only one. */
export async function joinCluster(
  options: EventConsumerTools & {
    table: ShardTable;
    redisUrl?: string | undefined;
    nodeName?: string | undefined;
    nodeNames?: readonly string[] | undefined;
  },
): Promise<Links> {
  const { table, clock, log, redisUrl, nodeName: name = "alone", nodeNames } = options;
  if (redisUrl === undefined) return joinWithoutRedis(options);
  const redis = await openRedis(redisUrl, { log });
  const register = nodeNames === undefined ? new RedisNodeRegister(redis) : new ListedNodes(redis);
  const transport = new RedisTransport(redis);
  const cluster = new Cluster({ name, clock, log, register, table, transport, nodeNames });
  const bus = new RedisTopicBus(redis);
  const isImpaired = () => redis.state() === "down" || options.isImpaired?.() === true;
  const events = new RedisEventStream(redis, { ...options, consumer: cluster.self, isImpaired });
  return {
    cluster,
    bus,
    facts: new RedisSharedFacts(redis, { nodeId: cluster.self, clock }),
    events,
    throttles: redisThrottles(redis),
    parts: () => ({ redis: redis.state() }),
    async close() {
      await events.close();
      await cluster.stop();
      await bus.close();
      await transport.close();
      await redis.close();
    },
  };
}

/** A second process on the same database gets nothing, because it could not be reached. */
async function joinWithoutRedis(
  options: EventConsumerTools & { table: ShardTable },
): Promise<Links> {
  const { clock, log, table } = options;
  const alone = await stayAlone(options);
  const register: NodeRegister = {
    grantsLeases: false,
    announce: async () => {},
    nodes: async () => [],
    withdraw: async () => {},
  };
  const transport: Transport = {
    listen: async () => {},
    send: async () => "unheard",
    close: async () => {},
  };
  const cluster = new Cluster({ clock, log, table, name: "alone", register, transport });
  return {
    ...alone,
    cluster,
    async close() {
      await alone.close();
      await cluster.stop();
    },
  };
}

/** Nodes that somebody wrote down: who of them is alive is known by their leases in the table. */
class ListedNodes implements NodeRegister {
  readonly grantsLeases = false;
  readonly #redis: RedisConnection;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
  }

  async announce(_card: NodeCard): Promise<void> {
    if (this.#redis.state() === "ok") return;
    throw new SuiteError("unreachable", "Cannot reach other nodes: Redis does not answer");
  }

  async nodes(): Promise<NodeCard[]> {
    return [];
  }

  async withdraw(): Promise<void> {}
}
