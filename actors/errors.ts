/**
 * The one error of the suite. A code says what happened; `routes/http/errors.tsx` maps it to HTTP once, and
 * the socket sends it as it is. Anything that is not a `SuiteError` is a defect: people see "internal".
 */

/** What can go wrong, as far as callers can tell the difference. */
export type ErrorCode =
  | "busy" // a mailbox is full: try again
  | "crashed" // the operation made its actor crash; it is not run again by itself
  | "quarantined" // the actor crashed too often and waits for an administrator
  | "draining" // this node is leaving: try again elsewhere
  | "not_owner" // the actor lives on another node; nothing was done
  | "unreachable" // the node where the actor lives, or what leads there, does not answer: try again
  | "timed_out"
  | "store_failed" // the write did not happen: try again
  | "store_full" // the disk is full: reading goes on
  | "unauthenticated"
  | "forbidden"
  | "not_found"
  | "gone" // it is in the trash
  | "conflict"
  | "invalid"
  | "invalid_text" // NUL, carriage return or a lone surrogate
  | "bad_delta" // does not fit its base
  | "too_old" // the base version is too far behind
  | "unknown_base" // not a version of this history: open again and merge
  | "too_large"
  | "unsupported" // a kind of body that is not read here
  | "incomplete" // the body did not arrive, or not fast enough
  | "throttled"
  | "expired";

/** An expected failure, with a code for programs and a sentence for people. */
export class SuiteError extends Error {
  override readonly name = "SuiteError";
  readonly code: ErrorCode;
  /** Seconds after which trying again makes sense. */
  readonly retryAfterSeconds: number | undefined;
  /** The form field it belongs to, where there is one. */
  readonly field: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; retryAfterSeconds?: number; field?: string } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.field = options.field;
  }
}
