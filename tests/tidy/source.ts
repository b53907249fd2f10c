/** The project's own source, as the style test reads it. */

import { dirname, join, normalize } from "node:path";

/** One file of source. */
export interface SourceFile {
  /** From the root, with forward slashes. */
  path: string;
  text: string;
}

/** One thing that is not as it should be. */
export interface Finding {
  path: string;
  line: number;
  message: string;
}

/** One import of a file. */
export interface Import {
  specifier: string;
  /** The file it leads to, when it is one of ours. */
  path: string | undefined;
  isType: boolean;
  line: number;
}

const ROOT = dirname(dirname(import.meta.dir));
const IMPORT =
  /^(?:import|export)\s+(type\s+)?[^;'"]*?from\s+"([^"]+)"|^import\s+"([^"]+)"|import\(\s*"([^"]+)"\s*\)/gm;

/** Every file of TypeScript that git knows or could know. */
export async function readSources(): Promise<SourceFile[]> {
  const listed = Bun.spawnSync(["git", "ls-files", "-co", "--exclude-standard"], { cwd: ROOT });
  const paths = listed.stdout
    .toString()
    .split("\n")
    .filter((path) => /\.(?:ts|tsx|mjs)$/.test(path));
  const files: SourceFile[] = [];
  for (const path of paths) {
    const file = Bun.file(join(ROOT, path));
    if (await file.exists()) files.push({ path, text: await file.text() });
  }
  return files;
}

/** Every file that git knows, whatever is in it. */
export async function readAll(): Promise<SourceFile[]> {
  const listed = Bun.spawnSync(["git", "ls-files"], { cwd: ROOT });
  const paths = listed.stdout.toString().split("\n").filter(Boolean);
  const texts = paths.filter((path) => !/\.(?:png|ico|woff2)$|package-lock\.json$/.test(path));
  const files: SourceFile[] = [];
  for (const path of texts) {
    const file = Bun.file(join(ROOT, path));
    if (await file.exists()) files.push({ path, text: await file.text() });
  }
  return files;
}

/** What a file imports, static and dynamic. */
export function importsOf({ path, text }: SourceFile): Import[] {
  const imports: Import[] = [];
  for (const match of withoutComments(text).matchAll(IMPORT)) {
    const specifier = match[2] ?? match[3] ?? match[4] ?? "";
    const target = specifier.startsWith(".")
      ? normalize(join(dirname(path), specifier))
      : undefined;
    const isType = match[1] !== undefined;
    imports.push({ specifier, path: target, isType, line: lineOf(text, match.index) });
  }
  return imports;
}

/** The text with comments blanked out, so that every position stays where it was. */
export function withoutComments(text: string): string {
  return text.replace(
    /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|(^|[^:\\])\/\/[^\n]*/gm,
    (whole, literal: string | undefined, before: string | undefined) => {
      if (literal !== undefined) return whole;
      const kept = before ?? "";
      return kept + whole.slice(kept.length).replace(/[^\n]/g, " ");
    },
  );
}

/** The line of a position, from 1. */
export function lineOf(text: string, position: number): number {
  let line = 1;
  for (let i = 0; i < position; i++) if (text.charCodeAt(i) === 10) line++;
  return line;
}

/** Whether a file is a test, or stands by tests. */
export function isTest(path: string): boolean {
  return path.startsWith("tests/") || path.startsWith("bench/") || /_test\.tsx?$/.test(path);
}
