/** Programs that tests need and npm does not have, installed where that takes no questions. */

import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";

/** Another apt-get, of the system's own updates perhaps, may hold the lock for so long. */
const LOCK_SECONDS_MAX = 120;

/** Something to install. */
export interface Wanted {
  /** What people call it: `Chromium`. */
  title: string;
  packages: readonly string[];
  isThere: () => boolean;
}

/** The system's side of it. */
export interface Apt {
  program: string;
  isRoot: boolean;
  /** The script that packages ask whether they may start their services. */
  policyPath: string;
}

const systemApt: Apt = {
  program: "/usr/bin/apt-get",
  isRoot: process.getuid?.() === 0,
  policyPath: "/usr/sbin/policy-rc.d",
};

/**
 * Installs with apt-get, as root on Debian and Ubuntu. Services of new packages are not started, and
 * those that run go on. Answers with one line that says what to do where it could not install, or
 * undefined when everything is there.
 */
export function installWanted(wanted: Wanted, apt: Apt = systemApt): string | undefined {
  const { title, packages, isThere } = wanted;
  if (isThere()) return undefined;
  const advice = `install the packages ${packages.join(", ")}`;
  if (!apt.isRoot || !existsSync(apt.program)) {
    return `Cannot install ${title}: wanted root and apt-get, received one or neither; ${advice}`;
  }
  console.log(`Installing ${title}…`);
  const error = withoutServices(apt.policyPath, () => runApt(apt.program, packages));
  if (isThere()) return undefined;
  return `Cannot install ${title}: apt-get answered "${error}"; ${advice}`;
}

function runApt(program: string, packages: readonly string[]): string {
  const run = (...words: string[]) =>
    spawnSync(program, ["-qq", "-o", `DPkg::Lock::Timeout=${LOCK_SECONDS_MAX}`, ...words], {
      stdio: ["ignore", "pipe", "pipe"],
      encoding: "utf8",
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  run("update");
  const { stderr } = run("install", "-y", "--no-install-recommends", ...packages);
  return stderr.split("\n").find((line) => line.startsWith("E:")) ?? "no reason given";
}

/** Forbids packages to start services for the time of a task, unless a policy stands there already. */
function withoutServices<Result>(policyPath: string, task: () => Result): Result {
  if (existsSync(policyPath)) return task();
  writeFileSync(policyPath, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    return task();
  } finally {
    rmSync(policyPath, { force: true });
  }
}
