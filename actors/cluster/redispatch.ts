/**
 * Whether an ask that did not get its answer may be sent again. What decides is what is known to have
 * happened, never a guess: where nothing ran, it goes on to whoever owns the actor now; where it may
 * have run it may be repeated too, because every operation carries its id and the actor answers a
 * repeat as it answered the first time. What fails fast is only the way itself: somebody who cannot
 * send has no use for waiting.
 */

import { backOffMs } from "../back_off.ts";
import type { ErrorCode } from "../errors.ts";

/** What is known about an ask that was not answered. */
export type AskFact =
  /** Nobody owns the shard as far as is known. Nothing ran. */
  | "no_owner"
  /** The node answered that it does not own the shard. Nothing ran. */
  | "not_owner"
  /** Nobody listened on the node's channel. Nothing ran. */
  | "unheard"
  /** The node was lost, or lost the shard, while its answer was waited for. It may have run. */
  | "owner_lost"
  /** Frames cannot be sent from here. It may have run. */
  | "unreachable"
  /** Time is up. It may have run. */
  | "timed_out";

/** What to do about it. */
export type Redispatch = { type: "again"; delayMs: number } | { type: "fail"; code: ErrorCode };

/** Decides about an ask after `attempts` tries. */
export function redispatch(
  fact: AskFact,
  given: {
    attempts: number;
    leftMs: number;
    limits: { redispatchMs: number; redispatchMsMax: number };
  },
): Redispatch {
  const { attempts, leftMs, limits } = given;
  if (fact === "timed_out") return { type: "fail", code: "timed_out" };
  if (fact === "unreachable") return { type: "fail", code: "unreachable" };
  const { redispatchMs: firstMs, redispatchMsMax: maxMs } = limits;
  // Without chance: what was tried and when is part of the histories that are tested.
  const delayMs = backOffMs(attempts, { firstMs, maxMs, random: 1 });
  const code = fact === "owner_lost" ? "timed_out" : "unreachable";
  if (delayMs >= leftMs) return { type: "fail", code };
  return { type: "again", delayMs };
}
