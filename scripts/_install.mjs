/**
 * Makes a fresh checkout ready to run: the packages of the lock file, and with them Bun itself. Plain
 * JavaScript without dependencies, because it runs before anything is there, in Node.js or in Bun.
 */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NODE_MAJOR_MIN = 20;

/** The folder of the checkout. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Ends the program with one line that says what to do. */
function fail(message) {
  console.error(message);
  process.exit(1);
}

/** Refuses a Node.js that is too old. */
function assertRuntime() {
  if (process.versions.bun !== undefined) return;
  const major = Number(process.versions.node.split(".")[0]);
  if (major < NODE_MAJOR_MIN) {
    fail(`Cannot start: wanted Node.js ${NODE_MAJOR_MIN} or newer, received ${process.version}`);
  }
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/** A hash of what the lock file wants and of what npm says is there; changes when either does. */
function stateKey(folder) {
  const npmState = join(folder, "node_modules", ".package-lock.json");
  const hash = createHash("sha256").update(readFileSync(join(folder, "package-lock.json")));
  if (existsSync(npmState)) hash.update(readFileSync(npmState));
  return hash.digest("hex");
}

/** Remembers that what is there fits the lock file, so that the next start need not compare. */
function mark(folder, { dev }) {
  const modules = join(folder, "node_modules");
  try {
    mkdirSync(modules, { recursive: true });
    const marker = JSON.stringify({ key: stateKey(folder), dev });
    writeFileSync(join(modules, ".mvp_suite.json"), marker);
  } catch {
    // A read-only checkout: the next start compares again, which is right and a little slower.
  }
}

/**
 * Whether `node_modules` holds what the lock file wants. npm writes `.package-lock.json` there as its
 * last step, so a half-finished install is seen as missing; the marker is what this script leaves
 * after a first look or after `bun install`, which writes no such file. Optional packages are for
 * other platforms; the one that matters, Bun, is tried by `findBun()`.
 */
function isInstalled(folder, { dev }) {
  const modules = join(folder, "node_modules");
  const marker = readJson(join(modules, ".mvp_suite.json"));
  if (marker?.key === stateKey(folder) && (marker.dev || !dev)) return true;
  const have = readJson(join(modules, ".package-lock.json"))?.packages ?? {};
  const wanted = Object.entries(readJson(join(folder, "package-lock.json")).packages).filter(
    ([path, entry]) =>
      path !== "" && !entry.optional && !entry.devOptional && (dev || entry.dev !== true),
  );
  const fits = wanted.every(([path, entry]) => have[path]?.version === entry.version);
  if (fits) mark(folder, { dev });
  return fits;
}

/** The command that installs: npm as it was called, else npm on the path, else Bun itself. */
function installCommand({ dev }) {
  const npmArguments = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  if (!dev) npmArguments.push("--omit=dev");
  const npmScript = process.env.npm_execpath;
  if (npmScript?.endsWith(".js") && process.versions.bun === undefined) {
    return [process.execPath, [npmScript, ...npmArguments]];
  }
  if (process.versions.bun === undefined) return ["npm", npmArguments];
  return [process.execPath, ["install", "--no-save", ...(dev ? [] : ["--production"])]];
}

/** One line about why an install did not work. */
function explain(output) {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|ConnectionRefused/.test(output)) {
    return "the package registry does not answer; connect to the network and run it again";
  }
  if (/ENOSPC/.test(output)) return "the disk is full";
  if (/EACCES|EPERM/.test(output)) return "this folder cannot be written to by this user";
  const lines = output.split("\n").map((line) => line.replace(/^npm (error|ERR!) ?/, "").trim());
  return lines.find((line) => line !== "" && !line.startsWith("code ")) ?? "no reason was given";
}

/** Installs what the lock file wants and `node_modules` lacks; with `dev`, what tests need too. */
export function ensureInstalled(options) {
  const { dev, folder = root } = options;
  assertRuntime();
  if (isInstalled(folder, { dev })) return;
  console.log(dev ? "Installing packages, with those for tests…" : "Installing packages…");
  const [command, commandArguments] = installCommand({ dev });
  const result = spawnSync(command, commandArguments, {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    shell: process.platform === "win32" && command === "npm",
  });
  if (result.error?.code === "ENOENT") {
    fail("Cannot install packages: wanted npm on the path, received none; it comes with Node.js");
  }
  if (result.status !== 0) {
    fail(`Cannot install packages: ${explain(`${result.stderr ?? ""}\n${result.stdout ?? ""}`)}`);
  }
  mark(folder, { dev });
}

/** The version a Bun answers with, or undefined when it is not one that runs here. */
function bunVersion(path) {
  if (!existsSync(path)) return undefined;
  const result = spawnSync(path, ["--version"], { encoding: "utf8", timeout: 10_000 });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/**
 * The Bun of the pinned version: the one npm linked, or the platform package's own where install
 * scripts are switched off, or the one this program runs in.
 */
export function findBun() {
  const wanted = readJson(join(root, "package.json")).dependencies.bun;
  const extension = process.platform === "win32" ? ".exe" : "";
  const platformFolder = join(root, "node_modules", "@oven");
  const platforms = existsSync(platformFolder) ? readdirSync(platformFolder) : [];
  const candidates = [
    join(root, "node_modules", "bun", "bin", "bun.exe"),
    ...platforms.map((name) => join(platformFolder, name, "bin", `bun${extension}`)),
  ];
  if (process.versions.bun !== undefined) candidates.push(process.execPath);
  const found = candidates.find((path) => bunVersion(path) === wanted);
  if (found === undefined) {
    fail(
      `Cannot find Bun ${wanted}: wanted it in node_modules, received none that runs on ` +
        `${process.platform} ${process.arch}; delete node_modules and run it again`,
    );
  }
  return found;
}
