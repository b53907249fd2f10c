/** The devices of people, over either database. */

import type { Kysely } from "kysely";
import type { PersonId, PushDevice, PushDevices } from "../../actors/mod.ts";
import type { SqlDatabase, SqlDialect } from "../sql/dialect.ts";
import type { InboxSchema } from "./schema.ts";

/** The devices. */
export class SqlPushDevices implements PushDevices {
  readonly #kysely: Kysely<InboxSchema>;
  readonly #dialect: SqlDialect;

  constructor({ kysely, dialect }: SqlDatabase<InboxSchema>) {
    this.#kysely = kysely;
    this.#dialect = dialect;
  }

  async list(userId: PersonId): Promise<PushDevice[]> {
    const rows = await this.#kysely
      .selectFrom("push_device")
      .selectAll()
      .where("user_id", "=", userId)
      .orderBy("created_at")
      .orderBy("id")
      .execute();
    return rows.map((row) => ({
      id: row.id,
      userId: row.user_id,
      sessionId: row.session_id,
      name: row.name,
      endpoint: row.endpoint,
      p256dh: row.p256dh,
      auth: row.auth,
      createdAt: row.created_at,
      lastSuccessAt: row.last_success_at ?? undefined,
      answer: row.answer ?? undefined,
      failures: row.failures,
    }));
  }

  async add(device: PushDevice): Promise<void> {
    const { endpoint, ...values } = {
      id: device.id,
      user_id: device.userId,
      session_id: device.sessionId,
      name: device.name,
      endpoint: device.endpoint,
      p256dh: device.p256dh,
      auth: device.auth,
      created_at: device.createdAt,
      last_success_at: device.lastSuccessAt ?? null,
      answer: device.answer ?? null,
      failures: device.failures,
    };
    await this.#kysely
      .insertInto("push_device")
      .values({ endpoint, ...values })
      .onConflict((conflict) => conflict.column("endpoint").doUpdateSet(values))
      .execute();
  }

  async remove(userId: PersonId, id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#kysely
      .deleteFrom("push_device")
      .where("user_id", "=", userId)
      .where("id", "=", id)
      .executeTakeFirstOrThrow();
    return numDeletedRows > 0n;
  }

  async removeOfSessions(sessionIds: readonly string[]): Promise<void> {
    await this.#kysely
      .deleteFrom("push_device")
      .where((where) => this.#dialect.isOneOf(where.ref("session_id"), sessionIds))
      .execute();
  }

  async record(id: string, result: Parameters<PushDevices["record"]>[1]): Promise<void> {
    const { answer, succeededAt, failures } = result;
    await this.#kysely
      .updateTable("push_device")
      .set({
        answer,
        failures,
        ...(succeededAt === undefined ? {} : { last_success_at: succeededAt }),
      })
      .where("id", "=", id)
      .execute();
  }
}
