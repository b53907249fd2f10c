import { expect, test } from "bun:test";
import { createLog } from "./log.ts";

test("createLog() writes a line of JSON each, from a level on", () => {
  const lines: string[] = [];
  const log = createLog({ level: "warn", write: (line) => lines.push(line) });
  log.info("left out");
  log.warn("careful", { note: "01J" });
  log.error("broken\nin two");
  const parsed = lines.map((line) => JSON.parse(line));
  expect(parsed).toMatchObject([
    { level: "warn", message: "careful", note: "01J" },
    { level: "error", message: "broken\nin two" },
  ]);
  expect(lines.every((line) => line.indexOf("\n") === line.length - 1)).toBe(true);
  expect(Number.isNaN(Date.parse(parsed[0].time))).toBe(false);
});
