/** What workers do with the text of a note, by name; see `rendering.ts` for who asks for it. */

import { countWords, limits, type Mentionable, mentionsIn } from "../actors/mod.ts";
import { renderBlocks } from "../views/markdown.ts";

/** What rendering a part takes besides its text. */
export interface RenderOptions {
  people: readonly Mentionable[];
}

/** What the read side keeps of a text and takes long to find. */
export interface Digest {
  words: number;
  /** The ids of those whom the text names. */
  mentions: string[];
}

/** The jobs. */
export const jobs = { render, read } as const;

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

/** Counts words and finds names. */
function read(text: string, options: unknown): Digest {
  const { people } = options as RenderOptions;
  return { words: countWords(text), mentions: mentionsIn(text, people) };
}
