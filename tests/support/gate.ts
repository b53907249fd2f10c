/** A door that a test closes and opens, so that it decides when something slow goes on. */

/** Open at first. */
export class Gate {
  #waiting: (() => void)[] = [];
  #isOpen = true;

  /** How many stand before the door. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves at once while the door is open, else when it opens or lets this one through. */
  pass(): Promise<void> {
    if (this.#isOpen) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.#isOpen = false;
  }

  /** Lets the first one through and stays closed. */
  letOneThrough(): void {
    this.#waiting.shift()?.();
  }

  open(): void {
    this.#isOpen = true;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
