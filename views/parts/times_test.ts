import { describe, expect, test } from "bun:test";
import { formatFull, formatNumber, formatRelative, hourOf, NEUTRAL_READER } from "./times.ts";

const NOW = Date.UTC(2026, 10, 23, 9, 30);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const berlin = { timeZone: "Europe/Berlin", language: "en" };

describe("formatRelative()", () => {
  test.each([
    [0, "now"],
    [59_000, "now"],
    [MINUTE, "1 min. ago"],
    [59 * MINUTE, "59 min. ago"],
    [HOUR, "1 hr. ago"],
    [DAY - 1, "23 hr. ago"],
    [DAY, "Nov 22"],
    [400 * DAY, "Oct 19, 2025"],
    [-5 * MINUTE, "in 5 min."],
    [-7 * DAY, "Nov 30"],
  ])("%p ms before now is %p", (distance, text) => {
    expect(formatRelative(NOW - distance, NOW, berlin)).toBe(text);
  });

  test("knows the year where the reader is", () => {
    const newYear = Date.UTC(2027, 0, 2, 12);
    const eve = Date.UTC(2026, 11, 31, 23, 30);
    expect(formatRelative(eve, newYear, NEUTRAL_READER)).toBe("Dec 31, 2026");
    expect(formatRelative(eve, newYear, berlin)).toBe("Jan 1");
  });

  test("speaks the reader's language, and English when it does not know it", () => {
    const german = { timeZone: "Europe/Berlin", language: "de" };
    expect(formatRelative(NOW - 5 * MINUTE, NOW, german)).toBe("vor 5 Min.");
    const unknown = { timeZone: "Nowhere/City", language: "not a tag" };
    expect(formatRelative(NOW - 5 * MINUTE, NOW, unknown)).toBe("5 min. ago");
    expect(formatRelative(NOW - 3 * DAY, NOW, unknown)).toBe("Nov 20");
  });
});

test("formatFull() says day, time and zone", () => {
  expect(formatFull(NOW, berlin)).toBe("Monday, November 23, 2026 at 10:30 AM GMT+1");
});

test("formatNumber() groups digits as the reader does, and knows no wrong language", () => {
  expect(formatNumber(1234567, "de")).toBe("1.234.567");
  expect(formatNumber(1234567, "not a tag")).toBe("1,234,567");
});

test("hourOf() is the hour where the reader is", () => {
  expect(hourOf(NOW, NEUTRAL_READER)).toBe(9);
  expect(hourOf(NOW, { timeZone: "Asia/Tokyo", language: "en" })).toBe(18);
  expect(hourOf(Date.UTC(2026, 10, 23, 0, 5), NEUTRAL_READER)).toBe(0);
});
