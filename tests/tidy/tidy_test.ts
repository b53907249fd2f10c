/** The house style as a test: each rule is shown to catch what it is for, and then finds nothing. */

import { beforeAll, describe, expect, test } from "bun:test";
import {
  checkBacklogs,
  checkCalls,
  checkCycles,
  checkDirections,
  checkDocs,
  checkDoors,
  checkHosts,
  checkLeftovers,
  checkNames,
  checkPackages,
  checkPrivateFiles,
  checkSizes,
  checkUnusedExports,
} from "./checks.ts";
import { type Finding, importsOf, readAll, readSources, type SourceFile } from "./source.ts";

let sources: SourceFile[];

beforeAll(async () => {
  sources = await readSources();
});

function messages(findings: readonly Finding[]): string[] {
  return findings.map(({ path, line, message }) => `${path}:${line} ${message}`);
}

function file(path: string, text: string): SourceFile {
  return { path, text };
}

const long = `/** Long. */\nexport function long() {\n${"  go();\n".repeat(80)}}\n`;

/** A rule, files that break it, and one that does not. */
const RULES: [string, (files: readonly SourceFile[]) => Finding[], SourceFile[], SourceFile[]][] = [
  [
    "imports point inward",
    checkDirections,
    [
      file("routes/x.ts", 'import { a } from "../db/x.ts";'),
      file("views/x.ts", 'import { a } from "../routes/x.ts";'),
      file("actors/document.ts", 'import { a } from "./inbox.ts";'),
      file("actors/document/x.ts", 'import { a } from "../inbox/y.ts";'),
      file("actors/inbox.ts", 'import { a } from "./workers/x.ts";'),
      file("actors/inbox/x.ts", 'import { a } from "../mod.ts";'),
      file("actors/runtime/x.ts", 'import type { A } from "../document.ts";'),
      file("static/x.ts", 'import { a } from "../actors/mod.ts";'),
      file("db/x.ts", 'import { a } from "../actors/ports.ts";'),
      file("routes/y.ts", 'const a = await import("../db/x.ts");'),
    ],
    [
      file("routes/x.ts", 'import { a } from "../actors/mod.ts";'),
      file("actors/workers/x.ts", 'import { a } from "../inbox.ts";'),
      file("actors/inbox/x.ts", 'import { a } from "./y.ts";'),
      file("tests/x.ts", 'import "../db/x.ts";'),
    ],
  ],
  [
    "what stands behind a door is asked for at the door",
    checkDoors,
    [
      file("db/inbox.ts", 'import type { A } from "./document/x.ts";'),
      file("db/document.ts", 'import { a } from "./inbox/store.ts";'),
    ],
    [
      file("db/inbox.ts", 'import { a } from "./inbox/store.ts";'),
      file("db/inbox/store.ts", 'import { a } from "./schema.ts";'),
      file("db/stores.ts", 'import { a } from "./inbox.ts";'),
      file("routes/x.ts", 'import { a } from "./live/y.ts";'),
    ],
  ],
  [
    "packages stay in their rooms",
    checkPackages,
    [
      file("routes/x.ts", 'import { Database } from "bun:sqlite";'),
      file("actors/x.ts", 'import { Kysely } from "kysely";'),
      file("static/x.ts", 'import { html } from "hono/html";'),
    ],
    [file("db/x.ts", 'import { Kysely } from "kysely";\n// import { Hono } from "hono";')],
  ],
  [
    "no file imports itself in a circle",
    checkCycles,
    [
      file("a/x.ts", 'import { y } from "./y.ts";'),
      file("a/y.ts", 'import type { X } from "./x.ts";'),
    ],
    [file("a/x.ts", 'import { y } from "./y.ts";'), file("a/y.ts", 'import "./z.ts";')],
  ],
  [
    "private files are imported in their folder only",
    checkPrivateFiles,
    [file("routes/x.ts", 'import { a } from "../views/_a.ts";')],
    [file("views/x.ts", 'import { a } from "./_a.ts";')],
  ],
  [
    "files have names in snake case and doors called mod.ts",
    checkNames,
    [file("a/fileName.ts", ""), file("a/index.ts", ""), file("a/b.ts", 'import { c } from "./c";')],
    [file("a/file_name_test.tsx", 'import { c } from "./c.ts";')],
  ],
  [
    "functions and files are short",
    checkSizes,
    [file("a/x.ts", long), file("a/y.ts", "\n".repeat(600))],
    [file("a/x.ts", "/** Short. */\nexport function short() {\n  go();\n}\n")],
  ],
  [
    "calls that have a better one are not used",
    checkCalls,
    [
      file("actors/x.ts", "const now = Date.now();"),
      file("routes/x.ts", "const port = process.env.PORT;"),
      file("routes/z.ts", "const form = await c.req.parseBody();"),
      file("routes/v.ts", "const text = await c.req.raw.text();"),
      file("db/x.ts", 'console.log("x");'),
      file("static/x.ts", "element.innerHTML = text;"),
      file("routes/x_test.ts", "await Bun.sleep(100);"),
      file("routes/y_test.ts", 'test.only("x", () => {});'),
      file("views/x.ts", "new Proxy({}, {});"),
    ],
    [file("actors/x.ts", "// Date.now() is for the clock\nconst now = clock.now();")],
  ],
  [
    "everything exported says what it is",
    checkDocs,
    [
      file("a/x.ts", "/** Why. */\n\nimport y from 'y';\nexport const x = 1;"),
      file("a/y.ts", "const y = 1;"),
    ],
    [file("a/x.ts", "/** Why. */\n\n/** One. */\nexport const x = 1;")],
  ],
  [
    "nothing is left over",
    checkLeftovers,
    [file("a/x.ts", "// TODO later"), file("a/y.ts", "  // const x = 1;")],
    [file("a/x.ts", "// TODO(#12): when there are rooms")],
  ],
  [
    "what runs by itself goes through lists as sweeps",
    checkBacklogs,
    [
      file(
        "routes/x.ts",
        "clock.setTimer(9, run);\nfor (const id of await queries.expired(9)) await purge(id);",
      ),
    ],
    [
      file("routes/x.ts", "for (const id of await idsIn(form)) await act(id);"),
      file("routes/y.ts", "clock.setTimer(9, () => sweep.run());"),
    ],
  ],
  [
    "nothing is exported for nobody",
    checkUnusedExports,
    [file("a/x.ts", "/** X. */\nexport const lonely = 1;")],
    [
      file("a/x.ts", "/** X. */\nexport const used = 1;"),
      file("a/y.ts", 'import { used } from "./x.ts";'),
    ],
  ],
  [
    "no registry is named",
    checkHosts,
    [file("README.md", `see registry.npmjs${".org"}`)],
    [file("README.md", "see the npm registry")],
  ],
];

describe.each(RULES)("%s", (_name, check, bad, good) => {
  test("as the rule can tell", () => {
    const found = new Set(check(bad).map(({ path }) => path));
    const broken = check === checkCycles ? bad.slice(0, 1) : bad;
    expect([...found]).toEqual(broken.map(({ path }) => path));
    expect(messages(check(good))).toEqual([]);
  });

  test("in the whole project", async () => {
    const files = check === checkHosts ? await readAll() : sources;
    expect(files.length).toBeGreaterThan(100);
    expect(messages(check(files))).toEqual([]);
  });
});

test("imports are read as they stand", () => {
  const text =
    'import a, {\n  b,\n} from "./a.ts";\nexport * from "./c.ts";\nimport type { D } from "d";\n';
  expect(
    importsOf(file("x/y.ts", text)).map(({ specifier, isType }) => [specifier, isType]),
  ).toEqual([
    ["./a.ts", false],
    ["./c.ts", false],
    ["d", true],
  ]);
});
