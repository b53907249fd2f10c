/** A clock that several processes of one machine read alike, finer than a millisecond. */

const TICKS = 5;
const ORIGIN_MS = origin();

/** Milliseconds since 1970, as the machine's clock stood when the process began, and from there on. */
export function sharedNow(): number {
  return ORIGIN_MS + performance.now();
}

/** Between the two clocks, as seen when the coarse one ticks; whoever is interrupted sees it late. */
function origin(): number {
  let origin = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < TICKS; i++) {
    const before = Date.now();
    let now = before;
    while (now === before) now = Date.now();
    origin = Math.max(origin, now - performance.now());
  }
  return origin;
}
