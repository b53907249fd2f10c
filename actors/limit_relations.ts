/** What has to hold between the limits of requests, those of sockets, and those of queues. */

import type { limits } from "./limits.ts";

type Limits = Record<keyof typeof limits, number>;

/** Between bodies, what they hold and who sends them. */
export function bodyRelations(given: Limits): [boolean, string][] {
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
export function frameRelations(given: Limits): [boolean, string][] {
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
export function queueRelations(given: Limits): [boolean, string][] {
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
