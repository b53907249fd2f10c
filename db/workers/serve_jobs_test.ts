import { beforeEach, expect, test } from "bun:test";
import { EventEmitter } from "node:events";
import type { FromWorker, ToWorker } from "./messages.ts";
import { type Channel, serveJobs } from "./serve_jobs.ts";

const jobs = {
  count: (text: string) => text.length,
  sizes: (_text: string, _options: unknown, bytes: Uint8Array[]) => bytes.map((b) => b.length),
  fail: () => {
    throw new RangeError("too much");
  },
};

let told: FromWorker[];
let exits: number[];
let channel: EventEmitter;

beforeEach(() => {
  told = [];
  exits = [];
  channel = new EventEmitter();
  const ends = {
    send: (message: FromWorker) => told.push(message) > 0,
    exit: (code: number) => exits.push(code),
  };
  serveJobs(jobs, Object.assign(channel, ends) as unknown as Channel);
});

function ask(name: string, ...pieces: string[]): FromWorker | undefined {
  const say = (message: ToWorker) => channel.emit("message", message);
  for (const text of pieces) say({ type: "piece", text });
  say({ type: "job", name, options: undefined });
  return told.at(-1);
}

test("is ready before the first job", () => {
  expect(told).toEqual([{ type: "ready" }]);
});

test("a job is done, or tells what it threw, and is never one of every object's own", () => {
  expect(ask("count", "four")).toMatchObject({ type: "done", value: 4 });
  expect(ask("fail")).toMatchObject({ type: "failed", error: "RangeError: too much" });
  expect(ask("toString")).toMatchObject({
    type: "failed",
    error: 'Error: Cannot do job: received "toString"',
  });
});

test("a text comes in pieces, and the next job has none of it", () => {
  expect(ask("count", "four", "teen")).toMatchObject({ value: 8 });
  expect(ask("count", "two")).toMatchObject({ value: 3 });
  expect(ask("count")).toMatchObject({ value: 0 });
});

test("blocks of bytes come in pieces, and the next job has none of them", () => {
  const say = (bytes: Uint8Array, isLast: boolean) =>
    channel.emit("message", { type: "bytes", bytes, isLast } satisfies ToWorker);
  say(new Uint8Array(3), false);
  say(new Uint8Array(2), true);
  say(new Uint8Array(0), true);
  say(new Uint8Array(1), true);
  expect(ask("sizes")).toMatchObject({ value: [5, 0, 1] });
  expect(ask("sizes")).toMatchObject({ value: [] });
});

test("ends with the process that began it, and by no signal of a terminal", () => {
  for (const signal of ["SIGINT", "SIGTERM"]) expect(channel.emit(signal)).toBe(true);
  expect(exits).toEqual([]);
  channel.emit("disconnect");
  expect(exits).toEqual([0]);
});
