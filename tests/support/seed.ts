/**
 * Where chance begins in tests. It is the same in every run of the gate, so that what a run says is about
 * the change; `bun run soak tests` begins anywhere and says where.
 */

/** The seed of this run. */
export function testSeed(): number {
  return Number(process.env.TEST_SEED ?? 1);
}

/** A small generator of numbers in [0, 1), so that a failure can be run again by its seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
