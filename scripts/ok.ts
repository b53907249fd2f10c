/**
 * The one gate (`bun run ok`, and the last step of `npm test`): format and lint, types, all tests,
 * coverage. Ends with one line `N passed, N failed`, and with an exit code that says the same.
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { installChromium } from "./chromium.ts";
import { type Coverage, countTests, readCoverage, type Tally } from "./report.ts";
import { installServers } from "./servers.ts";

const ROOT = dirname(import.meta.dir);
const LCOV = "coverage/lcov.info";
const COVERAGE_MIN = 0.9;
/** Browser and crash tests wait for real things to happen; a test that hangs ends here. */
const TEST_MS_MAX = 60_000;
/** Folders whose code the tests have to reach; browser code runs in Chromium, out of Bun's sight. */
const COVERED = ["actors", "routes", "views", "db"];

/** Runs one tool with its output on this terminal and answers with its exit code. */
async function run(title: string, command: readonly string[]): Promise<number> {
  console.log(`\n── ${title}`);
  const started = performance.now();
  const child = Bun.spawn([...command], {
    cwd: ROOT,
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
  });
  const code = await child.exited;
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  console.log(`${code === 0 ? "✓" : "✗"} ${title} (${seconds} s)`);
  return code;
}

/** A tool that is one test: it passes or it does not. */
async function runAsOneTest(title: string, command: readonly string[]): Promise<Tally> {
  const code = await run(title, command);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

/** Every `.ts` and `.tsx` file of a folder that is program, not test. */
function sourceFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.tsx?$/.test(path) && !/_test\.tsx?$/.test(path))
    .map((path) => join(folder, path))
    .filter((path) => statSync(join(ROOT, path)).isFile());
}

/** Checks each file and the whole. What no test imports counts as a failure. */
async function checkCoverage(): Promise<Tally> {
  console.log("\n── coverage");
  const report = Bun.file(join(ROOT, LCOV));
  const files = readCoverage((await report.exists()) ? await report.text() : "");
  const reached = new Set(files.map(({ path }) => path));
  const missed = COVERED.flatMap(sourceFiles).filter((path) => {
    return !reached.has(path) && hasStatements(path);
  });
  for (const path of missed) console.log(`✗ ${path} is not loaded by any test`);
  const low = files.filter(({ found, hit }) => hit < found * COVERAGE_MIN);
  for (const { path, found, hit } of low) console.log(`✗ ${path}: ${percent(hit, found)} of lines`);
  const [found, hit] = [sumOf(files, "found"), sumOf(files, "hit")];
  const ok = hit >= found * COVERAGE_MIN && found > 0 && missed.length + low.length === 0;
  const wanted = `${COVERAGE_MIN * 100} % of each file and of the whole`;
  console.log(`${ok ? "✓" : "✗"} ${percent(hit, found)} of lines, wanted ${wanted}`);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}

function sumOf(files: readonly Coverage[], key: "found" | "hit"): number {
  return files.reduce((sum, file) => sum + file[key], 0);
}

function percent(hit: number, found: number): string {
  return `${((hit / Math.max(1, found)) * 100).toFixed(1)} %`;
}

/** Whether a file leaves anything to run once its types are gone. */
function hasStatements(path: string): boolean {
  const loader = path.endsWith("x") ? "tsx" : "ts";
  const code = new Bun.Transpiler({ loader }).transformSync(readFileSync(join(ROOT, path), "utf8"));
  return /^(?!(import|export \*|export \{)).*\S/m.test(code);
}

/** Runs `bun test`; one that ends without its report, or badly without a failed test, has failed. */
async function runTests(): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), "mvp_suite_ok_"));
  const report = join(folder, "junit.xml");
  rmSync(join(ROOT, LCOV), { force: true });
  try {
    const code = await run("tests", [
      process.execPath,
      "test",
      "--coverage",
      `--timeout=${TEST_MS_MAX}`,
      "--reporter=junit",
      `--reporter-outfile=${report}`,
    ]);
    const tally = await countTests(report);
    if (tally === undefined) {
      console.log("✗ the test run ended without a report");
      return { passed: 0, failed: 1, skipped: 0 };
    }
    if (code !== 0 && tally.failed === 0) {
      console.log("✗ the test run failed outside of its tests");
      return { ...tally, failed: 1 };
    }
    return tally;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  if (process.argv.includes("--install")) {
    for (const problem of [installChromium(), ...installServers()]) {
      if (problem !== undefined) console.log(problem);
    }
  }
  const bin = join(ROOT, "node_modules", ".bin");
  const tallies = [
    await runAsOneTest("format and lint", [join(bin, "biome"), "check", "."]),
    await runAsOneTest("types", [join(bin, "tsc"), "--noEmit", "-p", "."]),
    await runTests(),
    await checkCoverage(),
  ];
  const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
  const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0);
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exit(failed === 0 && passed > 0 ? 0 : 1);
}

await main();
