/** Events that tests are about. */

import type { DomainEvent } from "../../actors/mod.ts";
import { MONDAY_MORNING, personId } from "./people.ts";

const INGA = personId("inga");
const TARIQ = personId("tariq");

/** An event of a note; what is not given is plain. */
export function noteEvent(id: string, given: Partial<DomainEvent> = {}): DomainEvent {
  return {
    id,
    type: "document.changed",
    subjectId: "tide",
    at: MONDAY_MORNING,
    byId: INGA,
    userIds: [INGA, TARIQ],
    data: { version: 7 },
    ...given,
  };
}
