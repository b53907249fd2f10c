/**
 * Prints who imports whom: `bun scripts/rooms.ts`. A room is a folder, or a file that stands alone; a
 * noun's door, `x.ts` beside `x/`, belongs to its room. Tests are left out.
 */

import { importsOf, isTest, readSources } from "../tests/tidy/source.ts";

const TOPS = ["actors", "db", "routes", "static", "views"];

/** Files and the files they import, tests left out. */
async function readGraph(): Promise<Map<string, string[]>> {
  const sources = (await readSources()).filter(({ path }) => !isTest(path));
  const paths = new Set(sources.map(({ path }) => path));
  return new Map(
    sources.map((file) => {
      const targets = importsOf(file).flatMap(({ path }) => path ?? []);
      return [file.path, targets.filter((path) => paths.has(path))];
    }),
  );
}

/** The room of a file, such as `actors/document`. */
function roomOf(path: string, rooms: ReadonlySet<string>): string {
  const [top = "", name = ""] = path.split("/");
  if (!TOPS.includes(top)) return top;
  const stem = `${top}/${name.replace(/\.tsx?$/, "")}`;
  return rooms.has(stem) ? stem : `${top}/${name}`;
}

/** Sets of nodes that reach each other, those of one left out. */
function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const reach = (from: string): Set<string> => {
    const seen = new Set<string>();
    const open = [from];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      for (const next of graph.get(node) ?? []) {
        if (seen.has(next)) continue;
        seen.add(next);
        open.push(next);
      }
    }
    return seen;
  };
  const reached = new Map([...graph.keys()].map((node) => [node, reach(node)]));
  const circles = new Map<string, string[]>();
  for (const node of graph.keys()) {
    const circle = [...graph.keys()].filter(
      (other) => reached.get(node)?.has(other) && reached.get(other)?.has(node),
    );
    if (circle.length > 1) circles.set(circle.join(" "), circle);
  }
  return [...circles.values()];
}

const files = await readGraph();
const folders = new Set(
  [...files.keys()].flatMap((path) => {
    const parts = path.split("/");
    return parts.length > 2 ? [parts.slice(0, 2).join("/")] : [];
  }),
);
const arrows = new Map<string, Set<string>>();
for (const [path, targets] of files) {
  const from = roomOf(path, folders);
  const set = arrows.get(from) ?? new Set<string>();
  arrows.set(from, set);
  for (const target of targets) {
    const to = roomOf(target, folders);
    if (to !== from) set.add(to);
  }
}
for (const top of TOPS) {
  const own = [...arrows].filter(([room]) => room.startsWith(`${top}/`)).sort();
  const inner = new Map(
    own.map(([room, to]) => [room, [...to].filter((other) => other.startsWith(`${top}/`))]),
  );
  const count = [...inner.values()].reduce((sum, to) => sum + to.length, 0);
  const circles = circlesIn(inner);
  console.log(`${top}/: ${own.length} rooms, ${count} arrows, ${circles.length} circles of rooms`);
  for (const circle of circles) console.log(`  circle: ${circle.join(", ")}`);
  for (const [room, to] of inner)
    if (to.length > 0) console.log(`  ${room} → ${to.sort().join(", ")}`);
}
const circles = circlesIn(files);
console.log(`circles of files: ${circles.length}`);
for (const circle of circles) console.log(`  ${circle.join(", ")}`);
