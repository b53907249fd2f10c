/** Waits by asking: no test sleeps for a time that somebody guessed. */

const POLL_MS = 10;
const DEADLINE_MS = 10_000;

/** How long to ask, and what for. */
export interface WaitOptions {
  deadlineMs?: number;
  /** What is waited for, in the error of a wait that was in vain. */
  what?: string;
}

/** Asks until the answer is neither undefined, null nor false, and answers with it. */
export async function waitFor<Value>(
  condition: () => Value | Promise<Value>,
  options: WaitOptions = {},
): Promise<Exclude<Value, undefined | null | false>> {
  const { deadlineMs = DEADLINE_MS, what = condition.toString() } = options;
  const deadline = performance.now() + deadlineMs;
  while (true) {
    const value = await condition();
    if (value !== undefined && value !== null && value !== false) {
      return value as Exclude<Value, undefined | null | false>;
    }
    if (performance.now() > deadline) {
      throw new Error(`Cannot go on: waited ${deadlineMs} ms for ${what}`);
    }
    await Bun.sleep(POLL_MS);
  }
}
