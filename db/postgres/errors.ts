/** What Postgres' errors mean to the suite. */

import { SuiteError } from "../../actors/mod.ts";
import type { Ailment } from "../sql/service_health.ts";

/** Ours over a state of Postgres (SQLSTATE), or what Node.js calls a broken connection. */
const STATE = /^[0-9A-Z]{5}$/;

/**
 * States in which the server is not there for us: connections that break (08), shutdown and start
 * (57P), no place for one more connection, a transaction it ended because nothing came, and a server
 * that takes no writes because another has taken over.
 */
const AWAY = /^(?:08\w{3}|57P0[1-5]|53300|25P03|25P04|25006)$/;

/** States after which the same may work a moment later: timeouts, locks, deadlocks, memory. */
const TRANSIENT = /^(?:57014|55P03|40001|40P01|53200|58\w{3})$/;

const DISK_FULL = "53100";
/** Damaged data, and a damaged index. */
const CORRUPT = /^XX00[12]$/;
/** Text that cannot be stored, such as one with a NUL. */
const BAD_TEXT = /^(?:22021|22P05)$/;

/** The state in an error of Postgres, or undefined when it does not come from there. */
function stateOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || !("severity" in error)) return undefined;
  return typeof error.code === "string" && STATE.test(error.code) ? error.code : undefined;
}

/** Whether the server, or the way to it, is broken; what was sent may have happened or not. */
export function isAway(error: unknown): boolean {
  if (error instanceof SuiteError) return error.cause !== undefined && isAway(error.cause);
  const state = stateOf(error);
  if (state !== undefined) return AWAY.test(state);
  // The driver checks little: whatever is neither ours nor the server's is the connection.
  return error instanceof Error && !(error instanceof TypeError || error instanceof RangeError);
}

/** What an error says of the database as a whole; connections that break are the breaker's to judge. */
export function postgresAilment(error: unknown): Ailment | undefined {
  if (error instanceof SuiteError) return postgresAilment(error.cause);
  const state = stateOf(error) ?? "";
  if (state === DISK_FULL) return "full";
  if (CORRUPT.test(state)) return "corrupt";
  return undefined;
}

/**
 * One of our errors where the server is away, busy or full. Broken constraints and SQL that it does
 * not understand stay as they are, because what they mean depends on the caller.
 */
export function fromPostgresError(error: unknown): unknown {
  if (error instanceof SuiteError) return error;
  const state = stateOf(error) ?? "";
  if (state === DISK_FULL) {
    return new SuiteError("store_full", "Cannot save: the database's disk is full", {
      cause: error,
      retryAfterSeconds: 30,
    });
  }
  if (BAD_TEXT.test(state)) {
    const message = "Cannot look up or save: expected text without NUL, received one";
    return new SuiteError("invalid", message, { cause: error });
  }
  return TRANSIENT.test(state) || isAway(error) ? unavailable(error) : error;
}

/** The database did not do it; it may in a moment. */
export function unavailable(cause?: unknown): SuiteError {
  const message = "Cannot reach the store: the database does not answer";
  return new SuiteError("store_failed", message, { cause, retryAfterSeconds: 1 });
}
