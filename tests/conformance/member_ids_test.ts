import { afterAll, describe, expect, test } from "bun:test";
import { type PersonId, systemClock } from "../../actors/mod.ts";
import { documentSteps } from "../../db/document/migrations/mod.ts";
import { postgresMigrations, sqliteMigrations } from "../../db/sql/migrate.ts";
import { HOSTILE_IDS } from "../support/hostile_ids.ts";
import { personId } from "../support/people.ts";
import { documentDatabases } from "./databases.ts";

const MIGRATIONS = {
  sqlite: sqliteMigrations(documentSteps)["0008_member_ids"],
  postgres: postgresMigrations(documentSteps)["0005_member_ids"],
};

describe.each(documentDatabases(systemClock))("members in $name", ({ open, end }) => {
  afterAll(end);

  test("without a real id are taken out when the schema is brought up to date", async () => {
    const { database, close } = await open();
    // Postgres keeps no NUL, and a lone surrogate is no text at all.
    const ghosts = HOSTILE_IDS.filter((text) => text.isWellFormed() && !text.includes("\0"));
    const ids = [...ghosts, personId("grace")] as PersonId[];
    const rows = ids.map((user_id) => ({
      ...{ document_id: "note", user_id, role: "read", link_id: null },
    }));
    await database.kysely.insertInto("member").values(rows).execute();
    await MIGRATIONS[database.dialect.name]?.up(database.kysely);
    const left = await database.kysely.selectFrom("member").select("user_id").execute();
    expect(left).toEqual([{ user_id: personId("grace") }]);
    await close();
  });
});
