/** What workers do with the text of a note, by name; see `rendering.ts` for who asks for it. */

import {
  compareTexts,
  countWords,
  type Delta,
  limits,
  type Mentionable,
  mentionsIn,
  type StoredRevision,
  type TextDigest,
  textAt,
} from "../../actors/mod.ts";
import { renderBlocks } from "../../views/document/markdown.ts";

/** What rendering a part takes besides its text. */
export interface RenderOptions {
  people: readonly Mentionable[];
}

/**
 * What a text is compared with: a beginning of the job's text, or a version in the job's bytes, which are
 * those of a `StoredRevision`: the frontiers, the snapshot if there is one, and the updates.
 */
export type CompareOptions = { beforeUnits: number } | { hasSnapshot: boolean };

/** A version as the bytes of a job. */
export function bytesOfRevision({ frontiers, snapshot, updates }: StoredRevision): Uint8Array[] {
  return [frontiers, ...(snapshot ? [snapshot] : []), ...updates];
}

/** The jobs. */
export const jobs = { render, read, compare } as const;

/** The HTML of each block; as an error when it is more than can be shown at once. */
function render(text: string, options: unknown): string[] {
  const { people } = options as RenderOptions;
  const blocks = renderBlocks(text, people);
  const units = blocks.reduce((sum, block) => sum + block.length, 0);
  if (units > limits.renderedUnitsMax) {
    throw new RangeError(
      `Cannot render: expected at most ${limits.renderedUnitsMax} units of HTML`,
    );
  }
  return blocks;
}

/** What comparing may find. */
const FOUND = { componentsMax: limits.comparedComponentsMax };

/** What makes a text of an older one. */
function compare(text: string, options: unknown, bytes: readonly Uint8Array[] = []): Delta {
  const given = options as CompareOptions;
  if ("hasSnapshot" in given) {
    const [frontiers = new Uint8Array(), ...stored] = bytes;
    const snapshot = given.hasSnapshot ? stored.shift() : undefined;
    return compareTexts(textAt({ snapshot, updates: stored }, frontiers), text, FOUND);
  }
  return compareTexts(text.slice(0, given.beforeUnits), text.slice(given.beforeUnits), FOUND);
}

/** Counts words and finds names. */
function read(text: string, options: unknown): TextDigest {
  const { people } = options as RenderOptions;
  return { words: countWords(text), mentions: mentionsIn(text, people) };
}
