/** The one door into `actors/` for routes, views and db. */

export * from "./delta.ts";
export * from "./document.ts";
export * from "./errors.ts";
export * from "./ids.ts";
export * from "./limits.ts";
export * from "./ports.ts";
export * from "./runtime/behavior.ts";
export * from "./runtime/clock.ts";
