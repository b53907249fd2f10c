/** What the suite does by itself: what every worker needs, and the workers of the nouns. */

export * from "./at_once.ts";
export * from "./document_eraser.ts";
export * from "./document_projector.ts";
export * from "./event_consumer.ts";
export * from "./event_failure.ts";
export * from "./event_relay.ts";
export * from "./event_watch.ts";
export * from "./gathered.ts";
export * from "./housekeeping.ts";
export * from "./inbox_chores.ts";
export * from "./inbox_deliverer.ts";
export * from "./inbox_devices.ts";
export * from "./inbox_notifier.ts";
export * from "./repeat.ts";
export * from "./sweep.ts";
export * from "./told_once.ts";
export * from "./worker.ts";
