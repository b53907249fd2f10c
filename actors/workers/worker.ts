/** Workers: what a process does by itself from its start to its end, as a list. */

/** One worker; some only begin, and some only have to be ended. */
export interface Worker {
  start?(): void | Promise<void>;
  /** Resolves when nothing of it runs anymore. */
  stop?(): void | Promise<void>;
}

/** Starts all, one after the other. */
export async function startAll(workers: readonly Worker[]): Promise<void> {
  for (const worker of workers) await worker.start?.();
}

/** Stops all, from the last to the first, so that each finds what it stands on. */
export async function stopAll(workers: readonly Worker[]): Promise<void> {
  for (const worker of workers.toReversed()) await worker.stop?.();
}
