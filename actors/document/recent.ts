/**
 * The newest entries of a note, which stay in memory so that late edits are rebased without reading. How
 * many that are depends on what they weigh: a thousand keystrokes are little, twenty large pastes are not.
 */

import { limits } from "../limits.ts";
import type { JournalEntry } from "../ports.ts";
import type { DocumentState } from "./types.ts";

/** What an entry and its ids take besides its components, and what one of those takes, as text would. */
const ENTRY_UNITS = 64;
const COMPONENT_UNITS = 8;

/** What an entry weighs in memory and in a frame, in units of text. */
function weightOf({ delta }: JournalEntry): number {
  let units = ENTRY_UNITS + COMPONENT_UNITS * delta.length;
  for (const component of delta) if (typeof component === "string") units += component.length;
  return units;
}

/** What entries weigh together. */
export function weightOfAll(entries: readonly JournalEntry[]): number {
  return entries.reduce((sum, entry) => sum + weightOf(entry), 0);
}

/** Keeps an entry that was accepted; the oldest leave. */
export function remember(state: DocumentState, entry: JournalEntry): void {
  const { recent, operations } = state;
  recent.push(entry);
  state.recentUnits += weightOf(entry);
  operations.set(entry.operationId, entry.version);
  // Trimmed by halves, so that no edit pays for moving the whole window.
  if (recent.length >= limits.recentVersionsMax * 2) forget(state, limits.recentVersionsMax);
  if (state.recentUnits > limits.recentUnitsMax * 2) forget(state, countToForget(state));
}

/** Always less than all: the newest one tells which history this is. */
function countToForget({ recent, recentUnits }: DocumentState): number {
  let units = recentUnits;
  let count = 0;
  for (const entry of recent.slice(0, -1)) {
    if (units <= limits.recentUnitsMax) break;
    units -= weightOf(entry);
    count += 1;
  }
  return count;
}

function forget(state: DocumentState, count: number): void {
  const old = state.recent.splice(0, count);
  for (const { operationId } of old) state.operations.delete(operationId);
  state.recentUnits -= weightOfAll(old);
}
