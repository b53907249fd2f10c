/** What Linux knows of a running process: the time it has used and the memory it holds. */

import { readFileSync } from "node:fs";

/** Clock ticks in a second; the same on every Linux that Bun runs on. */
const TICKS_PER_SECOND = 100;

/** Processor seconds of a process, all its threads together, in user and in kernel mode. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The second field is a name in parentheses that may hold spaces; the third follows it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Bytes of a process that are in memory, pages of shared files included. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

/**
 * The memory of a process once it has stopped changing by more than a hundredth within `forMs`, or as
 * it is after `atMostMs`.
 */
export async function settledBytes(
  pid: number,
  { forMs = 4_000, atMostMs = 20_000 }: { forMs?: number; atMostMs?: number } = {},
): Promise<number> {
  const deadline = performance.now() + atMostMs;
  let bytes = residentBytes(pid);
  let since = performance.now();
  while (performance.now() < deadline && performance.now() - since < forMs) {
    await Bun.sleep(200);
    const now = residentBytes(pid);
    if (Math.abs(now - bytes) <= bytes / 100) continue;
    bytes = now;
    since = performance.now();
  }
  return residentBytes(pid);
}
