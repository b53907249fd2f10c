import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  ActorSystem,
  type Actors,
  type DocumentOperation,
  type DocumentTypes,
  documentBehavior,
  SuiteError,
  systemClock,
} from "../../actors/mod.ts";
import { personId } from "../../tests/support/people.ts";
import { sqliteMigrations } from "../sql/migrate.ts";
import { type OpenDatabase, openSqlite } from "../sqlite/open.ts";
import { documentSteps } from "./migrations/mod.ts";
import type { DocumentSchema } from "./schema.ts";
import { SqlDocumentStore } from "./store.ts";

const ADA = personId("ada");

const quiet = { info() {}, warn() {}, error() {} };
const ada = { userId: ADA, linkId: undefined };

let db: OpenDatabase<DocumentSchema>;
let store: SqlDocumentStore;
let documents: Actors<DocumentTypes>;

/** Actors with nothing in memory, over the same database. */
function restart(): void {
  const system = new ActorSystem({ clock: systemClock, log: quiet });
  documents = system.register(documentBehavior, store);
}

async function create(text: string, userId = ADA): Promise<string> {
  const id = systemClock.mintId();
  const at = systemClock.now();
  await documents.ask(id, { type: "create", userId, at, operationId: `create-${id}`, text });
  return id;
}

async function textOf(id: string): Promise<string> {
  const reply = await documents.ask(id, { type: "describe" });
  return reply.type === "described" ? reply.text : "";
}

function edit(base: number, delta: (number | string)[], operationId: string): DocumentOperation {
  const caret = undefined;
  return { type: "edit", by: ada, at: 5, operationId, client: "c", base, delta, caret };
}

beforeEach(async () => {
  db = await openSqlite<DocumentSchema>(":memory:", sqliteMigrations(documentSteps));
  store = new SqlDocumentStore(db);
  restart();
});

afterEach(() => db.close());

test("says that the disk is full, writes nothing of the turn, and goes on reading", async () => {
  const id = await create("safe");
  const [{ page_count: pages }] = (await db.database.query("PRAGMA page_count").all()) as [
    { page_count: number },
  ];
  db.database.run(`PRAGMA max_page_count = ${pages}`);
  const failure = await documents
    .ask(id, edit(1, ["x".repeat(100_000)], "operation-1"))
    .catch((error) => error);
  expect(failure).toBeInstanceOf(SuiteError);
  expect(failure.code).toBe("store_full");
  expect(await textOf(id)).toBe("safe");
  db.database.run("PRAGMA max_page_count = 1000000");
  await documents.ask(id, edit(1, ["un"], "operation-1"));
  expect(await textOf(id)).toBe("unsafe");
});
