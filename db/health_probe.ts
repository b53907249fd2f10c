/**
 * Finds out, in the background, whether each service's database can be read and written, and whether what
 * was wrong is over. Whoever asks for the health gets what is known and starts no work.
 */

import { type Clock, type Log, limits, type PartState } from "../actors/mod.ts";
import type { Probed } from "./sql/service_health.ts";

/** Probes databases one by one, each at its own pace. */
export class HealthProbe {
  readonly #services: readonly ServiceProbe[];

  /** `services` by their names; changes of their states are written down. */
  constructor(
    services: Readonly<Record<string, Probed>>,
    { clock, log }: { clock: Clock; log: Log },
  ) {
    this.#services = Object.entries(services).map(([name, probed]) => {
      probed.health.observe((state, was) => {
        if (state === "ok") log.info("a database works again", { service: name, was });
        else log.warn("a database does not work", { service: name, state, was });
      });
      return new ServiceProbe(name, probed, clock);
    });
  }

  /** The names of the services. */
  get names(): string[] {
    return this.#services.map(({ name }) => name);
  }

  /** What is known; answers at once. */
  states(): Record<string, PartState> {
    return Object.fromEntries(this.#services.map(({ name, state }) => [name, state]));
  }

  start(): void {
    for (const service of this.#services) service.start();
  }

  /** What is being asked is not waited for: its answer changes nothing anymore. */
  stop(): void {
    for (const service of this.#services) service.stop();
  }
}

class ServiceProbe {
  readonly name: string;
  readonly #probed: Probed;
  readonly #clock: Clock;
  readonly #stopped = new AbortController();
  #cancelTick: () => void = () => {};
  #probing: Promise<void> | undefined;
  #probedAt = Number.NEGATIVE_INFINITY;
  #verifying: Promise<void> | undefined;
  #verifyAt = 0;

  constructor(name: string, probed: Probed, clock: Clock) {
    this.name = name;
    this.#probed = probed;
    this.#clock = clock;
  }

  get state(): PartState {
    return this.#probed.health.state;
  }

  start(): void {
    this.#tick();
  }

  stop(): void {
    this.#stopped.abort();
    this.#cancelTick();
  }

  /** What is broken is asked again soon, and what works from time to time. */
  #tick(): void {
    if (this.#stopped.signal.aborted) return;
    this.#probed.poll?.();
    const restMs = this.state === "ok" ? limits.probeMs : limits.probeAgainMs;
    if (this.#clock.monotonic() - this.#probedAt >= restMs) {
      this.#probing ??= this.#probe().finally(() => {
        this.#probing = undefined;
      });
    }
    if (this.#probed.health.has("corrupt") && this.#clock.monotonic() >= this.#verifyAt) {
      this.#verifying ??= this.#verify().finally(() => {
        this.#verifying = undefined;
      });
    }
    this.#cancelTick = this.#clock.setTimer(limits.probeAgainMs, () => this.#tick());
  }

  async #probe(): Promise<void> {
    const { health } = this.#probed;
    const startedAt = this.#clock.monotonic();
    const cancel = this.#clock.setTimer(limits.probeMsMax, () => health.met("slow"));
    try {
      const isLarge = health.has("full");
      while ((await this.#probed.probe({ isLarge })) === "busy") {
        if (this.#stopped.signal.aborted) return;
        await this.#wait(limits.probeBusyMs);
      }
      health.healed("down");
      if (isLarge) health.healed("full");
      // One that had to wait for its answer shows the opposite.
      if (this.#clock.monotonic() - startedAt < limits.probeMsMax) health.healed("slow");
      else health.met("slow");
    } catch (error) {
      if (!this.#stopped.signal.aborted) health.met(this.#probed.ailmentOf(error));
    } finally {
      cancel();
      this.#probedAt = this.#clock.monotonic();
    }
  }

  /** A large database takes long to look through, so that it rests for longer in between. */
  async #verify(): Promise<void> {
    const { health } = this.#probed;
    const startedAt = this.#clock.monotonic();
    const before = health.timesMet("corrupt");
    const isWhole = await this.#isWhole().catch(() => false);
    if (isWhole && health.timesMet("corrupt") === before) health.healed("corrupt");
    const now = this.#clock.monotonic();
    this.#verifyAt =
      now + Math.max(limits.verifyRestMs, (now - startedAt) * limits.verifyRestRatio);
  }

  async #isWhole(): Promise<boolean> {
    if (this.#probed.verify) return await this.#probed.verify(this.#stopped.signal);
    await this.#wait(limits.damageQuietMs);
    return !this.#stopped.signal.aborted;
  }

  /** Ends at once when there is nothing to wait for anymore. */
  #wait(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { signal } = this.#stopped;
    const end = () => {
      signal.removeEventListener("abort", end);
      cancel();
      resolve();
    };
    const cancel = this.#clock.setTimer(ms, end);
    signal.addEventListener("abort", end);
    return promise;
  }
}
