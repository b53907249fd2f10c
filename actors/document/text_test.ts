import { describe, expect, test } from "bun:test";
import { limits } from "../limits.ts";
import { countWords, excerptOf, titleOf } from "./text.ts";

describe("titleOf()", () => {
  test.each([
    ["", ""],
    ["\n\n  \n", ""],
    ["# Roadmap #1\nmore", "Roadmap #1"],
    ["---\n\n> quoted **bold**", "quoted bold"],
    ["- [ ] task first", "task first"],
    ["1. one", "one"],
    ["see [the docs](https://a.example) now", "see the docs now"],
    ["```ts\ncode", "code"],
    ["日本語の題名", "日本語の題名"],
  ])("of %j is %j", (text, title) => {
    expect(titleOf(text)).toBe(title);
  });

  test("is cut at its limit, never within a character", () => {
    const title = titleOf("😀".repeat(limits.titleUnitsMax));
    expect(title.length).toBeLessThanOrEqual(limits.titleUnitsMax);
    expect(title.isWellFormed()).toBe(true);
    expect(title).toEndWith("…");
  });
});

test("excerptOf() runs the lines after the title together", () => {
  expect(excerptOf("# Title\n\n- one\n- two\n\n> three")).toBe("one two three");
  expect(excerptOf("only a title")).toBe("");
  expect(excerptOf(`t\n${"word ".repeat(500)}`).length).toBeLessThanOrEqual(limits.excerptUnitsMax);
});

test("countWords() counts in every script, and quickly in long texts", () => {
  expect(countWords("two words")).toBe(2);
  expect(countWords("")).toBe(0);
  expect(countWords("東京の会議")).toBeGreaterThan(1);
  expect(countWords("word ".repeat(20_000))).toBe(20_000);
});
