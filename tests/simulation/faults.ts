/** What goes wrong: each fault is drawn by luck, and ends by itself or when everything is healed. */

import type { SimulatedNode } from "./node.ts";
import type { Happening } from "./witness.ts";
import { DRIFT_MAX, type World } from "./world.ts";

/** Nodes that there may be at once. */
const NODES_MAX = 5;

type Fault = { name: Happening; often: number; strike: (world: World, forMs: number) => boolean };

function onNode(strike: (world: World, node: SimulatedNode, forMs: number) => boolean) {
  return (world: World, forMs: number): boolean => {
    const node = world.chance.one(world.nodes);
    return node !== undefined && strike(world, node, forMs);
  };
}

/** Whether it was possible is what each answers. */
const FAULTS: readonly Fault[] = [
  {
    name: "crash",
    often: 4,
    strike: onNode((world, node, forMs) => {
      world.witness.note(`${node.id} crashes`);
      node.end();
      if (world.chance.is(0.3)) return true;
      world.agenda.after(world.chance.is(0.5) ? 200 : forMs / 4, () => {
        world.witness.count("restart");
        world.join();
      });
      return true;
    }),
  },
  {
    name: "pause",
    often: 4,
    strike: onNode((world, node, forMs) => {
      // The worst moment is the one between having decided and writing.
      if (world.chance.is(0.5)) node.stallMs = forMs;
      else node.pause(forMs);
      return true;
    }),
  },
  {
    name: "cut_nodes",
    often: 2,
    strike: onNode((world, node, forMs) => {
      const other = world.chance.one(world.nodes);
      if (other === undefined || other === node) return false;
      world.witness.note(`${node.id} and ${other.id} are cut for ${forMs.toFixed(0)} ms`);
      world.lines.cut(node.id, other.id, world.agenda.nowMs + forMs);
      return true;
    }),
  },
  { name: "cut_register", often: 3, strike: onNode(cutFrom("register")) },
  { name: "cut_table", often: 3, strike: onNode(cutFrom("table")) },
  {
    name: "cut_both",
    often: 3,
    strike: onNode((world, node, forMs) => {
      cutFrom("register")(world, node, forMs);
      return cutFrom("table")(world, node, forMs);
    }),
  },
  {
    name: "register_away",
    often: 2,
    strike: ({ register, agenda, witness }, forMs) => {
      witness.note(`the register is away for ${forMs.toFixed(0)} ms`);
      register.awayUntilMs = agenda.nowMs + forMs;
      return true;
    },
  },
  {
    name: "register_wiped",
    often: 2,
    strike: ({ register, witness }) => {
      witness.note("the register forgets everything");
      register.wipe();
      return true;
    },
  },
  {
    name: "table_away",
    often: 2,
    strike: ({ database, agenda, witness }, forMs) => {
      witness.note(`the database is away for ${forMs.toFixed(0)} ms`);
      database.awayUntilMs = agenda.nowMs + forMs;
      return true;
    },
  },
  {
    name: "slow",
    often: 3,
    strike: onNode((world, node, forMs) => {
      world.witness.note(`${node.id} is slow for ${forMs.toFixed(0)} ms`);
      node.slowUntilMs = world.agenda.nowMs + forMs;
      return true;
    }),
  },
  {
    name: "noise",
    often: 2,
    strike: ({ lines, chance, witness }) => {
      witness.note("calls and frames get lost");
      lines.noise = { calls: chance.between(0.02, 0.25), frames: chance.between(0.02, 0.3) };
      return true;
    },
  },
  {
    name: "skew",
    often: 1,
    strike: onNode((world, node) => {
      node.drift(driftedRate(world));
      return true;
    }),
  },
  {
    name: "terminate",
    often: 3,
    strike: onNode((world, node) => {
      if (world.nodes.length < 2 || node.member.isLeaving) return false;
      world.witness.note(`${node.id} is told to leave`);
      node.deliver(() => node.member.leave());
      return true;
    }),
  },
  {
    name: "join",
    often: 3,
    strike: (world) => {
      if (world.nodes.length >= NODES_MAX) return false;
      world.join();
      return true;
    },
  },
];

const TICKETS: readonly Fault[] = FAULTS.flatMap((fault) =>
  Array.from({ length: fault.often }, () => fault),
);

/** A rate at which a clock may go. */
export function driftedRate({ chance }: Pick<World, "chance">): number {
  return 1 + chance.between(-DRIFT_MAX, DRIFT_MAX);
}

/** Lets one thing go wrong; `only` this kind of it, where it is given. */
export function strike(world: World, only?: Happening): void {
  const { chance, witness } = world;
  const forMs = chance.is(0.5) ? chance.between(50, 1_500) : chance.between(1_500, 6_000);
  const fault = chance.one(only === undefined ? TICKETS : TICKETS.filter(isNamed(only)));
  if (fault?.strike(world, forMs)) witness.count(fault.name);
}

/** Ends everything that is wrong; who has crashed and was not started again stays away. */
export function heal(world: World): void {
  const { database, lines, nodes, register, witness } = world;
  witness.note("everything is healed");
  lines.heal();
  database.awayUntilMs = 0;
  register.awayUntilMs = 0;
  for (const node of [...nodes]) {
    node.cutUntilMs.table = 0;
    node.cutUntilMs.register = 0;
    node.slowUntilMs = 0;
    node.stallMs = 0;
    node.resume();
  }
  if (!nodes.some(({ member }) => !member.isLeaving)) world.join();
}

function isNamed(name: Happening) {
  return (fault: Fault): boolean => fault.name === name;
}

function cutFrom(service: "table" | "register") {
  return (world: World, node: SimulatedNode, forMs: number): boolean => {
    world.witness.note(`${node.id} does not reach the ${service} for ${forMs.toFixed(0)} ms`);
    node.cutUntilMs[service] = world.agenda.nowMs + forMs;
    return true;
  };
}
