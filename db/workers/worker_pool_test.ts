import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type Job, limits, systemClock } from "../../actors/mod.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { MemoryLog } from "../../tests/support/memory_log.ts";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { ProcessPool } from "./worker_pool.ts";

/** Jobs that do what hostile texts make real ones do. */
const PROGRAM = `
import { serveJobs } from "${import.meta.dir}/serve_jobs.ts";
const kept = [];
serveJobs({
  length: (text) => text.length,
  same: (text) => text,
  bytes: (_text, _options, bytes) => bytes.map((block) => [block.length, block.at(-1)]),
  options: (_text, options) => options,
  environment: () => Object.keys(process.env),
  pid: () => process.pid,
  fail: () => { throw new Error("no"); },
  hang: () => { for (;;); },
  die: () => process.kill(process.pid, "SIGKILL"),
  grow: () => { for (;;) kept.push(new Uint8Array(10_000_000).fill(1)); },
  grown: () => { kept.push(new Uint8Array(${limits.workerKeptBytesMax}).fill(1)); return process.pid; },
}, process);
`;

let folder: ReturnType<typeof temporaryFolder>;
let pool: ProcessPool;
let log: MemoryLog;
const job = (name: string, given: Partial<Job> = {}): Job => {
  return { name, text: "", shares: [], ...given };
};

async function openPool(given: { size?: number; clock?: FakeClock } = {}): Promise<ProcessPool> {
  const program = `${folder.path}/program.ts`;
  await Bun.write(program, PROGRAM);
  const command = [process.execPath, program];
  return new ProcessPool({ command, clock: systemClock, log, ...given });
}

beforeEach(async () => {
  folder = temporaryFolder();
  log = new MemoryLog();
  pool = await openPool();
});

afterEach(async () => {
  await pool.close();
  folder[Symbol.dispose]();
});

describe("ProcessPool", () => {
  test("does a job in another process, with a text of any length", async () => {
    expect(await pool.run(job("pid"))).not.toBe(process.pid);
    const text = "é😀".repeat(limits.textPieceUnitsMax);
    expect(await pool.run(job("length", { text }))).toBe(text.length);
    expect(await pool.run(job("same", { text }))).toBe(text);
    expect(await pool.run(job("options", { options: { a: [1] } }))).toEqual({ a: [1] });
  });

  test("hands over blocks of bytes of any length, in their order", async () => {
    const sizes = [0, 1, limits.pieceBytesMax, 2.5 * limits.pieceBytesMax];
    const bytes = sizes.map((size, index) => new Uint8Array(size).fill(index));
    expect(await pool.run(job("bytes", { bytes }))).toEqual(
      sizes.map((size, index) => [size, size === 0 ? undefined : index]),
    );
  });

  test("gives workers nothing of the environment", async () => {
    process.env.SECRET_OF_A_TEST = "secret";
    try {
      expect(await pool.run(job("environment"))).not.toContain("SECRET_OF_A_TEST");
    } finally {
      delete process.env.SECRET_OF_A_TEST;
    }
  });

  test("answers with an error when a job fails, and goes on with the same process", async () => {
    const pid = await pool.run(job("pid"));
    await expect(pool.run(job("fail"))).rejects.toMatchObject({ code: "crashed" });
    await expect(pool.run(job("constructor"))).rejects.toMatchObject({ code: "crashed" });
    expect(await pool.run(job("pid"))).toBe(pid);
    expect(log.find("a worker could not finish a job")).toHaveLength(2);
  });

  test("ends a process that takes too long, and begins another", async () => {
    const clock = new FakeClock();
    await pool.close();
    pool = await openPool({ clock });
    const hanging = pool.run(job("hang")).catch((error) => error);
    await clock.advance(limits.jobMsMax);
    expect(await hanging).toMatchObject({ code: "too_large" });
    expect(await pool.run(job("length", { text: "abc" }))).toBe(3);
    expect(pool.report()).toMatchObject({ done: 1, ended: 1 });
  });

  test("ends a process that takes too much memory", async () => {
    await expect(pool.run(job("grow"))).rejects.toMatchObject({ code: "too_large" });
    expect(await pool.run(job("length", { text: "abc" }))).toBe(3);
  });

  test("begins another process when one has died", async () => {
    await expect(pool.run(job("die"))).rejects.toMatchObject({ code: "too_large" });
    expect(await pool.run(job("length", { text: "abc" }))).toBe(3);
  });

  test("replaces a process that has grown", async () => {
    const pid = await pool.run(job("grown"));
    expect(await pool.run(job("pid"))).not.toBe(pid);
  });

  test("leaves a worker to the others when one share wants them all", async () => {
    const hanging = [1, 2, 3].map(() =>
      pool.run(job("hang", { shares: ["note"] })).catch((error) => error),
    );
    expect(await pool.run(job("length", { text: "abc", shares: ["other"] }))).toBe(3);
    await pool.close();
    for (const error of await Promise.all(hanging)) {
      expect(error).toMatchObject({ code: "draining" });
    }
  });

  test("refuses what is too much for one share, and too much in all", async () => {
    const run = (share: string) =>
      pool.run(job("hang", { shares: [share] })).catch((error) => error.code);
    const ofOne = Array.from({ length: limits.jobsWaitingPerShareMax + 2 }, () => run("note"));
    expect(await ofOne.at(-1)).toBe("busy");
    const ofMany = Array.from({ length: limits.jobsWaitingMax + 1 }, (_, i) => run(`note ${i}`));
    expect(await ofMany.at(-1)).toBe("busy");
    expect(pool.report().waiting).toBe(limits.jobsWaitingMax);
    await pool.close();
    expect(new Set(await Promise.all([...ofOne, ...ofMany]))).toEqual(
      new Set(["busy", "draining"]),
    );
    expect(await run("note")).toBe("draining");
  });

  test("ends processes that have nothing to do", async () => {
    const clock = new FakeClock();
    await pool.close();
    pool = await openPool({ clock });
    const pid = (await pool.run(job("pid"))) as number;
    expect(pool.report().workers).toBe(1);
    await clock.advance(limits.workerIdleMsMax);
    expect(pool.report().workers).toBe(0);
    await waitFor(() => !isAlive(pid), { what: "the worker to be gone" });
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
