/** Which colors people and their carets have in an open document. */

import { PERSON_COLORS, personColor } from "../../views/parts/components.tsx";
import type { LiveConnection } from "../live/socket.ts";

/** Somebody who is here and has a color. */
export interface Colored {
  client: string;
  userId: string | null;
  color: number;
}

/** The color somebody has already in another tab, or the one of their own, or the next free one. */
export function freeColor(
  { client, viewer }: Pick<LiveConnection, "client" | "viewer">,
  people: readonly Colored[],
): number {
  const tab = people.find(({ userId }) => viewer !== undefined && userId === viewer.id);
  return tab?.color ?? nextColor(viewer?.id ?? client, people);
}

/**
 * The other colors that some of those here take, by person or client: people who joined on two nodes at
 * once may have the same one.
 */
export function yieldedColors(
  here: readonly Colored[],
  elsewhere: readonly Colored[],
): Map<string, number> {
  const yielded = new Map<string, number>();
  for (const one of here) {
    const key = keyOf(one);
    const isTaken = elsewhere.some((other) => other.color === one.color && keyOf(other) < key);
    if (!isTaken) continue;
    const next = nextColor(key, [...here, ...elsewhere]);
    if (next !== one.color) yielded.set(key, next);
  }
  return yielded;
}

function keyOf({ userId, client }: Colored): string {
  return userId ?? client;
}

/** The color of somebody's own, or the next one that nobody has; their own where all are taken. */
function nextColor(key: string, people: readonly Colored[]): number {
  const taken = new Set(people.map(({ color }) => color));
  const own = personColor(key);
  for (let i = 0; i < PERSON_COLORS; i++) {
    if (!taken.has((own + i) % PERSON_COLORS)) return (own + i) % PERSON_COLORS;
  }
  return own;
}
