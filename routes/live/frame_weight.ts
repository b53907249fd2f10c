/**
 * How much it takes to read a frame, seen before it is parsed: a parser makes an object of every pair of
 * brackets and a value of everything between two commas, so that a few megabytes of them hold the thread
 * for seconds. Looking at each unit once costs a few milliseconds at most, and ends with the first too many.
 */

/** What a JSON text is held to. */
export interface FrameWeightLimits {
  /** Arrays and objects inside of each other. */
  depthMax: number;
  /** Values and names, brackets included. */
  valuesMax: number;
}

/** What was found. */
export interface FrameWeight {
  /** Whether the whole text keeps to the limits. */
  isWithin: boolean;
  depth: number;
  values: number;
  /** How far the text was looked at. */
  scannedUnits: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Weighs a text that should be JSON; whether it is, the parser says. */
export function weigh(text: string, { depthMax, valuesMax }: FrameWeightLimits): FrameWeight {
  let depth = 0;
  let deepest = 0;
  let values = 1;
  let i = 0;
  for (; i < text.length && deepest <= depthMax && values <= valuesMax; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = endOfString(text, i);
        break;
      case COMMA:
      case COLON:
        values += 1;
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        values += 1;
        depth += 1;
        deepest = Math.max(deepest, depth);
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        depth -= 1;
        break;
    }
  }
  const isWithin = deepest <= depthMax && values <= valuesMax;
  return { isWithin, depth: deepest, values, scannedUnits: Math.min(i, text.length) };
}

/** Where the string that begins at a quote ends, or the text where it does not. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === QUOTE) return i;
    if (unit === BACKSLASH) i += 1;
  }
  return text.length;
}
