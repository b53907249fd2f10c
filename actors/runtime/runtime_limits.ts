/** The part of the suite's limits that the runtime is held to; tests give smaller ones. */

import type { limits } from "../limits.ts";

/** Limits of the runtime, by the names they have in `actors/limits.ts`. */
export type RuntimeLimits = {
  readonly [Name in RuntimeLimitName]: number;
};

type RuntimeLimitName = keyof typeof limits &
  (
    | "mailboxOperationsMax"
    | "mailboxOperationsPerSenderMax"
    | "mailboxSystemOperationsMax"
    | "turnOperationsMax"
    | "needsPerOperationMax"
    | "commitBatchesMax"
    | "commitGatherMs"
    | "sliceMsMax"
    | "askMsMax"
    | "deadlineTickMs"
    | "idleMsMax"
    | "sweepMs"
    | "liveActorsMax"
    | "residentBytesMax"
    | "pressureLeaversMax"
    | "restartsMax"
    | "restartWindowMs"
    | "restartBackoffMs"
    | "restartBackoffMsMax"
    | "deadLettersKeptMax"
    | "deadLetterLogMs"
    | "storeFailureLogMs"
    | "turnTimesKeptMax"
    | "busiestActorsMax"
    | "drainMsMax"
  );
