/** The figures of the inbox bench as a page of Markdown: how they came about, and what they are. */

import { cpus, release, totalmem } from "node:os";
import { texts } from "./contenders.ts";
import type { InboxFigures, InboxPlan, Memory, RateFigures } from "./measure.ts";

/** What we want to reach. */
const GOAL = { perSecond: 2_000, p99Ms: 50, bytesPerPerson: 4 * 1_024 };

/** The page. */
export function inboxReport(figures: readonly InboxFigures[], plan: InboxPlan): string {
  return [
    "# Inbox bench",
    "",
    `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC, \`${command()}\``,
    "",
    `On ${machine()}. Servers and clients share the machine; each server runs alone, in its own process, ` +
      "one after the other.",
    "",
    ...notificationsSection(figures, plan),
    ...memorySection(figures, plan),
    "## Goals",
    "",
    ...goals(figures),
    "",
  ].join("\n");
}

function command(): string {
  return ["bun run bench", ...process.argv.slice(2)].join(" ");
}

function machine(): string {
  const all = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${all.length} × ${all[0]?.model.trim()}, ${memory} GiB, Linux ${release()}`;
}

function notificationsSection(figures: readonly InboxFigures[], plan: InboxPlan): string[] {
  const { count, toast } = texts();
  const processes = Math.ceil(plan.people / plan.peoplePerProcess);
  const rows = figures.flatMap(({ title, rates }) => rates.map((rate) => rateRow(title, rate)));
  const head = ["", "due a second", "delivered a second", "delivered of all", "p50", "p99"];
  return [
    "## Notifications",
    "",
    `${number(plan.people)} people, each with one socket, in ${processes} client processes with the same ` +
      `plain WebSockets for every server. Notifications are made inside the server process in an open ` +
      `loop, for people chosen by chance, ${plan.stepMs / 1_000} s at each rate.`,
    "",
    "The measured time begins when a notification is due by the clock, so that a loop which is held up is " +
      "part of it, and ends when its last text is in the hands of the client's program. It holds, with us: " +
      "asking the inbox actor as the notifier does, its reads, the commit to SQLite (the entry, what is in " +
      "it, what has to leave by push and e-mail, the count), the event, gathering, rendering and sending. " +
      "The outbox of the service that tells, which comes before, is not in it. With socket.io: two emits " +
      "to the person's room, and nothing that is stored.",
    "",
    `Either sends two texts for one notification, the count (${bytes(count)} B) and the toast ` +
      `(${bytes(toast)} B); socket.io adds its frame. What follows for the same person while the first is ` +
      "being told may be told together, and counts as delivered with that.",
    "",
    ...table([...head, "longest", "CPU of the server", "failures"], rows),
  ];
}

function bytes(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}

function rateRow(title: string, rate: RateFigures): string[] {
  return [
    title,
    number(rate.wanted),
    number(rate.deliveredPerSecond),
    `${(rate.delivered * 100).toFixed(2)} %`,
    ms(rate.p50Ms),
    ms(rate.p99Ms),
    ms(rate.maxMs),
    `${Math.round(rate.cores * 100)} % of a core`,
    number(rate.failures),
  ];
}

function memorySection(figures: readonly InboxFigures[], plan: InboxPlan): string[] {
  const rows = figures.flatMap((one) => {
    const { title, before, begun, connected, active } = one;
    const row = (state: string, memory: Memory, cells: readonly string[]) => [
      ...[title, state, mib(memory.resident), mib(memory.collected), mib(memory.heap)],
      ...cells,
    ];
    const cells = (memory: Memory) => [
      each(perPerson(one, memory, "resident")),
      each(perPerson(one, memory, "collected")),
      each(perFurtherPerson(one, memory)),
    ];
    return [
      row("nobody", before, ["–", "–", "–"]),
      row(`${number(one.begunPeople)} people`, begun, ["–", "–", "–"]),
      row(`${number(one.people)} people`, connected, cells(connected)),
      ...(active ? [row("and their inboxes in memory", active, cells(active))] : []),
    ];
  });
  const head = ["", "connected", "VmRSS", "VmRSS, collected", "heap, collected"];
  return [
    "## Memory",
    "",
    `${number(plan.people)} people who are connected, before anything happens to them. Memory is VmRSS when ` +
      "it has stopped changing, as it is by itself and after a collection by force. Bytes a person are the " +
      "difference to the same figure with nobody connected, and hold all that the process warms up with its " +
      `first people; what one further person takes is the difference between ${number(plan.people)} and ` +
      `${number(plan.peoplePerProcess)} people, collected. An inbox is in memory when something has happened ` +
      "to it within two minutes.",
    "",
    ...table([...head, "a person", "a person, collected", "a further person"], rows),
    `Connecting them all took ${figures.map(({ title, connectMs }) => `${title} ${ms(connectMs)}`).join(", ")}. ` +
      `Sockets that were lost: ${figures.map(({ closed }) => closed).join(", ")}.`,
    "",
  ];
}

function perPerson(
  { people, before }: InboxFigures,
  memory: Memory,
  kind: "resident" | "collected",
): number {
  return (memory[kind] - before[kind]) / people;
}

/** With the inbox of everybody, where it is in memory. */
function perFurtherPerson(one: InboxFigures, memory: Memory): number {
  const { people, begun, begunPeople, connected } = one;
  const connecting = (connected.collected - begun.collected) / (people - begunPeople);
  return connecting + (memory.collected - connected.collected) / people;
}

function goals(figures: readonly InboxFigures[]): string[] {
  const ours = figures.find(({ contender }) => contender === "suite");
  if (!ours) return ["- our own server was not measured"];
  const lines: string[] = [];
  const rate = ours.rates.find(({ wanted }) => wanted === GOAL.perSecond);
  if (rate) {
    const name = `p99 under ${GOAL.p99Ms} ms at ${number(GOAL.perSecond)} a second, all delivered`;
    lines.push(goal(name, rate.delivered === 1 && rate.p99Ms < GOAL.p99Ms));
  }
  const { active } = ours;
  if (active) {
    const name = `under ${GOAL.bytesPerPerson / 1_024} KB of memory per idle person, inbox and all`;
    const collected = perPerson(ours, active, "collected") < GOAL.bytesPerPerson;
    lines.push(goal(`${name}, what the process warms up included`, collected));
    const further = perFurtherPerson(ours, active) < GOAL.bytesPerPerson;
    lines.push(goal(`${name}, for a further person`, further));
  }
  return lines;
}

function goal(name: string, isReached: boolean): string {
  return `- ${name}: ${isReached ? "reached" : "**not reached**"}`;
}

// ------------------------------------------------------------------------------------- cells

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const rule = head.map((_, index) => (index === 0 ? "---" : "---:"));
  return [...[head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`), ""];
}

function number(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString("en") : "–";
}

function ms(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ms`;
}

function each(value: number): string {
  return `${number(value)} B`;
}

function mib(value: number): string {
  return `${(value / 2 ** 20).toFixed(1)} MiB`;
}
