/** The side of a worker process: does one job after the other, and ends with the process that began it. */

import { limits } from "../../actors/mod.ts";
import type { FromWorker, Jobs, ToWorker } from "./messages.ts";

/** What joins a worker to the process that began it. */
export type Channel = Pick<NodeJS.Process, "on" | "send" | "exit">;

/** Does what the pool asks for. */
export function serveJobs(jobs: Jobs, channel: Channel): void {
  let given = new Given();
  const tell = (message: FromWorker) => channel.send?.(message);
  channel.on("message", (message: ToWorker) => {
    if (message.type !== "job") return given.add(message);
    const { text, bytes } = given;
    given = new Given();
    tell(answer(() => jobOf(jobs, message.name)(text, message.options, bytes)));
  });
  channel.on("disconnect", () => channel.exit(0));
  // A terminal sends its signals to all processes; the pool decides when a worker ends.
  channel.on("SIGINT", () => {});
  channel.on("SIGTERM", () => {});
  tell({ type: "ready" });
}

/** What has come for the next job. */
class Given {
  text = "";
  readonly bytes: Uint8Array[] = [];
  #pieces: Uint8Array[] = [];

  add(message: Exclude<ToWorker, { type: "job" }>): void {
    if (message.type === "piece") this.text += message.text;
    else {
      this.#pieces.push(message.bytes);
      if (!message.isLast) return;
      this.bytes.push(Buffer.concat(this.#pieces));
      this.#pieces = [];
    }
  }
}

function jobOf(jobs: Jobs, name: string): Jobs[string] {
  const job = Object.hasOwn(jobs, name) ? jobs[name] : undefined;
  if (job === undefined) throw new Error(`Cannot do job: received "${name}"`);
  return job;
}

/** Does a job; what it throws is told as its answer. */
function answer(run: () => unknown): FromWorker {
  try {
    return { type: "done", value: run(), residentBytes: tidy() };
  } catch (error) {
    return { type: "failed", error: String(error), residentBytes: tidy() };
  }
}

/** Gives back what a large job has left; answers how much memory the process has then. */
function tidy(): number {
  if (process.memoryUsage.rss() > limits.workerTidyBytes) Bun.gc(true);
  return process.memoryUsage.rss();
}
