/** Turns a driver's error into the one that people and programs understand. */

import { SuiteError } from "../actors/mod.ts";

/** What a failed read or write means: the disk is full, or it did not happen. */
export function toStoreError(error: unknown): SuiteError {
  if (error instanceof SuiteError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "SQLITE_FULL") {
    return new SuiteError("store_full", "Cannot save: the server's disk is full", {
      cause: error,
      retryAfterSeconds: 30,
    });
  }
  return new SuiteError("store_failed", "Cannot save: the server could not write to its store", {
    cause: error,
    retryAfterSeconds: 5,
  });
}
