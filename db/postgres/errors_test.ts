import { describe, expect, test } from "bun:test";
import { SuiteError } from "../../actors/mod.ts";
import { isUniqueViolation } from "../sql/store_error.ts";
import { fromPostgresError, isAway, unavailable } from "./errors.ts";

/** An error as the server sends it. */
function refusal(code: string): Error {
  return Object.assign(new Error(`state ${code}`), { code, severity: "ERROR" });
}

/** An error as the driver makes it when the connection breaks. */
function breakage(message: string, code?: string): Error {
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}

const BROKEN = [
  ...["57P01", "57P03", "08006", "53300", "25P03", "25006"].map(refusal),
  breakage("connect ECONNREFUSED 127.0.0.1:5432", "ECONNREFUSED"),
  breakage("Connection terminated unexpectedly"),
  breakage("Query read timeout"),
];

describe("fromPostgresError()", () => {
  test("says that a lost connection and a server that leaves can be tried again", () => {
    for (const error of BROKEN) {
      expect(fromPostgresError(error)).toMatchObject({
        ...{ code: "store_failed", retryAfterSeconds: 1, cause: error },
      });
    }
  });

  test("says the same of a lock that was not free and of a statement that took too long", () => {
    for (const state of ["55P03", "57014", "40P01", "40001", "53200", "58030"]) {
      const error = refusal(state);
      expect(fromPostgresError(error)).toMatchObject({ code: "store_failed" });
      expect(isAway(fromPostgresError(error))).toBe(false);
    }
  });

  test("tells a full disk from that, and text that is none", () => {
    expect(fromPostgresError(refusal("53100"))).toMatchObject({ code: "store_full" });
    expect(fromPostgresError(refusal("22021"))).toMatchObject({ code: "invalid" });
  });

  test("leaves to the caller what only the caller understands", () => {
    for (const error of [refusal("23505"), refusal("42601"), new TypeError("not a function")]) {
      expect(fromPostgresError(error)).toBe(error);
      expect(isAway(error)).toBe(false);
    }
    const ours = new SuiteError("conflict", "Cannot do that");
    expect(fromPostgresError(ours)).toBe(ours);
  });
});

test("isAway() looks at what is behind an error of ours", () => {
  for (const error of BROKEN) expect(isAway(fromPostgresError(error))).toBe(true);
  expect(isAway(unavailable())).toBe(false);
});

test("isUniqueViolation() knows both databases", () => {
  expect(isUniqueViolation(refusal("23505"))).toBe(true);
  expect(isUniqueViolation(breakage("unique", "SQLITE_CONSTRAINT_UNIQUE"))).toBe(true);
  expect(isUniqueViolation(refusal("23503"))).toBe(false);
});
