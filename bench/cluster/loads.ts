/** How fast notes come into memory from either kind of database, in a process of its own. */

import { join } from "node:path";
import { askChild } from "../children.ts";
import type { ActivationFigures, ActivationPlan } from "./activations.ts";
import type { Place } from "./places.ts";

/** How much work is done. */
export interface LoadsPlan {
  notes: number;
  /** The text is slower to get at, so fewer are asked for it. */
  described: number;
  inFlight: number;
}

/** One database, one question. */
export interface LoadsFigures {
  database: "SQLite" | "Postgres";
  operation: "role" | "describe";
  figures: ActivationFigures;
}

const MS_MAX = 120_000;
const PROGRAM = [process.execPath, join(import.meta.dir, "activations.ts")];

/** Fills a place with notes. */
export async function storeNotesAt(
  place: Place,
  given: { notes: number; text: string },
): Promise<void> {
  const plan: ActivationPlan = { place, task: "store", ...given };
  await askChild(PROGRAM, plan, { deadlineMs: MS_MAX });
}

/** Asks notes of places that are filled; each time in a process that has none in memory. */
export async function measureActivations(
  places: { SQLite: Place; Postgres: Place },
  { notes, described, inFlight }: LoadsPlan,
): Promise<LoadsFigures[]> {
  const all: LoadsFigures[] = [];
  for (const database of ["SQLite", "Postgres"] as const) {
    for (const operation of ["role", "describe"] as const) {
      const count = operation === "role" ? notes : described;
      const plan: ActivationPlan = {
        ...{ place: places[database], task: "ask", operation, notes: count, inFlight },
      };
      const figures = await askChild<ActivationFigures>(PROGRAM, plan, { deadlineMs: MS_MAX });
      all.push({ database, operation, figures });
    }
  }
  return all;
}
