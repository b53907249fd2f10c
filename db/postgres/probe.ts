/** How Postgres tells that something is wrong, and how it is found out whether it still is. */

import { limits, SuiteError } from "../../actors/mod.ts";
import type { Ailment, Probed, ServiceHealth } from "../sql/service_health.ts";
import type { PostgresConnections } from "./connections.ts";
import { isAway, postgresAilment } from "./errors.ts";

const WRITE = `INSERT INTO probe (id, count, padding) VALUES (1, 1, $1)
  ON CONFLICT (id) DO UPDATE SET count = probe.count + 1, padding = excluded.padding`;
const READ = "SELECT count, length(padding) AS bytes FROM probe";

/**
 * Probes one service's schema, over connections as its own statements have them. Nothing here can look a
 * damaged table through, so that damage counts as over when no statement has met it for long.
 */
export class PostgresProbe implements Probed {
  readonly health: ServiceHealth;
  readonly #connections: PostgresConnections;

  constructor(connections: PostgresConnections, health: ServiceHealth) {
    this.health = health;
    this.#connections = connections;
  }

  async probe({ isLarge }: { isLarge: boolean }): Promise<"ok"> {
    if (isLarge) await this.#write(limits.probeLargeBytes);
    await this.#write(0);
    await this.#connections.query({ name: "probe_read", text: READ });
    return "ok";
  }

  ailmentOf(error: unknown): Ailment {
    if (this.#connections.state() === "down") return "down";
    // Our own errors without a broken connection below them are for what took too long.
    const isLate = error instanceof SuiteError && !isAway(error);
    return postgresAilment(error) ?? (isLate ? "slow" : "down");
  }

  poll(): void {
    this.#connections.state();
  }

  async #write(bytes: number): Promise<void> {
    const values = [Buffer.alloc(bytes)];
    await this.#connections.query({ name: "probe_write", text: WRITE, values });
  }
}
