/** Makes single connections to Redis with everything that has to be set for them to fail fast and heal. */

import { Cluster, Redis, type RedisOptions, ReplyError } from "ioredis";
import { backOffMs, limits } from "../../actors/mod.ts";
import type { RedisAddress } from "./address.ts";

/** What a connection is for. */
export type ConnectionUse = "commands" | "listening" | "blocking";

/** What making a connection takes. */
export interface ConnectOptions {
  use: ConnectionUse;
  /** Hears of every error of the connection itself. */
  failed: (error: unknown) => void;
  /** Hears whenever a connection was made or lost. */
  changed?: () => void;
}

/** Connects, and connects again whenever the connection is lost. */
export function connect(address: RedisAddress, options: ConnectOptions): Redis | Cluster {
  if (address.kind === "cluster") return connectToCluster(address, options);
  const common = { ...commonOptions(address, options.use), db: address.database };
  if (address.kind === "single")
    return heard(new Redis({ ...common, ...address.hosts[0] }), options);
  const redis = new Redis({
    ...common,
    sentinels: address.hosts,
    name: address.masterName,
    sentinelRetryStrategy: pauseMs,
    sentinelCommandTimeout: limits.redisCommandMsMax,
    ...(address.isSecure ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
  });
  return heard(redis, options);
}

/** Connects to one master of a cluster, "host:port", to listen there. */
export function connectToMaster(
  address: RedisAddress,
  { host, failed }: { host: string; failed: (error: unknown) => void },
): Redis {
  const colon = host.lastIndexOf(":");
  const place = { host: host.slice(0, colon), port: Number(host.slice(colon + 1)) };
  return heard(new Redis({ ...commonOptions(address, "listening"), ...place }), {
    use: "listening",
    failed,
  });
}

/** Whether Redis itself said no, so that it is there and well enough. */
export function isReply(error: unknown): boolean {
  const isAway = /^(?:LOADING|CLUSTERDOWN|READONLY|MASTERDOWN|TRYAGAIN|NOREPLICAS)\b/;
  return error instanceof ReplyError && !isAway.test((error as Error).message);
}

function connectToCluster(address: RedisAddress, options: ConnectOptions): Cluster {
  const { autoPipeliningIgnoredCommands, enableAutoPipelining, retryStrategy, ...common } =
    commonOptions(address, options.use);
  const cluster = new Cluster(address.hosts, {
    redisOptions: common,
    clusterRetryStrategy: pauseMs,
    enableOfflineQueue: false,
    enableAutoPipelining,
    autoPipeliningIgnoredCommands,
    slotsRefreshTimeout: limits.redisCommandMsMax,
    slotsRefreshInterval: limits.redisHeartbeatMs,
    // A command that may have run is not sent again; whoever sent it knows better what to do.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    // Certificates name hosts, so those must not be turned into numbers.
    ...(address.isSecure ? { dnsLookup: (host, done) => done(null, host) } : {}),
  });
  cluster.on("node error", options.failed);
  // The driver would connect to a master with the first command for it, and refuse that one.
  cluster.on("+node", (master: Redis) => {
    if (options.changed !== undefined) master.on("ready", options.changed);
    master.connect().catch(options.failed);
  });
  cluster.on("-node", () => options.changed?.());
  return heard(cluster, options);
}

function commonOptions(address: RedisAddress, use: ConnectionUse) {
  const { username, password, isSecure } = address;
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(isSecure ? { tls: {} } : {}),
    connectTimeout: limits.redisConnectMsMax,
    retryStrategy: pauseMs,
    maxLoadingRetryTime: limits.redisRetryMsMax,
    // A replica that takes commands for a master sends them away; the master is elsewhere by now.
    reconnectOnError: ({ message }: Error) => message.startsWith("READONLY"),
    enableOfflineQueue: false,
    // What was sent may have run, so nothing is sent twice when a connection is lost.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    ...(use === "blocking"
      ? { blockingTimeout: limits.eventBlockMs, blockingTimeoutGrace: limits.redisCommandMsMax }
      : { commandTimeout: limits.redisCommandMsMax, socketTimeout: limits.redisSilenceMsMax }),
    // Commands of one moment travel together.
    enableAutoPipelining: use === "commands",
    autoPipeliningIgnoredCommands: ["ping"],
  } satisfies RedisOptions;
}

/** Errors are heard, or the driver would print them. */
function heard<Connection extends Redis | Cluster>(
  connection: Connection,
  { failed, changed }: ConnectOptions,
): Connection {
  connection.on("error", failed);
  if (changed !== undefined) connection.on("ready", changed).on("close", changed);
  return connection;
}

function pauseMs(times: number): number {
  const { redisRetryMs: firstMs, redisRetryMsMax: maxMs } = limits;
  return backOffMs(times, { firstMs, maxMs, random: Math.random() });
}

/** Whether commands can be sent now; in a cluster, to every master. */
export function isConnected(connection: Redis | Cluster): boolean {
  if (connection.status !== "ready") return false;
  if (connection instanceof Redis) return true;
  const masters = connection.nodes("master");
  return masters.length > 0 && masters.every(({ status }) => status === "ready");
}
