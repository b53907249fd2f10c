/** A Redis for one test file, and connections to it that end with the file. */

import { afterAll, beforeAll } from "bun:test";
import { join } from "node:path";
import { openRedis, type RedisConnection } from "../../db/redis/open.ts";
import type { Redis, RedisCluster, RedisSentinel } from "../../scripts/cluster/redis.ts";
import { MemoryLog } from "./memory_log.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary_folder.ts";

type Server = Redis | RedisCluster | RedisSentinel;

/** One Redis, in whatever form, while the tests of a file run. */
export class TestRedis<Started extends Server> {
  #server: Started | undefined;
  readonly #connections: RedisConnection[] = [];

  constructor(start: (options: { dir: string }) => Promise<Started>) {
    let folder: TemporaryFolder | undefined;
    beforeAll(async () => {
      folder = temporaryFolder();
      this.#server = await start({ dir: join(folder.path, "redis") });
    });
    afterAll(async () => {
      await Promise.all(this.#connections.map((connection) => connection.close()));
      await this.#server?.stop();
      folder?.[Symbol.dispose]();
    });
  }

  get server(): Started {
    if (this.#server === undefined) throw new Error("Cannot use Redis: it is not started");
    return this.#server;
  }

  /** What the suite is given to find it. */
  get url(): string {
    return addressOf(this.server);
  }

  /** A connection as a process of the suite has one. */
  async open(options: { url?: string; log?: MemoryLog } = {}): Promise<RedisConnection> {
    const { url = this.url, log = new MemoryLog() } = options;
    const connection = await openRedis(url, { log });
    this.#connections.push(connection);
    return connection;
  }
}

function addressOf(server: Server): string {
  if ("nodes" in server) {
    const hosts = server.nodes.map(({ port }) => `127.0.0.1:${port}`);
    return `redis+cluster://${hosts.join(",")}`;
  }
  if (!("sentinels" in server)) return server.url;
  const hosts = server.sentinels.map(({ port }) => `127.0.0.1:${port}`);
  return `redis+sentinel://${hosts.join(",")}/${server.name}`;
}
