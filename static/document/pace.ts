/** When a frame may be sent: one at a time, again after silence, and later after a refusal. */

/** A frame without any answer for this long is sent again, which is safe. */
const RESEND_MS = 15_000;
const BACKOFF_MS = 500;
const BACKOFF_MS_MAX = 30_000;

/** The pace of one kind of frame. */
export class Pace {
  #sentAt: number | undefined;
  #retryAt = 0;
  #failures = 0;

  /** When the next frame may be sent. */
  get nextAt(): number {
    return this.#sentAt === undefined ? this.#retryAt : this.#sentAt + RESEND_MS;
  }

  /** Whether a frame was sent and not answered. */
  get isWaiting(): boolean {
    return this.#sentAt !== undefined;
  }

  /** A frame was sent. */
  sent(now: number): void {
    this.#sentAt = now;
  }

  /** It was done, or the line is new: nothing has to wait. */
  reset(): void {
    this.#sentAt = undefined;
    this.#retryAt = 0;
    this.#failures = 0;
  }

  /** It was not done, and should be tried again later, after so long at least. */
  failed(now: number, retryAfterSeconds = 0): void {
    this.#sentAt = undefined;
    const backoff = Math.min(BACKOFF_MS * 2 ** this.#failures++, BACKOFF_MS_MAX);
    this.#retryAt = now + Math.max(backoff, retryAfterSeconds * 1000);
  }
}
