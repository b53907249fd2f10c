/**
 * The servers we compare ourselves with, and the Node.js they run on. They are installed into this
 * folder when they are first needed, and nothing of the suite knows of them.
 */

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const FOLDER = import.meta.dir;
const MODULES = join(FOLDER, "node_modules");
const NODE_PACKAGE = join(
  MODULES,
  "node",
  "node_modules",
  `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`,
);
const INSTALL_MS_MAX = 10 * 60_000;

/**
 * The Node.js that the package `node` brings. It stays at 24.18: from 24.19 on the process aborts when
 * a statement of better-sqlite3 12 is collected, and Hocuspocus's extension makes one for each save.
 */
export const nodeBinary = join(NODE_PACKAGE, "bin", "node");

/** Where a file of an installed package is. */
export function peerFile(path: string): string {
  return join(MODULES, path);
}

/** The version of an installed package. */
export function peerVersion(name: string): string {
  return JSON.parse(readFileSync(join(MODULES, name, "package.json"), "utf8")).version;
}

/**
 * Installs the peers unless they are there and run. Takes a minute or two the first time, and less for
 * a bench that needs no native code (`native: false`).
 */
export function ensurePeers({ native = true }: { native?: boolean } = {}): void {
  if (!isInstalled()) {
    console.log("Installing what to compare with…");
    npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    // Its install script fetches the binary for this machine.
    npm(["rebuild", "node"]);
  }
  if (!native || loadsNativeCode()) return;
  // Native code has to be built for that Node.js, not for the one that runs npm. Where there is no
  // ready-made build it is compiled, with the headers that came with the binary.
  npm(["rebuild", "better-sqlite3"], {
    PATH: `${dirname(nodeBinary)}:${process.env.PATH}`,
    npm_config_nodedir: NODE_PACKAGE,
  });
  if (!loadsNativeCode()) {
    throw new Error(`Cannot install peers: expected "better-sqlite3" to load in "${nodeBinary}"`);
  }
}

/** Whether everything the lock file wants is there. */
function isInstalled(): boolean {
  const have = join(MODULES, ".package-lock.json");
  if (!existsSync(have) || !existsSync(nodeBinary)) return false;
  const wanted = versionsOf(join(FOLDER, "package-lock.json"));
  const installed = versionsOf(have);
  for (const [path, version] of wanted) if (installed.get(path) !== version) return false;
  return true;
}

function loadsNativeCode(): boolean {
  const code = 'new (require("better-sqlite3"))(":memory:")';
  return spawnSync(nodeBinary, ["-e", code], { cwd: FOLDER }).status === 0;
}

function versionsOf(lockFile: string): Map<string, string> {
  const { packages } = JSON.parse(readFileSync(lockFile, "utf8")) as {
    packages: Record<string, { version?: string; optional?: boolean }>;
  };
  const entries = Object.entries(packages).filter(([path, { optional }]) => path && !optional);
  return new Map(entries.map(([path, { version = "" }]) => [path, version]));
}

function npm(args: string[], environment: Record<string, string> = {}): void {
  const { status, stderr, error } = spawnSync("npm", args, {
    cwd: FOLDER,
    env: { ...process.env, ...environment },
    encoding: "utf8",
    timeout: INSTALL_MS_MAX,
  });
  if (status === 0) return;
  const reason = error?.message ?? stderr.trim().split("\n").slice(-5).join("\n");
  throw new Error(`Cannot install peers: npm ${args.join(" ")}\n${reason}`);
}
