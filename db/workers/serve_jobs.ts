/** The side of a worker process: does one job after the other, and ends with the process that began it. */

import type { FromWorker, Jobs, ToWorker } from "./messages.ts";

/** Does what the pool asks for. */
export function serveJobs(jobs: Jobs): void {
  let text = "";
  const tell = (message: FromWorker) => process.send?.(message);
  process.on("message", (message: ToWorker) => {
    if (message.type === "piece") {
      text += message.text;
      return;
    }
    const given = text;
    text = "";
    tell(answer(jobs, message.name, given, message.options));
  });
  process.on("disconnect", () => process.exit(0));
  // A terminal sends its signals to all processes; the pool decides when a worker ends.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => {});
  tell({ type: "ready" });
}

/** Does one job; what it throws is told as its answer. */
export function answer(jobs: Jobs, name: string, text: string, options: unknown): FromWorker {
  const residentBytes = () => process.memoryUsage.rss();
  try {
    const job = Object.hasOwn(jobs, name) ? jobs[name] : undefined;
    if (job === undefined) throw new Error(`Cannot do job: received "${name}"`);
    return { type: "done", value: job(text, options), residentBytes: residentBytes() };
  } catch (error) {
    return { type: "failed", error: String(error), residentBytes: residentBytes() };
  }
}
