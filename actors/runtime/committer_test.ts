import { expect, test } from "bun:test";
import { settle } from "../../tests/support/fake_clock.ts";
import { Gate } from "../../tests/support/gate.ts";
import type { Batch, BatchResult } from "./behavior.ts";
import { Committer } from "./committer.ts";

function setUp(options: { batchesMax?: number } = {}) {
  const gate = new Gate();
  const written: string[][] = [];
  const write = async (batches: readonly Batch<string>[]): Promise<BatchResult[]> => {
    written.push(batches.map((batch) => batch.id));
    await gate.pass();
    return batches.map((batch) =>
      batch.changes.includes("bad")
        ? { state: "failed", error: new Error(`no place for ${batch.id}`) }
        : { state: "ok" },
    );
  };
  const committer = new Committer(write, {
    batchesMax: options.batchesMax ?? 100,
    defer: queueMicrotask,
  });
  const results: [string, BatchResult["state"]][] = [];
  const submit = (id: string, change = "good") =>
    committer.submit(
      { id, changes: [change] },
      { committed: (result) => results.push([id, result.state]) },
    );
  return { gate, written, committer, results, submit };
}

test("batches that are handed in at the same moment share one commit", async () => {
  const { written, results, submit, committer } = setUp();
  submit("ada");
  submit("grace");
  expect(written).toEqual([]);
  await settle();
  expect(written).toEqual([["ada", "grace"]]);
  expect(results).toEqual([
    ["ada", "ok"],
    ["grace", "ok"],
  ]);
  expect([committer.commits, committer.batches]).toEqual([1, 2]);
});

test("one commit is in flight at a time, and what comes meanwhile is the next", async () => {
  const { gate, written, results, submit } = setUp();
  gate.close();
  submit("ada");
  await settle();
  submit("grace");
  submit("alan");
  await settle();
  expect(written).toEqual([["ada"]]);
  expect(results).toEqual([]);
  gate.open();
  await settle();
  expect(written).toEqual([["ada"], ["grace", "alan"]]);
  expect(results.map(([id]) => id)).toEqual(["ada", "grace", "alan"]);
});

test("what a waiter hands in when its commit ends shares the next commit with what waited", async () => {
  const { gate, written, committer, submit } = setUp();
  gate.close();
  committer.submit({ id: "ada", changes: [] }, { committed: () => submit("ada again") });
  await settle();
  submit("grace");
  gate.open();
  await settle();
  expect(written).toEqual([["ada"], ["grace", "ada again"]]);
});

test("a commit holds no more batches than allowed", async () => {
  const { written, submit, results } = setUp({ batchesMax: 2 });
  for (const id of ["ada", "grace", "alan", "edsger", "barbara"]) submit(id);
  await settle();
  expect(written).toEqual([["ada", "grace"], ["alan", "edsger"], ["barbara"]]);
  expect(results).toHaveLength(5);
});

test("a batch that cannot be written fails alone", async () => {
  const { results, submit } = setUp();
  submit("ada");
  submit("grace", "bad");
  submit("alan");
  await settle();
  expect(results.map(([, state]) => state)).toEqual(["ok", "failed", "ok"]);
});

test("a write that rejects, throws or forgets a batch fails what it did not answer", async () => {
  const writes: ((batches: readonly Batch<string>[]) => Promise<BatchResult[]>)[] = [
    () => Promise.reject(new Error("no disk")),
    () => Promise.reject("no disk"),
    () => {
      throw new Error("no disk");
    },
    () => Promise.resolve([]),
  ];
  for (const write of writes) {
    const committer = new Committer(write, { batchesMax: 10, defer: queueMicrotask });
    const results: BatchResult[] = [];
    const waiter = { committed: (result: BatchResult) => results.push(result) };
    committer.submit({ id: "ada", changes: [] }, waiter);
    committer.submit({ id: "grace", changes: [] }, waiter);
    await settle();
    committer.submit({ id: "ada", changes: [] }, waiter);
    await settle();
    expect(results).toHaveLength(3);
    for (const result of results) {
      expect(result.state).toBe("failed");
      if (result.state === "failed") expect(result.error).toBeInstanceOf(Error);
    }
  }
});
