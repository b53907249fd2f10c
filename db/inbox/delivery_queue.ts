/**
 * The outgoing side of all inboxes. Whoever takes a delivery hides it from the others for a while, so
 * that nodes share the queue and what a crashed node had in hand comes back by itself.
 */

import { type Kysely, sql } from "kysely";
import type { Delivery, DeliveryQueue } from "../../actors/mod.ts";
import type { SqlDatabase } from "../sql/dialect.ts";
import { type InboxSchema, toDelivery } from "./schema.ts";

type Result = Parameters<DeliveryQueue["settle"]>[1];

/** The queue over either database. */
export class SqlDeliveryQueue implements DeliveryQueue {
  readonly #kysely: Kysely<InboxSchema>;
  readonly #locksRows: boolean;

  constructor({ kysely, dialect }: SqlDatabase<InboxSchema>) {
    this.#kysely = kysely;
    this.#locksRows = dialect.locksRows;
  }

  async take(
    now: number,
    { channel, limit, hiddenMs }: Parameters<DeliveryQueue["take"]>[1],
  ): Promise<Delivery[]> {
    const due = this.#kysely
      .selectFrom("delivery")
      .select("id")
      // Written out, so that the index of those that wait is used.
      .where(sql<boolean>`state = 'waiting'`)
      .where("channel", "=", channel)
      .where("due_at", "<=", now)
      .where("hidden_until", "<=", now)
      .orderBy("due_at")
      .orderBy("user_id")
      .orderBy("id")
      .limit(limit)
      .$if(this.#locksRows, (query) => query.forUpdate().skipLocked());
    const rows = await this.#kysely
      .updateTable("delivery")
      .set({ hidden_until: now + hiddenMs })
      .where("id", "in", due)
      .returningAll()
      .execute();
    return (await this.#readable(rows, now)).sort(byPlace);
  }

  /** One that cannot be read is done with, or it would take the others of its round with it. */
  async #readable(rows: Parameters<typeof toDelivery>[0][], now: number): Promise<Delivery[]> {
    const readable: Delivery[] = [];
    const broken: string[] = [];
    for (const row of rows) {
      try {
        readable.push(toDelivery(row));
      } catch {
        broken.push(row.id);
      }
    }
    const answer = "Not sent: it cannot be read";
    await this.settleAll(broken, { state: "failed", answer, at: now });
    return readable;
  }

  settle(id: string, result: Result): Promise<void> {
    return this.settleAll([id], result);
  }

  async settleAll(ids: readonly string[], result: Result): Promise<void> {
    if (ids.length === 0) return;
    const { state, answer, at, dueAt = at, isUntried = state === "skipped" } = result;
    const isDone = state !== "waiting";
    await this.#kysely
      .updateTable("delivery")
      .set((set) => ({
        state,
        answer,
        attempts: set("attempts", "+", isUntried ? 0 : 1),
        hidden_until: 0,
        ...(isDone ? { done_at: at } : { due_at: dueAt }),
      }))
      .where("id", "in", ids)
      .where(sql<boolean>`state = 'waiting'`)
      .execute();
  }
}

/** An update answers in any order. */
function byPlace(one: Delivery, other: Delivery): number {
  if (one.dueAt !== other.dueAt) return one.dueAt - other.dueAt;
  const [a, b] = [`${one.userId} ${one.id}`, `${other.userId} ${other.id}`];
  return a < b ? -1 : Number(a > b);
}
