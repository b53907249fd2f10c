import { describe, expect, test } from "bun:test";
import { fieldTime, parseFieldTime, snoozeChoices, snoozeError } from "./snooze_times.ts";

const ROME = { timeZone: "Europe/Rome", language: "en-GB" };
/** A Wednesday, 25 November 2026, in Rome. */
const wednesdayAt = (hour: number, minute = 0) => Date.UTC(2026, 10, 25, hour - 1, minute);
const HOUR_MS = 3_600_000;

function offered(now: number, reader = ROME): Record<string, string> {
  const choices = snoozeChoices(now, reader);
  return Object.fromEntries(
    choices.map(({ label, at }) => [label, fieldTime(at, reader.timeZone)]),
  );
}

describe("snoozeChoices()", () => {
  test("are by the clock on the reader's wall", () => {
    expect(offered(wednesdayAt(10))).toEqual({
      "In an hour": "2026-11-25T11:00",
      "This evening": "2026-11-25T18:00",
      "Tomorrow morning": "2026-11-26T09:00",
      "Next week": "2026-11-30T09:00",
    });
  });

  test("leave out an evening that has begun", () => {
    expect(Object.keys(offered(wednesdayAt(18)))).toEqual([
      "In an hour",
      "Tomorrow morning",
      "Next week",
    ]);
  });

  test("mean the Monday after when it is Monday", () => {
    expect(offered(Date.UTC(2026, 10, 23, 7))["Next week"]).toBe("2026-11-30T09:00");
  });

  test("offer no time twice", () => {
    const sunday = Date.UTC(2026, 10, 29, 12);
    expect(offered(sunday)).toEqual({
      "In an hour": "2026-11-29T14:00",
      "This evening": "2026-11-29T18:00",
      "Tomorrow morning": "2026-11-30T09:00",
    });
    expect(offered(wednesdayAt(17))).not.toHaveProperty("This evening");
  });

  test("keep the hour over a change of the clock", () => {
    // Clocks go back in the night to Sunday, 25 October 2026.
    const saturday = Date.UTC(2026, 9, 24, 10);
    expect(offered(saturday)["Tomorrow morning"]).toBe("2026-10-25T09:00");
  });

  test("stay useful in a zone that is not known", () => {
    const reader = { timeZone: "Mars/Olympus", language: "en" };
    expect(Object.keys(offered(wednesdayAt(10), reader))).toHaveLength(4);
  });
});

describe("parseFieldTime()", () => {
  test("reads what the field says, in the reader's zone", () => {
    expect(parseFieldTime("2026-11-26T09:00", "Europe/Rome")).toBe(Date.UTC(2026, 10, 26, 8));
    expect(parseFieldTime("2026-11-26T09:00", "UTC")).toBe(Date.UTC(2026, 10, 26, 9));
  });

  test.each(["", "soon", "2026-13-01T00:00"])("takes %j for nothing", (text) => {
    expect(parseFieldTime(text, "UTC")).toBeUndefined();
  });
});

describe("snoozeError()", () => {
  test("wants a time in the future that is not too far away", () => {
    const now = wednesdayAt(10);
    expect(snoozeError(now + HOUR_MS, now)).toBeUndefined();
    expect(snoozeError(undefined, now)).toBe("Enter a date and a time.");
    expect(snoozeError(Number.NaN, now)).toBe("Enter a date and a time.");
    expect(snoozeError(now, now)).toBe("Choose a time in the future.");
    expect(snoozeError(now + 400 * 24 * HOUR_MS, now)).toBe("Choose a time within the next year.");
  });
});
