/** Reads what `bun test` leaves behind: the JUnit report and the coverage in lcov format. */

/** How many tests went which way. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** Lines of a file that tests could reach and did reach. */
export interface Coverage {
  path: string;
  found: number;
  hit: number;
}

/** Counts from the report's root element, or undefined when there is no report. */
export async function countTests(path: string): Promise<Tally | undefined> {
  const file = Bun.file(path);
  if (!(await file.exists())) return undefined;
  const head = /<testsuites\b([^>]*)>/.exec(await file.text())?.[1];
  if (head === undefined) return undefined;
  const read = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(head)?.[1] ?? 0);
  const [tests, failed, skipped] = [
    read("tests"),
    read("failures") + read("errors"),
    read("skipped"),
  ];
  return { passed: tests - failed - skipped, failed, skipped };
}

/** Reads an lcov file. */
export function readCoverage(lcov: string): Coverage[] {
  return lcov.split("end_of_record").flatMap((record) => {
    const read = (key: string) => new RegExp(`^${key}:(.+)$`, "m").exec(record)?.[1];
    const path = read("SF");
    if (path === undefined) return [];
    return [{ path, found: Number(read("LF")), hit: Number(read("LH")) }];
  });
}
