/** The rules of the house style that a program can check, each as a function from files to findings. */

import {
  type Finding,
  importsOf,
  isTest,
  lineOf,
  type SourceFile,
  withoutComments,
} from "./source.ts";

const FUNCTION_LINES_MAX = 70;
/** Four hundred are long already; these are the ends of patience. */
const FILE_LINES_MAX = 550;

// -------------------------------------------------------------------------------- directions

/** What the rest of `actors/` stands on. */
const GROUND = /^actors\/(?:back_off|delta|errors|events|ids|limits|pieces|ports)\.ts$/;

/** What a file may import of ours; where several rules fit, the first holds. */
const MAY_IMPORT: readonly {
  from: RegExp;
  to: readonly RegExp[] | ((noun: string) => readonly RegExp[]);
}[] = [
  {
    from: /^actors\/runtime\//,
    to: [/^actors\/runtime\//, /^actors\/(?:back_off|ports|ids|errors|limits)\.ts$/],
  },
  {
    from: /^actors\/cluster\//,
    to: [
      /^actors\/(?:cluster|runtime)\//,
      /^actors\/(?:back_off|ports|events|ids|errors|limits)\.ts$/,
    ],
  },
  { from: /^actors\/mod\.ts$/, to: [/^actors\//] },
  {
    from: /^actors\/(?:\w+)\.ts$/,
    to: (noun) => [GROUND, /^actors\/runtime\/behavior\.ts$/, new RegExp(`^actors/${noun}/`)],
  },
  // What runs by itself knows every noun by its door; no noun knows what runs by itself.
  {
    from: /^actors\/workers\//,
    to: [
      GROUND,
      /^actors\/(?:workers|runtime)\//,
      /^actors\/cluster\/ports\.ts$/,
      /^actors\/\w+\.ts$/,
    ],
  },
  {
    from: /^actors\/(\w+)\//,
    to: (noun) => [GROUND, /^actors\/runtime\/behavior\.ts$/, new RegExp(`^actors/${noun}/`)],
  },
  { from: /^routes\//, to: [/^routes\//, /^views\//, /^actors\/mod\.ts$/] },
  // A view draws with what is pure and shared with routes.
  { from: /^views\//, to: [/^views\//, /^actors\/mod\.ts$/, /^static\/shell\/time_text\.ts$/] },
  { from: /^db\//, to: [/^db\//, /^actors\/mod\.ts$/] },
  { from: /^static\//, to: [/^static\//, /^actors\/delta\.ts$/] },
  { from: /^config\.ts$/, to: [] },
  { from: /^(?:server\.ts|worker\.ts|scripts\/|tests\/|bench\/)/, to: [/./] },
];

/** Imports that point outward. */
export function checkDirections(files: readonly SourceFile[]): Finding[] {
  const findings: Finding[] = [];
  for (const file of files) {
    if (isTest(file.path)) continue;
    const allowed = allowedFor(file.path);
    for (const { path, line } of importsOf(file)) {
      if (path === undefined || path.endsWith(".d.ts")) continue;
      if (allowed.some((to) => to.test(path))) continue;
      findings.push({
        path: file.path,
        line,
        message: `imports "${path}", which it must not know`,
      });
    }
  }
  return findings;
}

function allowedFor(path: string): readonly RegExp[] {
  const rule = MAY_IMPORT.find(({ from }) => from.test(path));
  if (rule === undefined) return [];
  return typeof rule.to === "function" ? rule.to(nounOf(path)) : rule.to;
}

/** The name of a room that has a door, from the door or from a file behind it. */
function nounOf(path: string): string {
  return /^\w+\/(\w+)/.exec(path)?.[1] ?? "";
}

/**
 * Imports around a door: what stands in `x/` beside an `x.ts` is for `x.ts` and its own folder; everybody
 * else asks at the door.
 */
export function checkDoors(files: readonly SourceFile[]): Finding[] {
  const doors = new Map<string, string>();
  for (const { path } of files) {
    const match = /^(.*)\.tsx?$/.exec(path);
    if (match?.[1] !== undefined) doors.set(`${match[1]}/`, path);
  }
  const findings: Finding[] = [];
  for (const file of files) {
    if (isTest(file.path) || file.path.startsWith("scripts/")) continue;
    for (const { path, line } of importsOf(file)) {
      const folder = path === undefined ? "" : folderOf(path);
      const door = doors.get(folder);
      if (door === undefined || file.path === door || file.path.startsWith(folder)) continue;
      const message = `imports "${path}", whose door is "${door}"`;
      findings.push({ path: file.path, line, message });
    }
  }
  return findings;
}

/** Packages that only some folders may know: a driver is an adapter's business. */
const PACKAGES: readonly { name: RegExp; only: RegExp }[] = [
  { name: /^(?:bun:sqlite|kysely|lucia|pg|ioredis|minio|better-sqlite3)(?:\/|$)/, only: /^db\// },
  { name: /^(?:rate-limiter-flexible|cockatiel)$/, only: /^db\// },
  { name: /^(?:web-push|nodemailer)(?:\/|$)/, only: /^db\// },
  { name: /^@msgpack\/msgpack$/, only: /^actors\/cluster\// },
  { name: /^hono(?:\/|$)/, only: /^(?:routes|views)\// },
  { name: /^markdown-it$/, only: /^views\// },
  { name: /^lucide-static\//, only: /^views\// },
  { name: /^htmx\.org(?:\/|$)/, only: /^static\// },
  { name: /^loro-crdt(?:\/|$)/, only: /^actors\/document\// },
];

/** Packages imported where they are not at home. */
export function checkPackages(files: readonly SourceFile[]): Finding[] {
  const findings: Finding[] = [];
  for (const file of files) {
    if (isTest(file.path)) continue;
    for (const { specifier, line } of importsOf(file)) {
      const rule = PACKAGES.find(({ name }) => name.test(specifier));
      if (!rule || rule.only.test(file.path)) continue;
      findings.push({
        path: file.path,
        line,
        message: `imports "${specifier}", which has its own room`,
      });
    }
  }
  return findings;
}

/** Files that import each other in a circle; for types alone, where tests are spared. */
export function checkCycles(files: readonly SourceFile[]): Finding[] {
  const graph = new Map<string, string[]>();
  for (const file of files) {
    graph.set(
      file.path,
      importsOf(file).flatMap(({ path, isType }) =>
        path === undefined || (isType && isTest(file.path)) ? [] : path,
      ),
    );
  }
  const findings: Finding[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      const circle = [...trail.slice(trail.indexOf(path)), path].join(" → ");
      findings.push({ path, line: 1, message: `imports itself: ${circle}` });
      return;
    }
    if (done.has(path)) return;
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return findings;
}

/** `_part.ts` is private to its folder. */
export function checkPrivateFiles(files: readonly SourceFile[]): Finding[] {
  return files.flatMap((file) =>
    importsOf(file)
      .filter(
        ({ path }) =>
          path && /(?:^|\/)_[^/]*$/.test(path) && folderOf(path) !== folderOf(file.path),
      )
      .map(({ path, line }) => ({
        path: file.path,
        line,
        message: `imports "${path}", which is private to its folder`,
      })),
  );
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

// -------------------------------------------------------------------------------------- names

/** Names in snake case, no `index.ts`, and imports that name their file. */
export function checkNames(files: readonly SourceFile[]): Finding[] {
  const findings: Finding[] = [];
  for (const file of files) {
    const name = file.path.slice(folderOf(file.path).length);
    if (!/^_?[a-z0-9]+(?:_[a-z0-9]+)*(?:\.d)?\.(?:ts|tsx|mjs)$/.test(name)) {
      findings.push({ path: file.path, line: 1, message: "is not named in snake case" });
    }
    if (/^index\./.test(name)) {
      findings.push({
        path: file.path,
        line: 1,
        message: 'is an index; a door is called "mod.ts"',
      });
    }
    for (const { specifier, line } of importsOf(file)) {
      if (specifier.startsWith(".") && !/\.\w+$/.test(specifier)) {
        findings.push({
          path: file.path,
          line,
          message: `imports "${specifier}" without its extension`,
        });
      }
    }
  }
  return findings;
}

// -------------------------------------------------------------------------------------- sizes

const FUNCTION_START =
  /^(\s*)(?:export )?(?:default )?(?:async )?(?:function\b|(?:static |async |get |set |readonly )*#?\w+\s*(?:<[^>]*>)?\(.*\{$|.*=>\s*\{$)/;

/** Functions and files that are longer than one can hold in mind. Reads what the formatter has laid out. */
export function checkSizes(files: readonly SourceFile[]): Finding[] {
  const findings: Finding[] = [];
  for (const { path, text } of files) {
    const lines = text.split("\n");
    if (lines.length > FILE_LINES_MAX && !isData(path)) {
      const message = `has ${lines.length} lines, at most ${FILE_LINES_MAX} are wanted`;
      findings.push({ path, line: 1, message });
    }
    if (isTest(path)) continue;
    for (const { start, end } of functionsIn(lines)) {
      const length = end - start + 1;
      if (length <= FUNCTION_LINES_MAX) continue;
      const message = `has a function of ${length} lines, at most ${FUNCTION_LINES_MAX} are wanted`;
      findings.push({ path, line: start + 1, message });
    }
  }
  return findings;
}

/** Where functions begin and end: at a closing brace that is indented as far as the beginning. */
function functionsIn(lines: readonly string[]): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  for (const [start, line] of lines.entries()) {
    const match = FUNCTION_START.exec(line);
    if (!match || /^\s*(?:if|for|while|switch|catch|return)\b/.test(line)) continue;
    const closing = `${match[1] ?? ""}}`;
    // The type of a parameter ends with such a brace too, and the body begins on the same line.
    const end = lines.findIndex((other, index) => {
      return index > start && other.startsWith(closing) && !other.endsWith("{");
    });
    if (end > start) found.push({ start, end });
  }
  return found;
}

/** Tables, which grow with the suite and are not read from end to end. */
function isData(path: string): boolean {
  return path.startsWith("scripts/populate/") || path === "actors/limits.ts";
}

// -------------------------------------------------------------------------------------- calls

const BANNED: readonly {
  pattern: RegExp;
  where: RegExp;
  but?: RegExp;
  tests?: boolean;
  instead: string;
}[] = [
  {
    pattern:
      /\b(?:Date\.now\(|new Date\(\)|Math\.random\(|performance\.now\(|setTimeout\(|setInterval\()/g,
    where: /^actors\//,
    but: /^actors\/runtime\/clock\.ts$/,
    instead: "the clock, so that a test can move it",
  },
  {
    pattern: /\b(?:process\.env|Bun\.env|import\.meta\.env)\b/g,
    where: /^(?:server\.ts|actors|routes|views|db|static)/,
    instead: "config.ts, which reads the environment once",
  },
  {
    pattern: /\bconsole\.\w+\(/g,
    where: /^(?:actors|routes|views|db)\//,
    but: /^routes\/account\/user_command\.ts$/,
    instead: "the log",
  },
  {
    pattern: /\beval\(|\bnew Function\(/g,
    where: /./,
    instead: "plain code; the page's policy refuses it",
  },
  {
    pattern: /\.(?:innerHTML|outerHTML)\s*=|insertAdjacentHTML\(|document\.write\(/g,
    where: /^static\//,
    // Blocks of the preview come from the server's own renderer, which lets no markup through.
    but: /^static\/document\/preview\.ts$/,
    instead: "nodes and their text",
  },
  {
    pattern:
      /\b(?:c\.req(?:\.raw)?|request)\.(?:parseBody|formData|text|json|arrayBuffer|blob|bytes)\(/g,
    where: /^(?:routes\/|server\.ts)/,
    instead: "readForm() or readJson(), which hold what is sent to its limits",
  },
  { pattern: /\bnew Proxy\(/g, where: /./, instead: "a message that says what it does" },
  { pattern: /dangerouslySetInnerHTML/g, where: /./, instead: "JSX, which escapes" },
  {
    pattern: /\bBun\.sleep\(|\bwaitForTimeout\(|await new Promise\(\(\w+\) => setTimeout/g,
    where: /_test\.tsx?$/,
    tests: true,
    instead: "asking with waitFor()",
  },
  {
    pattern: /\b(?:test|describe|it)\.(?:only|skip|todo)\(/g,
    where: /./,
    tests: true,
    instead: "the whole suite",
  },
];

/** Calls that have a better one. */
export function checkCalls(files: readonly SourceFile[]): Finding[] {
  const findings: Finding[] = [];
  for (const { path, text } of files) {
    if (path.startsWith("tests/tidy/")) continue;
    const code = withoutComments(text);
    for (const { pattern, where, but, tests = false, instead } of BANNED) {
      if (!where.test(path) || but?.test(path) || (isTest(path) && !tests)) continue;
      for (const match of code.matchAll(pattern)) {
        const message = `uses "${match[0].trim()}"; use ${instead}`;
        findings.push({ path, line: lineOf(text, match.index), message });
      }
    }
  }
  return findings;
}

// --------------------------------------------------------------------------------------- docs

const EXPORT =
  /^export (?:abstract |async |declare )*(?:function|class|const|let|interface|type|enum)\s+(\w+)/gm;

/** A doc comment on everything exported, and one that says why a file exists. */
export function checkDocs(files: readonly SourceFile[]): Finding[] {
  const findings: Finding[] = [];
  for (const { path, text } of files) {
    if (/_test\.tsx?$/.test(path) || path.endsWith(".d.ts")) continue;
    if (!/^(?:#!.*\n)?\s*(?:\/\*\*|\/\/)/.test(text)) {
      findings.push({ path, line: 1, message: "does not open with why it exists" });
    }
    for (const match of text.matchAll(EXPORT)) {
      const before = text.slice(0, match.index).trimEnd();
      if (before.endsWith("*/")) continue;
      const message = `exports "${match[1]}" without a doc comment`;
      findings.push({ path, line: lineOf(text, match.index), message });
    }
  }
  return findings;
}

/** Left over: work to do without an issue, and code that is only a comment. */
export function checkLeftovers(files: readonly SourceFile[]): Finding[] {
  const findings: Finding[] = [];
  for (const { path, text } of files) {
    if (path.startsWith("tests/tidy/")) continue;
    for (const match of text.matchAll(/\b(?:TODO|FIXME|XXX|HACK)\b(?!\(#\d+\))/g)) {
      findings.push({
        path,
        line: lineOf(text, match.index),
        message: `leaves "${match[0]}" without an issue`,
      });
    }
    for (const match of text.matchAll(
      /^\s*\/\/ ?(?:const|let|import|export|return|if \(|await) .*[;{]$/gm,
    )) {
      findings.push({
        path,
        line: lineOf(text, match.index) + 1,
        message: "keeps code in a comment",
      });
    }
  }
  return findings;
}

/** Exports that nothing else in the project imports or names. */
export function checkUnusedExports(files: readonly SourceFile[]): Finding[] {
  const findings: Finding[] = [];
  const words = new Map(files.map(({ path, text }) => [path, new Set(text.match(/\w+/g))]));
  for (const { path, text } of files) {
    if (isTest(path) || path.endsWith(".d.ts") || /^db\/\w+\/migrations\//.test(path)) continue;
    for (const match of text.matchAll(EXPORT)) {
      const name = match[1] ?? "";
      const isUsed = [...words].some(([other, set]) => other !== path && set.has(name));
      // A type in an exported signature is exported for whoever has to name it.
      const isSignature = /^export (?:declare )?(?:interface|type)/.test(match[0]);
      if (isUsed || isSignature) continue;
      const message = `exports "${name}", which nothing imports`;
      findings.push({ path, line: lineOf(text, match.index), message });
    }
  }
  return findings;
}

/** Addresses of registries belong to whoever installs, not to the project. */
export function checkHosts(files: readonly SourceFile[]): Finding[] {
  const hosts = new RegExp(
    ["npmjs\\.(?:org|com)", "deb\\.debian\\.org", "yarnpkg\\.com"].join("|"),
    "g",
  );
  return files
    .filter(({ path }) => !path.startsWith("tests/tidy/"))
    .flatMap(({ path, text }) =>
      [...text.matchAll(hosts)].map((match) => ({
        path,
        line: lineOf(text, match.index),
        message: `names the registry "${match[0]}"`,
      })),
    );
}

// ---------------------------------------------------------------------------------- backlogs

/**
 * Chores that go through a list of their own. What runs by itself is handed a list by a query, and one bad
 * item at its head must not keep the others: that is what a `Sweep` is for.
 */
export function checkBacklogs(files: readonly SourceFile[]): Finding[] {
  const findings: Finding[] = [];
  for (const { path, text } of files) {
    const runsByItself =
      /^(?:actors\/workers\/|routes\/|db\/|server\.ts)/.test(path) && text.includes("setTimer(");
    if (isTest(path) || !runsByItself) continue;
    for (const match of withoutComments(text).matchAll(/for \(const [^;]*? of \(?await /g)) {
      const message = "goes through a list by itself, where a Sweep is wanted";
      findings.push({ path, line: lineOf(text, match.index), message });
    }
  }
  return findings;
}
