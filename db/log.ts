/** Log lines as JSON on the standard error stream, one a line, for whatever collects them. */

import type { Log } from "../actors/mod.ts";

/** A log that writes lines; `level` leaves out what matters less. */
export function createLog(
  options: { level?: "info" | "warn" | "error"; write?: (line: string) => unknown } = {},
): Log {
  const { level = "info", write = (line) => process.stderr.write(line) } = options;
  const order = ["info", "warn", "error"] as const;
  const from = order.indexOf(level);
  const line =
    (of: (typeof order)[number]) => (message: string, fields?: Record<string, unknown>) => {
      if (order.indexOf(of) < from) return;
      write(
        `${JSON.stringify({ time: new Date().toISOString(), level: of, message, ...fields })}\n`,
      );
    };
  return { info: line("info"), warn: line("warn"), error: line("error") };
}
