/**
 * What to do with an actor that crashed: start it again after a pause that doubles with each crash,
 * or keep it out of service when that happened too often. A pure decision; the actor acts on it.
 */

import { backOffMs } from "../back_off.ts";
import type { RuntimeLimits } from "./runtime_limits.ts";

/** What to do, and the crashes that still count. */
export type Verdict =
  | { type: "restart"; delayMs: number; crashes: readonly number[] }
  | { type: "quarantine"; crashes: readonly number[] };

/** When and with what luck the decision is made. */
export interface Circumstances {
  /** Milliseconds that only grow. */
  nowMs: number;
  /** A number in [0, 1) that spreads the restarts of actors that crashed together. */
  random: number;
}

/** Decides about a crash at `nowMs`, given the times of earlier ones. */
export function decideAfterCrash(
  earlier: readonly number[],
  { nowMs, random }: Circumstances,
  limits: RuntimeLimits,
): Verdict {
  const since = nowMs - limits.restartWindowMs;
  const crashes = [...earlier.filter((time) => time > since), nowMs];
  if (crashes.length >= limits.restartsMax) return { type: "quarantine", crashes };
  const { restartBackoffMs: firstMs, restartBackoffMsMax: maxMs } = limits;
  const delayMs = backOffMs(crashes.length, { firstMs, maxMs, random });
  return { type: "restart", delayMs, crashes };
}
