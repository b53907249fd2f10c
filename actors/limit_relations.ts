/** What has to hold between the limits of requests, those of sockets, and those of queues. */

import { limits } from "./limits.ts";

type Limits = Record<keyof typeof limits, number>;

/** Between bodies, what they hold and who sends them. */
function bodyRelations(given: Limits): [boolean, string][] {
  return [
    [
      given.textUnitsMax * 9 < given.noteFormBytesMax,
      "a whole note fits in a percent-encoded form",
    ],
    [given.textUnitsMax * 3 < given.formValueBytesMax, "a whole note fits in a field"],
    [given.textUnitsMax * 3 < given.keptFieldsBytesMax, "a whole note can come back"],
    [given.formBytesMax <= given.strangerFormBytesMax, "strangers may send any small form"],
    [given.strangerFormBytesMax < given.linkFormBytesMax, "a link allows more than nothing does"],
    [given.linkFormBytesMax < given.noteFormBytesMax, "a link allows less than an account does"],
    [
      given.bodyBufferBytesMax <= given.strangerBodiesBytesPerAddressMax &&
        given.strangerBodiesBytesPerAddressMax < given.strangerBodiesBytesMax,
      "a body that waits has room, and no address takes all of it",
    ],
    [
      given.linkFormBytesMax <= given.linkBodiesBytesPerAddressMax &&
        given.linkBodiesBytesPerAddressMax < given.linkBodiesBytesMax,
      "a form by a link has room, and no address takes all of it",
    ],
    [
      given.noteFormBytesMax <= given.memberBodiesBytesPerAccountMax &&
        given.memberBodiesBytesPerAccountMax < given.memberBodiesBytesMax,
      "a whole note has room, and no account takes all of it",
    ],
    [
      given.bodyBufferBytesMax <= given.refusedBodiesBytesPerAddressMax &&
        given.refusedBodiesBytesPerAddressMax < given.refusedBodiesBytesMax,
      "a refused body has room, and no address takes all of it",
    ],
    [given.noteFormBytesMax < given.lingerBytesMax, "a refused note is heard to its end"],
    [given.noteFormBytesMax < given.requestBytesMax, "what is too large is refused with words"],
    [given.bodyWindowMs < given.bodyMsMax, "a body is judged before its time is over"],
    [
      given.noteFormBytesMax / given.requestPointBytes < given.requestsPerWindowMax,
      "a whole note can be saved at all",
    ],
  ];
}

/** Between frames, what they hold and who sends them. */
function frameRelations(given: Limits): [boolean, string][] {
  return [
    [
      given.textPieceUnitsMax * 6 + given.deltaComponentsMax * 12 < given.frameBytesMax,
      "the largest edit fits in a frame",
    ],
    [given.smallFrameBytesMax < given.frameBytesMax, "a large frame may be sent at all"],
    [given.frameBytesMax < given.linkFramesBytesMax, "a burst by a link takes any frame"],
    [given.linkFramesBytesMax < given.memberFramesBytesMax, "a link allows less than an account"],
    [given.textUnitsMax * 3 < given.memberFramesBytesMax, "a whole note may be pasted at once"],
    [given.frameBytesMax < given.unsentFrameBytesMax, "a frame fits in what may be unsent"],
    [given.frameBytesMax <= given.socketBufferBytesMax, "a frame fits in a socket's buffer"],
  ];
}

/** Between the queues: events, and what chores leave for later. */
function queueRelations(given: Limits): [boolean, string][] {
  return [
    [given.eventBlockMs * 2 < given.eventLeaseMs, "a reader that waits keeps its lease"],
    [given.eventsReadMax <= given.eventsInHandMax, "what is read can be taken in hand"],
    [given.eventRetryMs <= given.eventRetryMsMax, "an event's pauses start below their maximum"],
    [given.askMsMax * 2 < given.parkedEventHiddenMs, "a try ends before its event comes back"],
    [
      given.relayedEventsMax <= given.handledEventsKeptMax,
      "a part of an outbox that was handled is remembered",
    ],
    [
      given.eventHoldingFailuresMax < given.eventFailuresMax,
      "an event holds others for less than it is tried",
    ],
    [given.sweepRetryMs <= given.sweepRetryMsMax, "an item's pauses start below their maximum"],
    [given.relayRetryMsMax < given.outboxAgeMsMax, "an outbox is tried before it counts as stuck"],
  ];
}

/** Stops the program when two limits contradict each other. */
export function assertLimits(given: Limits = limits): void {
  const relations: [boolean, string][] = [
    ...bodyRelations(given),
    ...frameRelations(given),
    ...queueRelations(given),
    [given.turnOperationsMax <= given.mailboxOperationsMax, "a turn fits in a mailbox"],
    [
      given.mailboxOperationsPerSenderMax * 2 <= given.mailboxOperationsMax,
      "one sender leaves room in a mailbox for others",
    ],
    [given.recentVersionsMax <= given.rebaseVersionsMax, "recent versions can be rebased"],
    [
      given.snapshotEveryVersions <= given.snapshotVersionsMax,
      "snapshots may be due before they must",
    ],
    [given.catchUpVersionsMax <= given.entriesReadMax, "what is caught up with is read at once"],
    [given.entriesReadMax <= given.rebaseVersionsMax, "who can catch up can be rebased"],
    [given.textPieceUnitsMax * 4 <= given.recentUnitsMax, "long pieces stay in memory for a while"],
    [given.turnOperationsMax < given.recentVersionsMax, "a turn fits in the recent versions"],
    [given.restartBackoffMs <= given.restartBackoffMsMax, "back-off starts below its maximum"],
    [
      given.restartBackoffMsMax * given.restartsMax < given.restartWindowMs,
      "an actor that always crashes is quarantined",
    ],
    [given.deadlineTickMs < given.askMsMax, "a deadline is longer than a tick"],
    [given.stallWatchMs < given.stallMsMax, "the watch on the event loop sees every stall"],
    [given.workSliceMsMax < given.stallMsMax, "a slice of work is no stall"],
    [given.workersMin <= given.workersMax, "there may be as many workers as there have to be"],
    [given.renderInlineUnitsMax <= given.renderPartUnitsMax, "a short text has one part"],
    [
      given.workerTidyBytes <= given.workerKeptBytesMax,
      "a worker tidies up before it has to leave",
    ],
    [given.workerKeptBytesMax <= given.workerBytesMax, "a worker that stays is not too large"],
    [
      given.leaseRenewMs * 2 + given.leaseMarginMs < given.leaseMs,
      "a lease outlives a renewal that fails",
    ],
    [
      given.leaseRenewMs * 3 + given.leaseCallMsMax < given.isolationMs,
      "nodes that lose the same know it of each other before one stands aside",
    ],
    [given.handOverMsMax < given.drainMsMax, "shards are handed over before a drain is cut off"],
    [given.watchRenewMs * 2 < given.watchMsMax, "a watch outlives a renewal that is lost"],
    [given.sessionCheckMs * 2 < given.presenceMs, "presence outlives saying it again"],
    [given.redispatchMs <= given.redispatchMsMax, "waits for an owner start below their maximum"],
    [given.sweepMs <= given.idleMsMax, "idle actors are seen in time"],
    [given.redisRetryMs <= given.redisRetryMsMax, "connecting again starts below its maximum"],
    [given.redisCommandMsMax < given.redisSilenceMsMax, "a slow command is no broken connection"],
    [
      given.transactionIdleMsMax < given.lockWaitMsMax,
      "who waits for a lock outlives a transaction that was left",
    ],
    [given.probeAgainMs <= given.probeMs, "what is broken is probed more often"],
    [given.probeBusyMs < given.probeMsMax, "a probe that met a writer can try again in time"],
    [given.lockWaitMsMax < given.statementMsMax, "a statement may wait for a lock"],
    [given.statementMsMax < given.statementAnswerMsMax, "Postgres ends a statement before us"],
    [given.statementAnswerMsMax < given.askMsMax, "an ask outlives a statement"],
    [given.pushRetryMs <= given.pushRetryMsMax, "pauses between pushes start below their maximum"],
    [given.mailRetryMs <= given.mailRetryMsMax, "pauses between mails start below their maximum"],
    [given.mailMsMax * 2 < given.deliveryHiddenMs, "a delivery is done before it comes back"],
    [
      given.mailConnectMsMax + given.mailAnswerMsMax < given.mailMsMax,
      "a mail may wait for answers",
    ],
  ];
  for (const [holds, relation] of relations) {
    if (!holds) throw new RangeError(`Cannot load limits: expected that ${relation}`);
  }
}

assertLimits();
