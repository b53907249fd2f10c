/** Who has access to documents, as the read side asks for it. */

import { type ExpressionBuilder, type Kysely, sql } from "kysely";
import type { PersonId } from "../../actors/mod.ts";
import type { DocumentSchema } from "./schema.ts";

type Member = DocumentSchema & { m: DocumentSchema["member"] };

/** A membership that came by a link counts while the link is good. */
export function isGood(now: number) {
  return (on: ExpressionBuilder<Member, "m">) =>
    on.or([
      on("m.link_id", "is", null),
      sql<boolean>`EXISTS (SELECT 1 FROM link WHERE link.id = m.link_id
        AND (link.expires_at IS NULL OR link.expires_at > ${now}))`,
    ]);
}

/** Owners and members of the documents that somebody owns or is a member of, without themselves. */
export async function acquaintancesOf(
  kysely: Kysely<DocumentSchema>,
  { userId, limit, now }: { userId: PersonId; limit: number; now: number },
): Promise<PersonId[]> {
  const rows = await kysely
    .with("shared", (queries) =>
      queries
        .selectFrom("document")
        .select("id")
        .where("owner_id", "=", userId)
        .union(
          queries
            .selectFrom("member as m")
            .select("m.document_id as id")
            .where("m.user_id", "=", userId)
            .where(isGood(now)),
        ),
    )
    .selectFrom("document")
    .innerJoin("shared", "shared.id", "document.id")
    .select("owner_id as user_id")
    .where("owner_id", "!=", userId)
    .union((queries) =>
      queries
        .selectFrom("member as m")
        .innerJoin("shared", "shared.id", "m.document_id")
        .select("m.user_id")
        .where("m.user_id", "!=", userId)
        .where(isGood(now)),
    )
    .limit(limit)
    .execute();
  return rows.map((row) => row.user_id);
}
