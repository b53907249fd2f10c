import { expect, test } from "bun:test";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { AloneTopicBus, MemorySharedFacts } from "./bus.ts";

test("a process that is alone has nobody to tell", async () => {
  const bus = new AloneTopicBus();
  bus.subscribe();
  bus.listen();
  bus.publish();
  bus.unsubscribe();
  await bus.close();
});

test("who is in a document is known until it has to be said again", async () => {
  const clock = new FakeClock();
  const facts = new MemorySharedFacts(clock);
  await facts.setPresent("tide", ["inga", "tariq"], 10_000);
  await facts.setPresent("moon", ["helen"], 20_000);
  expect(await facts.present(["tide", "empty"])).toEqual(new Map([["tide", ["inga", "tariq"]]]));
  await clock.advance(10_000);
  expect(await facts.present(["tide", "moon"])).toEqual(new Map([["moon", ["helen"]]]));
  await facts.setPresent("moon", [], 20_000);
  expect(await facts.present(["moon"])).toEqual(new Map());
});

test("marks are kept for their time", async () => {
  const clock = new FakeClock();
  const facts = new MemorySharedFacts(clock);
  await facts.markChanged(["list:inga", "list:tariq"], 1_000, 5_000);
  await facts.markChanged(["list:inga"], 2_000, 10_000);
  expect(await facts.changedAt("list:inga")).toBe(2_000);
  expect(await facts.changedAt("list:tariq")).toBe(1_000);
  expect(await facts.changedAt("list:helen")).toBeUndefined();
  await clock.advance(5_000);
  expect(await facts.changedAt("list:inga")).toBe(2_000);
  expect(await facts.changedAt("list:tariq")).toBeUndefined();
});
