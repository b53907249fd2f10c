import { expect, test } from "bun:test";
import { limits } from "../actors/mod.ts";
import { FakeClock, settle } from "../tests/support/fake_clock.ts";
import { MemoryLog } from "../tests/support/memory_log.ts";
import { HealthProbe } from "./health_probe.ts";
import { type Ailment, type Probed, ServiceHealth } from "./sql/service_health.ts";

/** A database whose every answer is given by the test. */
class Harbor implements Probed {
  readonly health = new ServiceHealth();
  readonly probes: { isLarge: boolean; answer(value: "ok" | "busy"): void; fail(): void }[] = [];
  readonly checks: ((isWhole: boolean) => void)[] = [];
  failure: Ailment = "down";

  probe({ isLarge }: { isLarge: boolean }): Promise<"ok" | "busy"> {
    const { promise, resolve, reject } = Promise.withResolvers<"ok" | "busy">();
    this.probes.push({ isLarge, answer: resolve, fail: () => reject(new Error("away")) });
    return promise;
  }

  ailmentOf(): Ailment {
    return this.failure;
  }

  verify(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.checks.push(resolve);
    return promise;
  }
}

function open() {
  const harbor = new Harbor();
  const clock = new FakeClock();
  const log = new MemoryLog();
  const probe = new HealthProbe({ harbor }, { clock, log });
  const state = () => probe.states().harbor;
  const answer = async (value: "ok" | "busy" = "ok") => {
    harbor.probes.at(-1)?.answer(value);
    await settle();
  };
  const fail = async (failure: Ailment) => {
    harbor.failure = failure;
    harbor.probes.at(-1)?.fail();
    await settle();
  };
  return { harbor, clock, log, probe, state, answer, fail };
}

test("a database that works is probed from time to time, and asking for its state starts nothing", async () => {
  const { harbor, clock, probe, state, answer } = open();
  for (let i = 0; i < 1_000; i++) probe.states();
  expect(harbor.probes).toHaveLength(0);
  probe.start();
  await answer();
  expect(state()).toBe("ok");
  await clock.advance(limits.probeMs - 1);
  expect(harbor.probes).toHaveLength(1);
  await clock.advance(limits.probeAgainMs + 1);
  expect(harbor.probes).toHaveLength(2);
  probe.stop();
});

test("what does not work is told at once, probed soon, and told when it works again", async () => {
  const { harbor, clock, log, probe, state, answer, fail } = open();
  probe.start();
  await fail("down");
  expect(state()).toBe("down");
  await clock.advance(limits.probeAgainMs);
  expect(harbor.probes).toHaveLength(2);
  await answer();
  expect(state()).toBe("ok");
  expect(log.find("a database does not work")).toMatchObject([
    { fields: { service: "harbor", state: "down" } },
  ]);
  expect(log.find("a database works again")).toHaveLength(1);
  probe.stop();
});

test("a disk that was full has room again only when much fits on it", async () => {
  const { harbor, clock, probe, state, answer, fail } = open();
  probe.start();
  // A small probe still fits; what somebody wanted to save did not.
  harbor.health.met("full");
  await answer();
  expect(state()).toBe("full");
  await clock.advance(limits.probeAgainMs);
  expect(harbor.probes.at(-1)?.isLarge).toBe(true);
  await fail("full");
  expect(state()).toBe("full");
  await clock.advance(limits.probeAgainMs);
  await answer();
  expect(state()).toBe("ok");
  probe.stop();
});

test("a database that does not answer in time is slow, until it answers in time", async () => {
  const { harbor, clock, probe, state, answer } = open();
  probe.start();
  await clock.advance(limits.probeMsMax);
  expect(state()).toBe("slow");
  await clock.advance(limits.probeMs);
  expect(harbor.probes).toHaveLength(1);
  await answer();
  expect(state()).toBe("slow");
  await clock.advance(limits.probeAgainMs);
  await answer();
  expect(state()).toBe("ok");
  probe.stop();
});

test("a database that another process writes to is slow only when that takes long", async () => {
  const { harbor, clock, probe, state, answer } = open();
  probe.start();
  await answer("busy");
  await clock.advance(limits.probeBusyMs);
  await answer();
  expect(harbor.probes).toHaveLength(2);
  expect(state()).toBe("ok");
  await clock.advance(limits.probeMs + limits.probeAgainMs);
  for (let ms = 0; ms <= limits.probeMsMax; ms += limits.probeBusyMs) {
    await answer("busy");
    await clock.advance(limits.probeBusyMs);
  }
  expect(state()).toBe("slow");
  probe.stop();
});

test("damage is over when all of the file was looked through, and not when one row can be read", async () => {
  const { harbor, clock, probe, state, answer } = open();
  harbor.health.met("corrupt");
  probe.start();
  await answer();
  expect(state()).toBe("corrupt");
  const rest = async () => {
    for (let ms = 0; ms < limits.verifyRestMs; ms += limits.probeAgainMs) {
      await clock.advance(limits.probeAgainMs);
      await answer();
    }
  };
  harbor.checks.at(-1)?.(false);
  await settle();
  await rest();
  expect(harbor.checks).toHaveLength(2);
  // A statement that meets it meanwhile knows better.
  harbor.health.met("corrupt");
  harbor.checks.at(-1)?.(true);
  await settle();
  expect(state()).toBe("corrupt");
  await rest();
  expect(harbor.checks).toHaveLength(3);
  harbor.checks.at(-1)?.(true);
  await settle();
  expect(state()).toBe("ok");
  probe.stop();
});

test("a file that takes long to look through rests for longer", async () => {
  const { harbor, clock, probe } = open();
  harbor.health.met("corrupt");
  probe.start();
  await clock.advance(60_000);
  harbor.checks.at(-1)?.(false);
  await settle();
  await clock.advance(60_000 * (limits.verifyRestRatio - 1));
  expect(harbor.checks).toHaveLength(1);
  await clock.advance(61_000);
  expect(harbor.checks).toHaveLength(2);
  harbor.checks.at(-1)?.(false);
  probe.stop();
});

test("the worst is told where several things are wrong", () => {
  const health = new ServiceHealth();
  for (const [ailment, state] of [
    ["slow", "slow"],
    ["full", "full"],
    ["corrupt", "corrupt"],
    ["down", "down"],
    ["slow", "down"],
  ] as const) {
    health.met(ailment);
    expect(health.state).toBe(state);
  }
  health.healed("corrupt", "down");
  expect(health.state).toBe("full");
});
