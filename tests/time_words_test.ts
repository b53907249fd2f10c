import { expect, test } from "bun:test";
import * as browser from "../static/shell/time_text.ts";
import * as server from "../views/parts/times.ts";

const NOW = Date.UTC(2026, 10, 23, 9, 30);
const DISTANCES_MS = [0, 61_000, 3_700_000, 80_000_000, 86_400_000, 864_000_000, 40_000_000_000];
const READERS = [
  { timeZone: "Europe/Berlin", language: "de" },
  { timeZone: "America/Los_Angeles", language: "en-US" },
  { timeZone: "Asia/Tokyo", language: "ja" },
  { timeZone: "Africa/Cairo", language: "ar" },
];

test("the browser writes times in the same words as the server", () => {
  for (const reader of READERS) {
    const { language, timeZone } = reader;
    for (const distance of [...DISTANCES_MS, ...DISTANCES_MS.map((ms) => -ms)]) {
      const at = NOW + distance;
      expect(browser.formatRelative(at, NOW, language, timeZone)).toBe(
        server.formatRelative(at, NOW, reader),
      );
      expect(browser.formatFull(at, language, timeZone)).toBe(server.formatFull(at, reader));
    }
  }
});

test("without a reader it is the browser's own zone and language", () => {
  expect(browser.formatRelative(NOW, NOW, undefined, undefined)).not.toBe("");
  expect(browser.formatFull(NOW, undefined, undefined)).toContain("2026");
});
