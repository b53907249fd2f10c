/** What a handler's failure says about the event it failed on, and how long to wait after it. */

import { backOffMs } from "../back_off.ts";
import { type ErrorCode, SuiteError } from "../errors.ts";
import { limits } from "../limits.ts";
import type { Clock } from "../runtime/clock.ts";

const NOT_ITS_FAULT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "busy",
  "draining",
  "not_owner",
  "store_failed",
  "store_full",
  "timed_out",
  "unreachable",
]);

/** Whether something else is broken, so that the same event will do once that is mended. */
export function isTransient(error: unknown): boolean {
  return error instanceof SuiteError && NOT_ITS_FAULT.has(error.code);
}

/** Whether this node is about to stop: what it could not do is for the next one. */
export function isLeaving(error: unknown): boolean {
  return error instanceof SuiteError && error.code === "draining";
}

/** The pause after so many failures. */
export function retryPauseMs(
  failures: number,
  options: { clock: Clock; firstMs?: number; maxMs?: number },
): number {
  const { clock, firstMs = limits.eventRetryMs, maxMs = limits.eventRetryMsMax } = options;
  return backOffMs(failures, { firstMs, maxMs, random: clock.random() });
}
