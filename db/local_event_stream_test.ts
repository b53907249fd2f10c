import { expect, test } from "bun:test";
import { limits, SuiteError } from "../actors/mod.ts";
import { noteEvent } from "../tests/support/events.ts";
import { MemoryLog } from "../tests/support/memory_log.ts";
import { LocalEventStream } from "./local_event_stream.ts";

test("publish() rejects with what a handler threw, after the other groups had their turn", async () => {
  const stream = new LocalEventStream();
  const taken: string[] = [];
  const failure = new SuiteError("store_failed", "Cannot save");
  await stream.consume("inbox", () => Promise.reject(failure));
  await stream.consume("lists", async ({ id }) => void taken.push(id));
  await expect(stream.publish([noteEvent("1"), noteEvent("2")])).rejects.toBe(failure);
  expect(taken).toEqual(["1", "2"]);
});

test("an event that always fails is set aside in the end, so that the outbox is not stuck", async () => {
  const log = new MemoryLog();
  const stream = new LocalEventStream({ log });
  const taken: string[] = [];
  await stream.consume("inbox", async ({ id }) => {
    if (id === "poison") throw new Error("Cannot digest");
    taken.push(id);
  });
  const events = [noteEvent("poison"), noteEvent("good")];
  for (let i = 1; i < limits.eventFailuresMax; i++) {
    await expect(stream.publish(events)).rejects.toThrow("Cannot digest");
  }
  await stream.publish(events);
  expect(log.find("Set an event aside")[0]?.fields).toMatchObject({ group: "inbox", id: "poison" });
  expect(taken).toContain("good");
});

test("what is broken outside is never held against an event", async () => {
  const stream = new LocalEventStream();
  await stream.consume("inbox", () =>
    Promise.reject(new SuiteError("unreachable", "Cannot reach a node")),
  );
  for (let i = 0; i < limits.eventFailuresMax * 2; i++) {
    await expect(stream.publish([noteEvent("1")])).rejects.toMatchObject({ code: "unreachable" });
  }
  await stream.close();
  await stream.publish([noteEvent("1")]);
});
