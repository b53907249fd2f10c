import { expect, test } from "bun:test";
import { ToldOnce } from "./told_once.ts";

test("nobody is told twice, and who comes later is told", () => {
  const told = new ToldOnce(2);
  expect(told.untold("tide", ["inga", "tariq"])).toEqual(["inga", "tariq"]);
  told.add("tide", ["inga", "tariq"]);
  expect(told.untold("tide", ["inga", "tariq", "helen"])).toEqual(["helen"]);
  told.add("tide", ["helen"]);
  expect(told.untold("tide", ["inga", "tariq", "helen"])).toEqual([]);
  expect(told.untold("moon", ["inga"])).toEqual(["inga"]);
});

test("the oldest is forgotten when there is too much", () => {
  const told = new ToldOnce(2);
  for (const id of ["tide", "moon", "wind"]) told.add(id, ["inga"]);
  expect(told.untold("tide", ["inga"])).toEqual(["inga"]);
  expect(told.untold("wind", ["inga"])).toEqual([]);
});
