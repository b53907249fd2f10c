/** What the read side of documents tells. */

import {
  type DocumentProjection,
  type DomainEvent,
  type PersonId,
  parsePersonId,
} from "../../actors/mod.ts";

/** The text names a person for the first time. */
export function mentioned(
  id: string,
  userId: PersonId,
  { version, changedAt, changedBy }: DocumentProjection,
): DomainEvent {
  return {
    id: `document.mentioned:${id}:${userId}:${version}`,
    type: "document.mentioned",
    subjectId: id,
    at: changedAt,
    // A link is no person.
    byId: parsePersonId(changedBy),
    userIds: [userId],
    data: { version },
  };
}

/** The read side tells that a text has changed, once for each version it shows. */
export function changed(
  id: string,
  { version, changedAt, changedBy }: DocumentProjection,
): DomainEvent {
  const byId = parsePersonId(changedBy);
  return {
    id: `document.changed:${id}:${version}`,
    type: "document.changed",
    subjectId: id,
    at: changedAt,
    byId,
    userIds: byId === undefined ? [] : [byId],
    data: { version },
  };
}
