import { expect, test } from "bun:test";
import { SessionEnds } from "./session_ends.ts";

test("one thing that cannot be ended keeps no other, and is told", async () => {
  const errors: [string, unknown][] = [];
  const ends = new SessionEnds((name, error) => errors.push([name, error]));
  const ended: string[] = [];
  const failure = new Error("no");
  ends.add({ name: "at once", end: () => Promise.reject(failure) });
  ends.add({
    name: "thrown",
    end() {
      throw failure;
    },
  });
  ends.add({ name: "sockets", end: (ids) => void ended.push(...ids) });
  await ends.tell([]);
  expect([ended, errors]).toEqual([[], []]);
  await ends.tell(["a", "b"]);
  expect(ended).toEqual(["a", "b"]);
  expect(errors.toSorted()).toEqual([
    ["at once", failure],
    ["thrown", failure],
  ]);
  expect(ends.names).toEqual(["at once", "thrown", "sockets"]);
});

test("nobody has to listen to failures", async () => {
  const ends = new SessionEnds();
  ends.add({ name: "never", end: () => Promise.reject(new Error("no")) });
  await ends.tell(["a"]);
});
