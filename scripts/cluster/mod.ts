/** A whole cluster on this machine: Postgres, Redis, nodes, and a balancer in front of them. */

import { join } from "node:path";
import { waitFor } from "../../tests/support/wait_for.ts";
import { type Balancer, startBalancer } from "./balancer.ts";
import { freePort } from "./free_port.ts";
import { type SuiteNode, startNode } from "./node.ts";
import { type Postgres, startPostgres } from "./postgres.ts";
import { type Redis, startRedis } from "./redis.ts";
import { startTcpProxy, type TcpProxy } from "./tcp_proxy.ts";

/** How to start a cluster. */
export interface ClusterOptions {
  /** Holds all data and all logs; what is there from an earlier start is kept. */
  dir: string;
  /** How many nodes; three unless told. */
  nodes?: number;
  /** Where the balancer listens; a free port unless told. */
  port?: number;
  /** Puts a proxy between each node and Postgres, and one between it and Redis. */
  withProxies?: boolean;
  /** Off only where a test may lose everything at a power cut. */
  fsync?: boolean;
  /** More settings for every node. */
  env?: Readonly<Record<string, string>>;
}

/** What stands between one node and its servers. */
export interface NodeProxies {
  postgres: TcpProxy;
  redis: TcpProxy;
}

/** A cluster that runs for this process. */
export interface Cluster extends AsyncDisposable {
  /** Where people find it. */
  readonly url: string;
  readonly postgres: Postgres;
  readonly redis: Redis;
  readonly balancer: Balancer;
  readonly nodes: readonly SuiteNode[];
  /** By node, in the order of `nodes`; empty unless asked for. */
  readonly proxies: readonly NodeProxies[];
  /** The link for the first account, where a node offered one. */
  readonly setupLink: string | undefined;
  /** Stops the nodes in order, then what they stand on. */
  stop(): Promise<void>;
}

/** Starts a cluster and waits until every node is ready; when a part fails, the others are stopped. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { dir, fsync = true } = options;
  const port = options.port === undefined ? {} : { port: options.port };
  await using stack = new AsyncDisposableStack();
  const names = Array.from({ length: options.nodes ?? 3 }, (_, index) => `node-${index + 1}`);
  const places = names.map((name) => ({ name, port: freePort() }));
  // First, so that a port that is taken is known before anything else starts.
  const addresses = places.map(({ name, port }) => ({ name, url: `http://127.0.0.1:${port}` }));
  const balancer = stack.use(await startBalancer({ nodes: addresses, ...port }));
  const postgres = stack.use(await startPostgres({ dir: join(dir, "postgres"), fsync }));
  const redis = stack.use(await startRedis({ dir: join(dir, "redis") }));
  const proxies: NodeProxies[] = [];
  if (options.withProxies) {
    for (const _ of names) {
      proxies.push({
        postgres: stack.use(await startTcpProxy({ port: postgres.port })),
        redis: stack.use(await startTcpProxy({ port: redis.port })),
      });
    }
  }
  const nodes: SuiteNode[] = [];
  stack.defer(async () => void (await Promise.all(nodes.map((node) => node.stop()))));
  const startOne = async ({ name, port }: (typeof places)[number], index: number) => {
    const between = proxies[index];
    nodes[index] = await startNode({
      ...{ name, port, publicUrl: balancer.url },
      databaseUrl: through(postgres.url, between?.postgres),
      redisUrl: through(redis.url, between?.redis),
      dataDir: join(dir, name),
      logPath: join(dir, `${name}.log`),
      env: options.env ?? {},
    });
  };
  const started = await Promise.allSettled(places.map(startOne));
  const failed = started.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  await waitFor(() => balancer.ready.length === names.length, {
    what: "the balancer to see every node",
  });
  const parts = { url: balancer.url, postgres, redis, balancer, nodes, proxies };
  const [setupLink] = nodes.flatMap((node) => node.setupLink ?? []);
  const all = stack.move();
  const stop = () => all.disposeAsync();
  return { ...parts, setupLink, stop, [Symbol.asyncDispose]: stop };
}

/** The same address by way of a proxy. */
function through(address: string, proxy: TcpProxy | undefined): string {
  if (proxy === undefined) return address;
  const url = new URL(address);
  url.port = String(proxy.port);
  return url.href;
}
