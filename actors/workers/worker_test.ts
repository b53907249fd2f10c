import { expect, test } from "bun:test";
import { startAll, stopAll, type Worker } from "./worker.ts";

test("workers start in their order, and stop in the other, each when the one before is done", async () => {
  const told: string[] = [];
  const worker = (name: string): Worker => ({
    start: async () => void told.push(`${name} starts`),
    stop: async () => {
      await Promise.resolve();
      told.push(`${name} stops`);
    },
  });
  const workers: Worker[] = [worker("a"), { stop: () => void told.push("b stops") }, worker("c")];
  await startAll(workers);
  await stopAll(workers);
  expect(told).toEqual(["a starts", "c starts", "c stops", "b stops", "a stops"]);
});
