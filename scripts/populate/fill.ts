/** Carries a plan out on a running suite, by the same ways as people's own requests go. */

import { type DocumentOperation, limits } from "../../actors/mod.ts";
import { linkToken } from "../../routes/document/share.tsx";
import { hashToken } from "../../routes/http/tokens.ts";
import type { Services } from "../../routes/services.ts";
import type { Draft, PlannedOperation } from "./draft.ts";
import type { Plan } from "./plan.ts";

/** Notes that are written at the same time, so that their commits go to the disk together. */
const NOTES_AT_ONCE = 32;

/** Makes the accounts, all with one password, then the notes, then the pins. */
export async function fill(services: Services, plan: Plan, password: string): Promise<void> {
  const { accounts, passwords, documentQueries } = services;
  for (const account of plan.accounts) {
    await accounts.create(account, await passwords.hash(password));
  }
  const waiting = [...plan.notes];
  const workers = Array.from({ length: NOTES_AT_ONCE }, async () => {
    for (let note = waiting.shift(); note !== undefined; note = waiting.shift()) {
      await write(services, note);
    }
  });
  await Promise.all(workers);
  for (const { noteId, userId } of plan.pins) {
    await documentQueries.setPinned(noteId, userId, true);
  }
}

async function write(services: Services, note: Draft): Promise<void> {
  const operations: DocumentOperation[] = [];
  for (const planned of note.operations) operations.push(await complete(services, planned));
  // A note's mailbox keeps the order, so that a turn's worth of operations can go together.
  for (let start = 0; start < operations.length; start += limits.turnOperationsMax) {
    const portion = operations.slice(start, start + limits.turnOperationsMax);
    await Promise.all(portion.map((operation) => ask(services, note.id, operation)));
  }
}

async function ask(services: Services, id: string, operation: DocumentOperation): Promise<void> {
  const reply = await services.documents.ask(id, operation);
  if (operation.type !== "edit" || reply.type !== "edited") return;
  // An edit that was rebased has met somebody: then this is not the plan's own folder.
  const expected = operation.base + 1;
  if (reply.version === expected) return;
  throw new Error(
    `Cannot write note ${id}: expected version ${expected}, received ${reply.version}`,
  );
}

/** Links are opened by the server's own secret, which every data folder has another of. */
async function complete(services: Services, planned: PlannedOperation): Promise<DocumentOperation> {
  if (planned.type !== "link") return planned;
  const tokenHash = hashToken(await linkToken(services, planned.link.id));
  return { ...planned, link: { ...planned.link, tokenHash } };
}
