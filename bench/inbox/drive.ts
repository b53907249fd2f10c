/** Lets things happen to people at a given rate, whether or not the server keeps up (an open loop). */

import { randomFrom } from "../editor.ts";
import { sharedNow } from "./shared_clock.ts";

/** What is to happen. */
export interface DrivePlan {
  people: number;
  perSecond: number;
  ms: number;
  /** What chance begins with: the same people in the same order for everybody. */
  seed: number;
}

/** What has happened. */
export interface Driven {
  /** Whom each notification was for, and when it was due by the shared clock. */
  people: number[];
  dueAt: number[];
  failures: number;
  /** Processor seconds of this process meanwhile, and how long that was. */
  cpuSeconds: number;
  seconds: number;
}

const TICK_MS = 1;

/** Notifies people chosen by chance; resolves when all of it is accepted. */
export async function drive(
  { people, perSecond, ms, seed }: DrivePlan,
  notify: (person: number) => Promise<unknown> | undefined,
): Promise<Driven> {
  const random = randomFrom(seed);
  const driven: Driven = { people: [], dueAt: [], failures: 0, cpuSeconds: 0, seconds: 0 };
  const total = Math.floor((perSecond * ms) / 1_000);
  const pending: Promise<unknown>[] = [];
  const cpu = process.cpuUsage();
  const from = sharedNow();
  while (driven.people.length < total) {
    const due = Math.floor(((sharedNow() - from) / 1_000) * perSecond);
    while (driven.people.length < Math.min(due, total)) {
      const person = Math.floor(random() * people);
      driven.dueAt.push(from + ((driven.people.length + 1) / perSecond) * 1_000);
      driven.people.push(person);
      const accepted = notify(person);
      if (accepted) pending.push(accepted.catch(() => driven.failures++));
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await Promise.all(pending);
  const { user, system } = process.cpuUsage(cpu);
  driven.cpuSeconds = (user + system) / 1_000_000;
  driven.seconds = (sharedNow() - from) / 1_000;
  return driven;
}
