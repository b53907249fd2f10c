import { expect, test } from "bun:test";
import { answer } from "./serve_jobs.ts";

const jobs = {
  count: (text: string) => text.length,
  fail: () => {
    throw new RangeError("too much");
  },
};

test("a job is done, or tells what it threw, and is never one of every object's own", () => {
  expect(answer(jobs, "count", "four", undefined)).toMatchObject({ type: "done", value: 4 });
  expect(answer(jobs, "fail", "", undefined)).toMatchObject({
    type: "failed",
    error: "RangeError: too much",
  });
  expect(answer(jobs, "toString", "", undefined)).toMatchObject({
    type: "failed",
    error: 'Error: Cannot do job: received "toString"',
  });
});
