/** What the pool and its workers tell each other, over the channel that the system makes for a child. */

/** To a worker: a text and blocks of bytes in pieces, and then what to do with them. */
export type ToWorker =
  | { type: "piece"; text: string }
  | { type: "bytes"; bytes: Uint8Array; isLast: boolean }
  | { type: "job"; name: string; options: unknown };

/** From a worker. */
export type FromWorker =
  | { type: "ready" }
  | { type: "done"; value: unknown; residentBytes: number }
  | { type: "failed"; error: string; residentBytes: number };

/** What a worker can do, by name. */
export type Jobs = Readonly<
  Record<string, (text: string, options: unknown, bytes: Uint8Array[]) => unknown>
>;
