/** "At once" without a clock: whether something is settled before it could have waited for anything. */

/** Turns of the event loop in which promises are followed; far fewer than any timer or socket takes. */
const TURNS = 10;

/** Whether a promise settles within a few turns of the event loop. Never rejects. */
export async function isAtOnce(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  promise.then(settle, settle);
  for (let turn = 0; turn < TURNS && !isSettled; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return isSettled;
}
