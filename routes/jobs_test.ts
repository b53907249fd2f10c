import { expect, test } from "bun:test";
import { apply, limits } from "../actors/mod.ts";
import { personId } from "../tests/support/people.ts";
import { jobs } from "./jobs.ts";

const people = [{ id: personId("Ada"), name: "Ada" }];

test("rendering answers a block after the other, with names marked", () => {
  const [heading, paragraph, ...others] = jobs.render("# Tide\n\nAsk @Ada.\n", { people });
  expect(heading).toContain(">Tide</h2>");
  expect(paragraph).toContain("@Ada</");
  expect(others).toEqual([]);
});

test("rendering refuses what would be more than can be shown", () => {
  // Each character of the text is five of HTML.
  const text = "&".repeat(limits.renderedUnitsMax / 5 + 1);
  expect(() => jobs.render(text, { people })).toThrow("Cannot render: expected at most");
});

test("reading counts words and finds names", () => {
  expect(jobs.read("Ask @Ada about it.", { people })).toEqual({
    words: 4,
    mentions: [personId("Ada")],
  });
});

test("comparing answers what makes the one text of the other", () => {
  const [before, after] = ["one\ntwo\nthree\n", "one\n2\nthree\nfour\n"];
  const delta = jobs.compare(before + after, { beforeUnits: before.length });
  expect(apply(before, delta)).toBe(after);
});
