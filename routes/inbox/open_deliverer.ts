/** What takes notifications out of the suite, joined. */

import { Deliverer, type DeliveryQueue, type Mailer } from "../../actors/mod.ts";
import type { Fanout } from "../live/fanout.ts";
import { personTopic } from "../live/live.ts";
import type { Services } from "../services.ts";
import { type DeliveryServices, deliverGroup, leaveToReaders } from "./deliver.ts";

/** The deliverer of this node. */
export function openDeliverer(given: {
  services: Services;
  queue: DeliveryQueue;
  mailer: Mailer | undefined;
  fanout: Fanout;
}): Deliverer {
  const { services, queue, mailer, fanout } = given;
  const { clock, log, config, accounts, inboxQueries, sessions, push, pushDevices } = services;
  const delivery: DeliveryServices = {
    ...{
      queue,
      inboxQueries,
      accounts,
      devices: pushDevices,
      sessions,
      push,
      mailer,
      config,
      clock,
    },
    isOnline: (userId) => fanout.isHeard(personTopic(userId)),
  };
  const isReader = (userId: string) => fanout.subscriberCount(personTopic(userId)) > 0;
  return new Deliverer({
    queue,
    sift: (deliveries) => leaveToReaders(deliveries, { queue, clock, isReader }),
    deliver: (group) => deliverGroup(group, delivery),
    clock,
    log,
  });
}
