/** The servers that tests start for themselves: Postgres and Redis, and how they get on a machine. */

import { installWanted } from "./apt.ts";
import { findPostgres } from "./cluster/postgres.ts";
import { findRedis } from "./cluster/redis.ts";

/** Installs what is missing; answers with one line per server that says what to do instead. */
export function installServers(): string[] {
  const problems = [
    installWanted({
      title: "Postgres",
      packages: ["postgresql"],
      isThere: () => findPostgres() !== undefined,
    }),
    installWanted({
      title: "Redis",
      packages: ["redis-server"],
      isThere: () => findRedis() !== undefined,
    }),
  ];
  return problems.filter((problem) => problem !== undefined);
}
