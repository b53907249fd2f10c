import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { dirname, join } from "node:path";
import { limits, piecesOf, SuiteError, systemClock, titleOf } from "../actors/mod.ts";
import { SqlDocumentQueries } from "../db/document/queries.ts";
import type { DocumentSchema } from "../db/document/schema.ts";
import { document } from "../db/document.ts";
import { sqliteMigrations } from "../db/sql/migrate.ts";
import { openSqlite } from "../db/sqlite/open.ts";
import { linkToken } from "../routes/document/share.tsx";
import { type Suite, start } from "../server.ts";
import { MemoryLog } from "../tests/support/memory_log.ts";
import { temporaryFolder } from "../tests/support/temporary_folder.ts";
import { expand } from "./populate/grammar.ts";
import { gather, PEOPLE_MAX } from "./populate/people.ts";
import { type Plan, type PlanOptions, plan } from "./populate/plan.ts";
import { Random } from "./populate/random.ts";
import { parseGenre, readLanguages } from "./populate/texts.ts";
import { describe as describeResult, type Populated, populate } from "./populate.ts";

const PASSWORD = "tides and ropes";
const NOON = Date.UTC(2026, 10, 23, 12);

const languages = await readLanguages();

function planTeam(options: Partial<PlanOptions> = {}): Plan {
  return plan({ people: 12, notes: 120, seed: 1, now: NOON, languages, ...options });
}

describe("a populated folder", () => {
  const folder = temporaryFolder();
  let made: Populated;
  let suite: Suite;

  beforeAll(async () => {
    made = await populate({ dataDir: folder.path, people: 6, notes: 45, password: PASSWORD });
    await assertProjected(folder.path);
    suite = await start({
      ...{ port: 0, host: "127.0.0.1", publicUrl: undefined, trustProxy: false },
      ...{ dataDir: folder.path, log: new MemoryLog() },
    });
  });

  afterAll(async () => {
    await suite.stop();
    folder[Symbol.dispose]();
  });

  test("has people of every role, who sign in with the password", async () => {
    const { accounts, passwords } = suite.services;
    const people = await accounts.list();
    expect(people.map(({ role }) => role).sort()).toEqual([
      "administrator",
      "guest",
      ...Array.from({ length: 4 }, () => "member" as const),
    ]);
    for (const { email } of people) {
      const hash = (await accounts.findByEmail(email))?.passwordHash;
      expect(await passwords.verify(PASSWORD, hash)).toBe(true);
    }
  });

  test("has every planned note as it was planned", async () => {
    const { documents } = suite.services;
    for (const note of made.plan.notes) {
      const described = await documents.ask(note.id, { type: "describe" });
      if (described.type !== "described") throw new Error("Cannot go on: it describes nothing");
      expect(described.text).toBe(note.text);
      expect(described.version).toBe(note.version);
      expect(described.createdAt).toBe(note.createdAt);
      expect(described.ownerId).toBe(note.ownerId);
      expect(described.members.length).toBe(note.members.size);
      expect(described.links.length).toBe(note.links.size);
      expect(described.deletedAt !== undefined).toBe(note.deleted);
    }
  });

  test("knows who wrote what when", async () => {
    for (const note of made.plan.notes) {
      const by = { userId: note.ownerId, linkId: undefined };
      const open = { type: "open", by, at: Date.now(), version: 0 } as const;
      const opened = await suite.services.documents.ask(note.id, open);
      if (opened.type !== "opened") throw new Error("Cannot go on: it does not open");
      expect(opened.entries?.map(({ authorId, at }) => ({ authorId, at }))).toEqual(
        note.operations.flatMap((operation) => {
          if (operation.type === "create") {
            const pieces = [...piecesOf(operation.text, limits.savePieceUnitsMax)];
            return pieces.map(() => ({ authorId: note.ownerId, at: operation.at }));
          }
          if (operation.type !== "edit") return [];
          const { userId, linkId } = operation.by;
          return { authorId: userId ?? `link:${linkId}`, at: operation.at };
        }),
      );
    }
  });

  test("lists, finds and pins notes for whoever may see them", async () => {
    const { documentQueries: queries } = suite.services;
    const { id } = made.administrator;
    const [first] = (await queries.list(id, {})).items;
    expect(first?.pinned).toBe(true);
    const seen = made.plan.notes.filter(
      (note) => !note.deleted && (note.ownerId === id || note.members.has(id)),
    );
    const { items } = await queries.list(id, { limit: limits.listItemsMax });
    expect(items.map((item) => item.id).sort()).toEqual(seen.map((note) => note.id).sort());
    const found = await queries.list(id, { query: "welcome aboard" });
    expect(found.items.map(({ title }) => title)).toEqual(["Welcome aboard: how we use our notes"]);
  });

  test("has links that open their note", async () => {
    const linked = made.plan.notes.flatMap((note) =>
      [...note.links.values()]
        .filter((link) => link.expiresAt === undefined || link.expiresAt > Date.now())
        .map((link) => ({ note, link })),
    );
    const [one] = linked.filter(({ note }) => !note.deleted);
    if (!one) throw new Error("Cannot go on: no note has a link");
    const token = await linkToken(suite.services, one.link.id);
    const answer = await fetch(new URL(`/shared/${token}`, suite.url));
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain(one.note.id);
  });

  test("is not filled again", async () => {
    const again = populate({ dataDir: folder.path, notes: 1, password: PASSWORD });
    await expect(again).rejects.toThrow("expected a folder without accounts, received one with 6");
  });

  test("is told about with the administrator's sign-in", () => {
    const told = describeResult(made);
    expect(told).toContain(folder.path);
    expect(told).toContain("6 people: 1 administrator, 4 members, 1 guest");
    expect(told).toContain("45 notes in 11 languages");
    expect(told).toContain(made.administrator.email);
    expect(told).toContain(PASSWORD);
  });
});

/** Before a suite that starts could catch up. */
async function assertProjected(dataDir: string): Promise<void> {
  const path = join(dataDir, "document.db");
  const database = await openSqlite<DocumentSchema>(path, sqliteMigrations(document.steps));
  const queries = new SqlDocumentQueries(database, systemClock);
  const { items: behind } = await queries.unprojected({ limit: 1 }).finally(() => database.close());
  expect(behind).toEqual([]);
}

describe("plan()", () => {
  test("plans the same for the same seed and another for another", () => {
    const texts = (given: Plan) => given.notes.map(({ text }) => text);
    const one = planTeam();
    expect(planTeam()).toEqual(one);
    expect(texts(planTeam({ now: NOON + 3_600_000 }))).toEqual(texts(one));
    expect(texts(planTeam({ seed: 2 }))).not.toEqual(texts(one));
  });

  test("writes from one line to a hundred pages, in every language, under a title each", () => {
    const { notes } = planTeam();
    const lengths = notes.map(({ text }) => text.length);
    expect(notes.length).toBe(120);
    expect(Math.max(...lengths)).toBeGreaterThan(300_000);
    expect(notes.filter(({ text }) => !text.includes("\n")).length).toBeGreaterThan(10);
    expect([...new Set(notes.map(({ language }) => language))].sort()).toEqual(
      languages.map(({ tag }) => tag),
    );
    const pages = notes.filter(({ text }) => text.includes("\n"));
    expect(new Set(pages.map(({ text }) => text.split("\n")[0])).size).toBe(pages.length);
    expect(notes.filter(({ text }) => titleOf(text) === "")).toEqual([]);
    expect(notes.filter(({ text }) => /\{\{|\}\}/.test(text))).toEqual([]);
  });

  test("shares in every way and lets several people write", () => {
    const { notes, accounts, pins } = planTeam({ notes: 200 });
    const links = notes.flatMap((note) => [...note.links.values()]);
    const types = new Set<string>(notes.flatMap((note) => note.operations.map(({ type }) => type)));
    expect([...types].sort()).toEqual("create delete edit join link share unlink".split(" "));
    expect(links.some(({ expiresAt }) => expiresAt === undefined)).toBe(true);
    expect(links.some(({ expiresAt = NOON }) => expiresAt < NOON)).toBe(true);
    expect(links.some(({ expiresAt = NOON }) => expiresAt > NOON)).toBe(true);
    expect(new Set(links.map(({ role }) => role)).size).toBe(2);
    const isPrivate = (note: Plan["notes"][number]) => note.members.size + note.links.size === 0;
    expect(notes.some(isPrivate)).toBe(true);
    expect(notes.some((note) => note.members.size === accounts.length - 1)).toBe(true);
    const authors = notes.map(
      ({ operations }) =>
        new Set(operations.flatMap((it) => (it.type === "edit" ? [it.by.userId] : []))).size,
    );
    expect(Math.max(...authors)).toBeGreaterThan(2);
    expect(pins.length).toBeGreaterThan(0);
    const guest = accounts.find(({ role }) => role === "guest");
    expect(notes.filter(({ ownerId }) => ownerId === guest?.id)).toEqual([]);
  });

  test("lets everything happen in order, over months, and nothing after now", () => {
    const { notes } = planTeam({ notes: 200 });
    for (const { operations } of notes) {
      const times = operations.flatMap((operation) => ("at" in operation ? [operation.at] : []));
      expect(times).toEqual(times.toSorted((one, other) => one - other));
      expect(times.at(-1) ?? 0).toBeLessThanOrEqual(NOON);
    }
    const created = notes.map(({ createdAt }) => createdAt);
    expect(Math.max(...created) - Math.min(...created)).toBeGreaterThan(150 * 86_400_000);
    const trashed = notes.filter(({ deleted }) => deleted);
    expect(trashed.every(({ at }) => at > NOON - limits.trashMsMax)).toBe(true);
  });

  test("plans very few notes and very many people too", () => {
    expect(planTeam({ notes: 1, people: 3 }).notes.length).toBe(1);
    expect(planTeam({ notes: 2, people: 3 }).notes.length).toBe(2);
    expect(planTeam({ notes: 20, people: PEOPLE_MAX }).accounts.length).toBe(PEOPLE_MAX);
  });
});

test("gather() gives everybody an address of their own", () => {
  const people = gather(PEOPLE_MAX, new Random(1));
  expect(new Set(people.map(({ email }) => email)).size).toBe(PEOPLE_MAX);
  for (const { email } of people) expect(email).toMatch(/^[a-z]+(\.[a-z]+)?@harbor\.example$/);
});

test("populate() refuses a password that nobody could choose, and touches nothing", async () => {
  using folder = temporaryFolder();
  const dataDir = join(folder.path, "data");
  await expect(populate({ dataDir, password: "short" })).rejects.toBeInstanceOf(SuiteError);
  expect(await Bun.file(join(dataDir, "account.db")).exists()).toBe(false);
});

test("the command refuses what it does not understand", async () => {
  using folder = temporaryFolder();
  for (const wrong of [["--notes", "many"], ["--people", "2"], ["--color"]]) {
    const command = [process.execPath, "scripts/populate.ts", "--data", folder.path, ...wrong];
    const child = Bun.spawn(command, {
      cwd: dirname(import.meta.dir),
      stdout: "ignore",
      stderr: "pipe",
    });
    expect(await new Response(child.stderr).text()).toContain("Usage: bun run populate");
    expect(await child.exited).toBe(2);
  }
});

describe("expand()", () => {
  const setting = { random: new Random(1), language: "en", day: Date.UTC(2026, 9, 16) };

  test("uses a word once as long as there are others", () => {
    const words = { fish: ["cod", "eel", "ray"] };
    const text = expand("1. {{fish*3-3}}", { ...setting, words });
    expect(text.split("\n").sort()).toEqual(
      text
        .split("\n")
        .map((_, index) => expect.stringMatching(new RegExp(`^${index + 1}\\. (cod|eel|ray)$`))),
    );
    expect(["cod", "eel", "ray"].every((fish) => text.includes(fish))).toBe(true);
  });

  test("remembers what got a name, and counts days", () => {
    const words = { vessel: ["Fulmar", "Dunlin"] };
    const text = expand("{{ship=vessel}} {{ship}} {{weekday+1}} {{iso-1}} {{friday}} {{week}}", {
      ...setting,
      words,
    });
    expect(text).toMatch(/^(Fulmar|Dunlin) \1 Monday 2026-10-15 Oct 23 42$/);
  });

  test("refuses a slot without words", () => {
    expect(() => expand("{{whale}}", { ...setting, words: {} })).toThrow('slot "whale"');
  });
});

test("parseGenre() refuses a part that it does not know", () => {
  expect(() => parseGenre("odd", "=== poem\nRoses")).toThrow('received "poem"');
  expect(() => parseGenre("odd", "Roses\n=== note\nRed")).toThrow("a part at its beginning");
});
