import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TemporaryFolder, temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { embeddedServices } from "../services.ts";
import { assertDataFiles, type FileService } from "./data_files.ts";

let folder: TemporaryFolder;

beforeEach(() => {
  folder = temporaryFolder();
});

afterEach(() => folder[Symbol.dispose]());

const pathOf = ({ name }: Pick<FileService, "name">) => join(folder.path, `${name}.db`);

/** Makes the file of a service with its first table, and with one row there. */
function fill(service: FileService): void {
  using database = new Database(pathOf(service));
  database.run(`CREATE TABLE "${service.tables[0]}" (id TEXT)`);
  database.run(`INSERT INTO "${service.tables[0]}" VALUES ('a')`);
}

function migrated(service: Pick<FileService, "name">, name: string): void {
  using database = new Database(pathOf(service));
  database.run("CREATE TABLE kysely_migration (name TEXT)");
  database.run("INSERT INTO kysely_migration VALUES (?)", [name]);
}

function problems(): string[] {
  try {
    assertDataFiles(folder.path, embeddedServices);
    return [];
  } catch (error) {
    return (error as Error).message.split("\n");
  }
}

test("a folder is new, or has everything", () => {
  expect(problems()).toEqual([]);
  for (const service of embeddedServices) fill(service);
  expect(problems()).toEqual([]);
});

test.each(embeddedServices.map((service) => [service.name, service] as const))(
  "%s is not lost beside the others",
  (_, service) => {
    for (const other of embeddedServices) if (other !== service) fill(other);
    if (service.cameWith !== undefined) {
      expect(problems()).toEqual([]);
      migrated({ name: "document" }, service.cameWith);
    }
    expect(problems()).toEqual([
      expect.stringMatching(/^Cannot open database ".*": expected it to be as old as "\w+\.db"/),
    ]);
    writeFileSync(pathOf(service), "");
    expect(problems()[0]).toContain("received one without its tables");
  },
);

test("whatever is no database is told, each in a line of its own", () => {
  const [first, second, third] = embeddedServices;
  if (!first || !second || !third) throw new Error("Cannot test: expected three services");
  mkdirSync(pathOf(first));
  writeFileSync(pathOf(second), "no database at all, however long one looks at it");
  fill(third);
  expect(problems()).toEqual([
    `Cannot open database "${pathOf(first)}": expected a file, received a folder`,
    expect.stringContaining(`Cannot open database "${pathOf(second)}": `),
  ]);
  rmSync(pathOf(third));
  expect(problems()).toHaveLength(2);
});
