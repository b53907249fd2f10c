/** Turns a driver's error into the one that people and programs understand. */

import { SuiteError } from "../../actors/mod.ts";

/** How SQLite and Postgres call a value that must be unique and is there already. */
const UNIQUE_VIOLATIONS = new Set([
  "SQLITE_CONSTRAINT_UNIQUE",
  "SQLITE_CONSTRAINT_PRIMARYKEY",
  "23505",
]);

/** Whether an error of either driver says that a value which must be unique is there already. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && "code" in error && UNIQUE_VIOLATIONS.has(String(error.code));
}

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
