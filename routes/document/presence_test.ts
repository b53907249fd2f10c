import { beforeEach, expect, test } from "bun:test";
import { MemorySharedFacts } from "../../db/alone/bus.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { Presence } from "./presence.ts";

let present: string[];
let changed: string[];
let facts: MemorySharedFacts;
let presence: Presence;

beforeEach(() => {
  present = [];
  changed = [];
  facts = new MemorySharedFacts(new FakeClock());
  presence = new Presence({
    facts,
    presentIn: () => present,
    onChange: (id) => changed.push(id),
  });
});

const known = async () => (await facts.present(["tide"])).get("tide");

test("lists hear of it when other people are there, and not of their tabs", async () => {
  present = ["inga"];
  await presence.tell("tide");
  await presence.tell("tide");
  expect(changed).toEqual(["tide"]);
  present = ["tariq", "inga"];
  await presence.tell("tide");
  present = ["inga", "tariq"];
  await presence.tell("tide");
  expect(changed).toEqual(["tide", "tide"]);
  expect(await known()).toEqual(["inga", "tariq"]);
  present = [];
  await presence.tell("tide");
  await presence.tell("tide");
  expect(changed).toHaveLength(3);
});

test("saying it again tells the other nodes and no list", async () => {
  present = ["inga"];
  await presence.renew("tide");
  expect(await known()).toEqual(["inga"]);
  expect(changed).toEqual([]);
});

test("what cannot be told to the others is told to the lists all the same", async () => {
  facts.setPresent = () => Promise.reject(new Error("away"));
  present = ["inga"];
  await presence.tell("tide");
  await presence.renew("tide");
  expect(changed).toEqual(["tide"]);
});
