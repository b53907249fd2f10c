/** The one door into `actors/` for routes, views and db. */

export * from "./back_off.ts";
export { Cluster, type ClusterOptions, type ClusterReport } from "./cluster/cluster.ts";
export * from "./cluster/ports.ts";
export * from "./delta.ts";
export * from "./document.ts";
export * from "./errors.ts";
export * from "./events.ts";
export * from "./ids.ts";
export * from "./inbox.ts";

import "./limit_relations.ts";

export * from "./limits.ts";
export * from "./pieces.ts";
export * from "./ports.ts";
export type { ActivationState } from "./runtime/actor.ts";
export * from "./runtime/behavior.ts";
export * from "./runtime/clock.ts";
export type { DeadLetter, DeadLetterReason } from "./runtime/dead_letters.ts";
export type { Territory } from "./runtime/kind.ts";
export * from "./runtime/loop_watch.ts";
export type { Lane } from "./runtime/mailbox.ts";
export * from "./runtime/ref.ts";
export type {
  KindReport,
  LiveActor,
  QuarantinedActor,
  SystemReport,
} from "./runtime/report.ts";
export type { RuntimeLimits } from "./runtime/runtime_limits.ts";
export * from "./runtime/slices.ts";
export type { Listener } from "./runtime/subscribers.ts";
export { ActorSystem, type SystemOptions } from "./runtime/system.ts";
export type { TurnFigures } from "./runtime/turn_times.ts";
export * from "./session_ends.ts";
export { compareTexts } from "./text_comparison.ts";
export * from "./workers/mod.ts";
