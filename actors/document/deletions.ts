/**
 * Deleting in parts. Loro takes a few microseconds for each of the pieces in which a text was once typed,
 * and a note that was written for years has hundreds of thousands of them, so that emptying it at once
 * holds the thread for a second. What is deleted goes first, as entries of their own: whoever sent the
 * edit has it deleted already, and sees nothing of the parts.
 */

import { type Delta, normalize } from "../delta.ts";
import { limits } from "../limits.ts";
import { isInsideCharacter } from "./loro.ts";
import type { DocumentState } from "./types.ts";

/**
 * As much of what a delta deletes as one entry may; undefined where it deletes no more than that, and
 * may go as it is. The delta has to fit the text.
 */
export function deletionsOf(state: DocumentState, delta: Delta): Delta | undefined {
  const part: number[] = [];
  let position = 0;
  let room: number = limits.entryDeletedUnitsMax;
  let count = 0;
  for (const component of delta) {
    if (typeof component === "string") continue;
    if (component < 0) {
      if (count === limits.entryDeletionsMax) return normalize(part);
      count += 1;
      if (component < -room) {
        const end = isInsideCharacter(state, position + room) ? room - 1 : room;
        return normalize([...part, -end]);
      }
      room += component;
    }
    part.push(component);
    position += Math.abs(component);
  }
  return undefined;
}
