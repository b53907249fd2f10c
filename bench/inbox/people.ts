/** People with accounts and sessions, written straight into the tables: nobody has to sign up. */

import { Database } from "bun:sqlite";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { limits, systemClock } from "../../actors/mod.ts";
import { openEmbeddedStores } from "../../db/stores.ts";

/** Who was made, and the tokens of their sessions. */
export interface People {
  ids: string[];
  sessions: string[];
}

/** Makes so many people in a data folder that no server has open. */
export async function makePeople(dataDir: string, people: number): Promise<People> {
  const path = join(dataDir, "account.db");
  // Makes the tables, those of the other services as well: a folder has all of them or none.
  await (await openEmbeddedStores(dataDir, { clock: systemClock })).close();
  using database = new Database(path, { strict: true });
  const account = database.prepare(
    `INSERT INTO account (id, email, email_key, name, search_key, role, time_zone, language, theme,
       shortcuts, password_hash, created_at)
     VALUES ($id, $email, $email, $name, $name, 'member', 'UTC', 'en', 'system', 1, '', $now)`,
  );
  const session = database.prepare(
    `INSERT INTO session (token_hash, id, user_id, device, address, created_at, last_used_at, expires_at)
     VALUES ($hash, $id, $userId, $device, '127.0.0.1', $now, $now, $end)`,
  );
  const made: People = { ids: [], sessions: [] };
  const now = Date.now();
  database.transaction(() => {
    for (let number = 0; number < people; number++) {
      const id = systemClock.mintId();
      const token = `session-${number}-${systemClock.mintId().toLowerCase()}`;
      const hash = createHash("sha256").update(token).digest("hex");
      account.run({ id, email: `person.${number}@harbor.example`, name: `Person ${number}`, now });
      session.run({
        ...{ hash, id: systemClock.mintId(), userId: id, now },
        device: "Firefox on Linux",
        end: now + limits.sessionMsMax,
      });
      made.ids.push(id);
      made.sessions.push(token);
    }
  })();
  return made;
}
