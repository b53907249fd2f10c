/** The browser of the browser tests: where it is, and how it gets there on Debian and Ubuntu. */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

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

/**
 * Installs Chromium where that takes no questions: as root, with apt-get. Answers with one line that
 * says what to do where it could not, or undefined when the browser is there.
 */
export function installChromium(): string | undefined {
  if (findChromium() !== undefined) return undefined;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !existsSync("/usr/bin/apt-get")) {
    return "Cannot run the browser tests: wanted Chromium or Chrome, received neither; install the package chromium";
  }
  console.log("Installing Chromium and fonts…");
  const options = {
    stdio: ["ignore", "pipe", "pipe"] as ["ignore", "pipe", "pipe"],
    encoding: "utf8" as const,
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  };
  spawnSync("apt-get", ["update", "-qq"], options);
  const install = ["install", "-y", "-qq", "--no-install-recommends", ...PACKAGES];
  const result = spawnSync("apt-get", install, options);
  if (findChromium() !== undefined) return undefined;
  const reason =
    result.stderr.split("\n").find((line) => line.startsWith("E:")) ?? "no reason given";
  return `Cannot install Chromium: apt-get answered "${reason}"; install the package chromium`;
}
