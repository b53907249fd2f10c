/** The side of a worker process: does one job after the other, and ends with the process that began it. */

import { limits } from "../../actors/mod.ts";
import type { FromWorker, Jobs, ToWorker } from "./messages.ts";

/** What joins a worker to the process that began it. */
export type Channel = Pick<NodeJS.Process, "on" | "send" | "exit">;

/** Does what the pool asks for. */
export function serveJobs(jobs: Jobs, channel: Channel): void {
  let text = "";
  const tell = (message: FromWorker) => channel.send?.(message);
  channel.on("message", (message: ToWorker) => {
    if (message.type === "piece") {
      text += message.text;
      return;
    }
    const given = text;
    text = "";
    tell(answer(jobs, message.name, given, message.options));
  });
  channel.on("disconnect", () => channel.exit(0));
  // A terminal sends its signals to all processes; the pool decides when a worker ends.
  channel.on("SIGINT", () => {});
  channel.on("SIGTERM", () => {});
  tell({ type: "ready" });
}

/** Does one job; what it throws is told as its answer. */
function answer(jobs: Jobs, name: string, text: string, options: unknown): FromWorker {
  try {
    const job = Object.hasOwn(jobs, name) ? jobs[name] : undefined;
    if (job === undefined) throw new Error(`Cannot do job: received "${name}"`);
    return { type: "done", value: job(text, options), residentBytes: tidy() };
  } catch (error) {
    return { type: "failed", error: String(error), residentBytes: tidy() };
  }
}

/** Gives back what a large job has left; answers how much memory the process has then. */
function tidy(): number {
  if (process.memoryUsage.rss() > limits.workerTidyBytes) Bun.gc(true);
  return process.memoryUsage.rss();
}
