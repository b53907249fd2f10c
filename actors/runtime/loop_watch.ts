/**
 * Watches the event loop. A step that holds the thread for longer than `limits.stallMsMax` keeps
 * everybody on this node waiting, so each such stall is counted and logged with its cause.
 *
 * A timer sees that the loop was held; what held it is known by the steps that name themselves
 * ({@linkcode StepMeter}) and by the requests that were in progress. Processor time of the thread tells
 * a stall of ours from a machine that was busy with something else: only the first is counted as one.
 */

import { limits } from "../limits.ts";
import type { Log, StepMeter } from "../ports.ts";
import type { ActorTypes, Behavior } from "./behavior.ts";
import type { Clock } from "./clock.ts";

/** One time that the loop was held. */
export interface Stall {
  /** How long nothing else had its turn. */
  ms: number;
  /** Of that, how long the thread worked. */
  workMs: number;
  /** What took the most of it, as far as that is known. */
  cause: string;
  /** Milliseconds since 1970. */
  at: number;
}

/** What the watch has seen since it was started. */
export interface LoopReport {
  /** Stalls in which the thread worked for longer than it may. */
  stalls: number;
  worstMs: number;
  /** Times that the thread could not go on for as long, because of a disk or of other processes. */
  waits: number;
  /** The newest stalls and waits, newest last. */
  recent: readonly Stall[];
}

/** What the watch works with. */
export interface LoopWatchOptions {
  clock: Clock;
  log: Log;
  /** Processor time of this thread so far, in milliseconds. */
  workedMs(): number;
}

interface Step {
  name: string;
  ms: number;
}

/** Steps shorter than this explain no stall. */
const STEP_MS_MIN = 4;
const CAUSES_MAX = 3;

/** The watch on the event loop of one process. */
export class LoopWatch implements StepMeter {
  readonly #options: LoopWatchOptions;
  /** Long steps since the last look. */
  #steps: Step[] = [];
  readonly #inProgress = new Map<symbol, string>();
  readonly #recent: Stall[] = [];
  #stalls = 0;
  #waits = 0;
  #worstMs = 0;
  #lookedMs = 0;
  #workedMs = 0;
  #loggedMs = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(options: LoopWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#begin();
    this.#plan();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  get report(): LoopReport {
    return {
      stalls: this.#stalls,
      worstMs: this.#worstMs,
      waits: this.#waits,
      recent: [...this.#recent],
    };
  }

  step<Value>(name: string, take: () => Value): Value {
    const startedMs = this.#options.clock.monotonic();
    try {
      return take();
    } finally {
      const ms = this.#options.clock.monotonic() - startedMs;
      if (ms >= STEP_MS_MIN) this.#steps.push({ name, ms });
    }
  }

  /** Says that something is in progress until the result is called; it may explain a stall. */
  enter(name: string): () => void {
    const key = Symbol();
    this.#inProgress.set(key, name);
    return () => this.#inProgress.delete(key);
  }

  #begin(): void {
    this.#lookedMs = this.#options.clock.monotonic();
    this.#workedMs = this.#options.workedMs();
    this.#steps = [];
  }

  #plan(): void {
    this.#cancel = this.#options.clock.setTimer(limits.stallWatchMs, () => {
      this.#look();
      this.#plan();
    });
  }

  #look(): void {
    const ms = this.#options.clock.monotonic() - this.#lookedMs - limits.stallWatchMs;
    if (ms > limits.stallMsMax) {
      const workMs = this.#options.workedMs() - this.#workedMs;
      this.#note({ ms, workMs, cause: this.#cause(), at: this.#options.clock.now() });
    }
    this.#begin();
  }

  #note(stall: Stall): void {
    if (stall.workMs > limits.stallMsMax) {
      this.#stalls++;
      this.#worstMs = Math.max(this.#worstMs, stall.workMs);
    } else this.#waits++;
    this.#recent.push(stall);
    if (this.#recent.length > limits.stallsKeptMax) this.#recent.shift();
    const now = this.#options.clock.monotonic();
    if (now - this.#loggedMs < limits.stallLogMs) return;
    this.#loggedMs = now;
    const { ms, workMs, cause } = stall;
    this.#options.log.warn("the event loop was held", {
      ms: Math.round(ms),
      workMs: Math.round(workMs),
      cause,
      stalls: this.#stalls,
      waits: this.#waits,
    });
  }

  /** The longest steps; where no step was named, what was in progress. */
  #cause(): string {
    const steps = this.#steps.toSorted((one, other) => other.ms - one.ms).slice(0, CAUSES_MAX);
    if (steps.length > 0) {
      return steps.map(({ name, ms }) => `${name} ${Math.round(ms)} ms`).join(", ");
    }
    const names = [...new Set(this.#inProgress.values())].slice(0, CAUSES_MAX);
    return names.length === 0 ? "unknown" : `during ${names.join(", ")}`;
  }
}

/** A behavior whose decisions name themselves, as `document.edit`. */
export function metered<T extends ActorTypes & { operation: { type: string } }>(
  behavior: Behavior<T>,
  meter: StepMeter,
): Behavior<T> {
  const { kind } = behavior;
  const { passivate } = behavior;
  return {
    ...behavior,
    load: (id, stored) => meter.step(`${kind} load`, () => behavior.load(id, stored)),
    apply: (state, operation, answer) =>
      meter.step(`${kind} ${operation.type}`, () => behavior.apply(state, operation, answer)),
    ...(passivate && {
      passivate: (state) => meter.step(`${kind} passivate`, () => passivate(state)),
    }),
  };
}
