/**
 * What a Postgres, a Redis and the processes of a cluster have done so far, as counts that only grow:
 * the difference of two readings is what happened in between.
 */

import { readdirSync, readFileSync } from "node:fs";
import type { Postgres } from "../../scripts/cluster/postgres.ts";
import type { Redis } from "../../scripts/cluster/redis.ts";
import { cpuSeconds } from "../process_figures.ts";

/** One reading, or the difference of two. */
export interface Counts {
  seconds: number;
  /** Processor seconds. */
  nodesCpu: number;
  postgresCpu: number;
  redisCpu: number;
  loadCpu: number;
  /** Statements that Postgres ran, and how many of them were COMMIT. */
  statements: number;
  commits: number;
  walBytes: number;
  /** Messages from node to node, and bytes that Redis read and wrote, whatever for. */
  publishes: number;
  redisBytes: number;
}

/** Lets Postgres count statements; it has to be started anew for that. Where it cannot, they stay 0. */
export async function countStatements(postgres: Postgres): Promise<void> {
  await using sql = new Bun.SQL(postgres.url, { max: 1 });
  const available = await sql`
    SELECT FROM pg_available_extensions WHERE name = 'pg_stat_statements'`;
  if (available.length === 0) return;
  await sql`ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'`.simple();
  await sql.close();
  await postgres.restart();
  await using counting = new Bun.SQL(postgres.url, { max: 1 });
  await counting`CREATE EXTENSION pg_stat_statements`.simple();
}

/** Reads the counts. */
export class ServerFigures implements AsyncDisposable {
  readonly #sql: Bun.SQL;
  readonly #postgresPid: number;
  readonly #redis: Redis;
  readonly #nodePids: readonly number[];
  readonly #loadPid: number;

  constructor(given: {
    postgres: Postgres;
    redis: Redis;
    nodePids: readonly number[];
    loadPid: number;
  }) {
    this.#sql = new Bun.SQL(given.postgres.url, { max: 1 });
    this.#postgresPid = given.postgres.pid;
    this.#redis = given.redis;
    this.#nodePids = given.nodePids;
    this.#loadPid = given.loadPid;
  }

  /** The counts as they are. */
  async read(): Promise<Counts> {
    const [info, postgres] = await Promise.all([this.#readRedis(), this.#readPostgres()]);
    return {
      seconds: performance.now() / 1_000,
      nodesCpu: this.#nodePids.reduce((sum, pid) => sum + cpuSeconds(pid), 0),
      postgresCpu: familyCpuSeconds(this.#postgresPid),
      redisCpu: cpuSeconds(this.#redis.pid),
      loadCpu: cpuSeconds(this.#loadPid),
      ...info,
      ...postgres,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sql.close();
  }

  async #readPostgres(): Promise<Pick<Counts, "statements" | "commits" | "walBytes">> {
    const [{ bytes }] = await this.#sql`
      SELECT (pg_current_wal_lsn() - '0/0'::pg_lsn)::float8 AS bytes`;
    try {
      const [{ statements, commits }] = await this.#sql`
        SELECT sum(calls)::float8 AS statements,
          coalesce(sum(calls) FILTER (WHERE query = 'COMMIT'), 0)::float8 AS commits
        FROM pg_stat_statements`;
      return { statements, commits, walBytes: bytes };
    } catch {
      // This Postgres came without the extension.
      return { statements: 0, commits: 0, walBytes: bytes };
    }
  }

  async #readRedis(): Promise<Pick<Counts, "publishes" | "redisBytes">> {
    const info = String(await this.#redis.command("INFO", "everything"));
    const read = (pattern: RegExp) => Number(pattern.exec(info)?.[1] ?? 0);
    return {
      publishes: read(/^cmdstat_publish:calls=(\d+)/m),
      redisBytes: read(/^total_net_input_bytes:(\d+)/m) + read(/^total_net_output_bytes:(\d+)/m),
    };
  }
}

/** What happened between two readings. */
export function difference(before: Counts, after: Counts): Counts {
  const entries = Object.entries(after).map(([key, value]) => [
    key,
    value - before[key as keyof Counts],
  ]);
  return Object.fromEntries(entries);
}

/** What happened for one of so many edits, without what happens anyway in the same time. */
export function perEdit(counts: Counts, edits: number, idle: Counts): Counts {
  const entries = Object.entries(counts).map(([key, value]) => {
    const anyway = (idle[key as keyof Counts] / idle.seconds) * counts.seconds;
    return [key, Math.max(0, value - anyway) / edits];
  });
  return Object.fromEntries(entries);
}

/** Processor seconds of a process and of its children, those that have ended included. */
function familyCpuSeconds(parent: number): number {
  let seconds = endedChildrenSeconds(parent);
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    try {
      if (pid === parent || parentOf(pid) === parent) seconds += cpuSeconds(pid);
    } catch {
      // It ended while it was looked at.
    }
  }
  return seconds;
}

const TICKS_PER_SECOND = 100;

function endedChildrenSeconds(pid: number): number {
  const [, , , , , , , , , , , , , user, kernel] = statOf(pid);
  return (Number(user) + Number(kernel)) / TICKS_PER_SECOND;
}

function parentOf(pid: number): number {
  return Number(statOf(pid)[1]);
}

/** The fields after the name, which may hold spaces. */
function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}
