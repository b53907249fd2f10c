/** How long to wait after something has failed, before it is tried again. */

/** Between which pauses, and chance. */
export interface BackOff {
  firstMs: number;
  maxMs: number;
  /** A number in [0, 1), so that what failed together does not come back together. */
  random: number;
}

/**
 * The pause after so many failures in a row, from 1. It doubles from the first up to the maximum; what is
 * waited is between half and all of that ("equal jitter"): never nothing, and not the same for everybody.
 */
export function backOffMs(failures: number, { firstMs, maxMs, random }: BackOff): number {
  return Math.min(firstMs * 2 ** (failures - 1), maxMs) * (0.5 + random / 2);
}
