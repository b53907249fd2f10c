/**
 * How fast something can be asked, whatever it is: the same loop for every contender, under Bun and
 * under Node.js. Asks go out in rounds, and the next round begins when the last one is answered.
 */

/** How to ask. */
export interface RoundsPlan {
  /** Asks of one round, all on their way at once. */
  inFlight: number;
  warmUpMs: number;
  windowMs: number;
  windows: number;
}

/** What was done in one window. */
export interface AskWindow {
  asks: number;
  ms: number;
  /** Processor time of the process, all its threads together: also the collector's. */
  cpuMs: number;
}

/** Asks in rounds, and answers with what was done in each window. */
export async function askInRounds(
  ask: (index: number) => Promise<unknown>,
  plan: RoundsPlan,
): Promise<AskWindow[]> {
  const { inFlight, warmUpMs, windowMs, windows } = plan;
  await askFor(ask, { inFlight, forMs: warmUpMs });
  const done: AskWindow[] = [];
  for (let i = 0; i < windows; i++) done.push(await askFor(ask, { inFlight, forMs: windowMs }));
  return done;
}

async function askFor(
  ask: (index: number) => Promise<unknown>,
  { inFlight, forMs }: { inFlight: number; forMs: number },
): Promise<AskWindow> {
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage();
  let asks = 0;
  let ms = 0;
  while (ms < forMs) {
    const round: Promise<unknown>[] = [];
    for (let i = 0; i < inFlight; i++) round.push(ask(asks + i));
    await Promise.all(round);
    asks += inFlight;
    ms = performance.now() - startedMs;
  }
  const { user, system } = process.cpuUsage(startedCpu);
  return { asks, ms, cpuMs: (user + system) / 1_000 };
}
