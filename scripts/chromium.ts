/** The browser of the browser tests: where it is, and how it gets there on Debian and Ubuntu. */

import { existsSync } from "node:fs";
import { installWanted } from "./apt.ts";

const PATHS = [
  "/usr/bin/chromium",
  "/usr/bin/google-chrome",
  "/usr/bin/chromium-browser",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** With fonts for every script that the tests write, so that screenshots show glyphs. */
const PACKAGES = [
  "chromium",
  "fonts-noto-core",
  "fonts-noto-cjk",
  "fonts-noto-color-emoji",
] as const;

/** The path of a Chromium or Chrome on this machine. */
export function findChromium(): string | undefined {
  return PATHS.find((path) => existsSync(path));
}

/** Installs Chromium, or answers with one line that says what to do where it could not. */
export function installChromium(): string | undefined {
  return installWanted({
    title: "Chromium",
    packages: PACKAGES,
    isThere: () => findChromium() !== undefined,
  });
}
