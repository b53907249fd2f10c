/** How inboxes are kept: entries, what leaves by channels, devices, and events that wait for another try. */

import type {
  ActorStore,
  DeliveryQueue,
  InboxQueries,
  InboxTypes,
  ParkedEvents,
  PushDevices,
} from "../actors/mod.ts";
import { SqlDeliveryQueue } from "./inbox/delivery_queue.ts";
import { inboxSteps } from "./inbox/migrations/mod.ts";
import { SqlParkedEvents } from "./inbox/parked_events.ts";
import { SqlPushDevices } from "./inbox/push_devices.ts";
import { SqlInboxQueries } from "./inbox/queries.ts";
import type { InboxSchema } from "./inbox/schema.ts";
import { SqlInboxStore } from "./inbox/store.ts";
import type { Service } from "./service.ts";

export type { InboxSchema };

/** The inbox service's stores. */
export interface InboxPorts {
  inboxStore: ActorStore<InboxTypes>;
  inboxQueries: InboxQueries;
  deliveries: DeliveryQueue;
  pushDevices: PushDevices;
  /** Events that consumers could not handle. */
  parkedEvents: ParkedEvents;
}

/** Inboxes. */
export const inbox: Service<InboxSchema, InboxPorts> = {
  name: "inbox",
  steps: inboxSteps,
  tables: [
    ...["inbox", "mute", "entry", "item", "delivery", "push_device"],
    ...["tombstone", "ended_subject", "parked_event"],
  ],
  rebuilt: [],
  keptIn: "both",
  leavesTraces: true,
  cameWith: "0003_watching",
  async open(database, { sessionEnds }) {
    const pushDevices = new SqlPushDevices(database);
    sessionEnds.add({ name: "push devices", end: (ids) => pushDevices.removeOfSessions(ids) });
    return {
      ports: {
        inboxStore: new SqlInboxStore(database),
        inboxQueries: new SqlInboxQueries(database),
        deliveries: new SqlDeliveryQueue(database),
        parkedEvents: new SqlParkedEvents(database),
        pushDevices,
      },
    };
  },
};
