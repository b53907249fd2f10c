import { expect, test } from "bun:test";
import { CrashHistory } from "./crash_history.ts";

test("get() answers what was set last, and nothing for an actor that never crashed", () => {
  const history = new CrashHistory(1_000);
  history.set("ada", [1]);
  history.set("ada", [1, 2]);
  expect(history.get("ada")).toEqual([1, 2]);
  expect(history.get("grace")).toEqual([]);
});

test("forgetOld() forgets who did not crash within the window, and nobody else", () => {
  const history = new CrashHistory(1_000);
  history.set("ada", [100]);
  history.set("grace", [200]);
  history.set("ada", [100, 900]);
  history.forgetOld(1_300);
  expect(history.get("ada")).toEqual([100, 900]);
  expect(history.size).toBe(1);
  history.forgetOld(1_900);
  expect(history.size).toBe(0);
});

test("forget() forgets one actor", () => {
  const history = new CrashHistory(1_000);
  history.set("ada", [1]);
  history.set("grace", [1]);
  history.forget("ada");
  expect([history.get("ada"), history.get("grace")]).toEqual([[], [1]]);
});
