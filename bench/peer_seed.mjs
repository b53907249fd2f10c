/**
 * Puts notes into a peer's store before the peer starts, in the form in which it keeps them itself.
 * Runs in Node.js: `node peer_seed.mjs hocuspocus|y-websocket PATH COUNT`, the text on standard input.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** The client that wrote the first text; `yjs_editor.ts` counts on it. */
const FIRST_CLIENT = 1;

const [kind, path, count] = process.argv.slice(2);
const text = readFileSync(0, "utf8");
const names = Array.from({ length: Number(count) }, (_, index) => `note-${index}`);
if (kind === "hocuspocus") await seedSqlite();
else await seedLeveldb();

function firstUpdate(Y) {
  const doc = new Y.Doc();
  doc.clientID = FIRST_CLIENT;
  doc.getText("body").insert(0, text);
  return Y.encodeStateAsUpdate(doc);
}

async function seedSqlite() {
  const { schema, upsertQuery } = await import("@hocuspocus/extension-sqlite");
  const { default: BetterSqlite3 } = await import("better-sqlite3");
  const database = new BetterSqlite3(path);
  database.exec(schema);
  const upsert = database.prepare(upsertQuery);
  const data = Buffer.from(firstUpdate(await import("yjs")));
  database.transaction(() => {
    for (const name of names) upsert.run({ name, data });
  })();
  database.close();
}

async function seedLeveldb() {
  // It loads Yjs by `require`, and two copies of Yjs do not know each other's documents.
  const require = createRequire(import.meta.url);
  const { LeveldbPersistence } = require("y-leveldb");
  const persistence = new LeveldbPersistence(path);
  const update = firstUpdate(require("yjs"));
  for (const name of names) await persistence.storeUpdate(name, update);
  await persistence.destroy();
}
