/**
 * Asks notes that lie in a store and are in nobody's memory, each once. Takes an `ActivationPlan` on
 * standard input, fills the store or asks, and answers with `ActivationFigures`.
 */

import {
  ActorSystem,
  type Actors,
  type DocumentOperation,
  type DocumentTypes,
  documentBehavior,
  systemClock,
} from "../../actors/mod.ts";
import { openPlace, type Place } from "./places.ts";
import { quantile } from "./quantile.ts";
import { quietLog } from "./rooms.ts";
import { noteId, OWNER_ID, storeNotes } from "./stored_notes.ts";

/** What to do. */
export type ActivationPlan = { place: Place; notes: number } & (
  | { task: "store"; text: string }
  /** `role` needs no more than what is stored beside the text; `describe` needs the text. */
  | { task: "ask"; operation: "role" | "describe"; inFlight: number }
);

/** What came of asking. */
export interface ActivationFigures {
  notes: number;
  ms: number;
  cpuMs: number;
  p50Ms: number;
  p99Ms: number;
}

async function run(plan: ActivationPlan): Promise<ActivationFigures | undefined> {
  const stores = await openPlace(plan.place);
  if (plan.task === "store") {
    await storeNotes(stores.documentStore, plan);
    await stores.close();
    return undefined;
  }
  const system = new ActorSystem({ clock: systemClock, log: quietLog });
  const documents = system.register(documentBehavior, stores.documentStore);
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage();
  const waits = await askOnce(documents, plan);
  const ms = performance.now() - startedMs;
  const { user, system: kernel } = process.cpuUsage(startedCpu);
  return {
    notes: plan.notes,
    ms,
    cpuMs: (user + kernel) / 1_000,
    p50Ms: quantile(waits, 0.5),
    p99Ms: quantile(waits, 0.99),
  };
}

/** Asks every note once, so many at a time; answers how long each took, in ascending order. */
async function askOnce(
  documents: Actors<DocumentTypes>,
  given: { notes: number; operation: "role" | "describe"; inFlight: number },
): Promise<Float64Array> {
  const { notes, operation, inFlight } = given;
  const waits = new Float64Array(notes);
  let next = 0;
  const askOn = async () => {
    for (let index = next++; index < notes; index = next++) {
      const askedMs = performance.now();
      await documents.ask(noteId(index), operationOf(operation));
      waits[index] = performance.now() - askedMs;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, askOn));
  return waits.sort();
}

function operationOf(type: "role" | "describe"): DocumentOperation {
  if (type === "describe") return { type };
  return { type: "roles", by: [{ userId: OWNER_ID, linkId: undefined }], at: Date.now() };
}

if (import.meta.main) {
  const figures = await run(await Bun.stdin.json());
  if (figures !== undefined) console.log(JSON.stringify(figures));
  process.exit(0);
}
