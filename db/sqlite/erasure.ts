/** Erasing what was deleted from files takes a while, and is done once for all callers that wait. */

/** Runs on request, one run at a time. */
export class Erasure {
  readonly #run: () => Promise<void>;
  #last: Promise<void> = Promise.resolve();
  /** A run that has not begun: what is deleted until then is erased by it. */
  #next: Promise<void> | undefined;

  constructor(run: () => Promise<void>) {
    this.#run = run;
  }

  /** Resolves when a run is done that began after this was called. */
  erase(): Promise<void> {
    if (this.#next === undefined) {
      const next = this.#last.then(() => {
        this.#next = undefined;
        return this.#run();
      });
      this.#next = next;
      this.#last = next.catch(() => {});
    }
    return this.#next;
  }
}
