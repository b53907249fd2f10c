/** What somebody was told of a note is read by looking at it. */

import { documentSubject, type PersonId } from "../../actors/mod.ts";
import type { Services } from "../services.ts";

/**
 * Tells a person's inbox that they look at a note now. An inbox in which nothing waits is not woken, and
 * one that cannot hear it keeps its entry unread: whoever looks is not bothered with that.
 */
export async function seeDocument(
  services: Pick<Services, "inboxes" | "inboxQueries" | "clock" | "log">,
  who: { userId: PersonId; documentId: string },
): Promise<void> {
  const { inboxes, inboxQueries, clock, log } = services;
  const { userId, documentId } = who;
  const at = clock.now();
  try {
    if ((await inboxQueries.unread(userId)) === 0) return;
    inboxes.tell(userId, { type: "seen", subject: documentSubject(documentId), at });
  } catch (error) {
    log.warn("cannot tell an inbox what was looked at", { error: String(error) });
  }
}
