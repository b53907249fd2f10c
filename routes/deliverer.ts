/**
 * Takes what is due from the queue of all nodes and hands it to devices and mailboxes. Whoever takes a
 * delivery hides it from the others for a while; if the process dies it comes back, so nothing is lost,
 * and what was sent twice replaces itself by its tag or its Message-ID.
 *
 * Devices and e-mail have lanes of their own, and one person has one place in a lane: neither a server
 * that hangs nor somebody with a hundred messages keeps the others waiting.
 */

import { type Clock, type Delivery, type DeliveryQueue, type Log, limits } from "../actors/mod.ts";
import type { DeliveryGroup } from "./delivery_groups.ts";

/** What a deliverer works with. */
export interface DelivererOptions {
  queue: DeliveryQueue;
  /** Sends what is for one person by one channel, and settles each delivery. */
  deliver(group: DeliveryGroup): Promise<void>;
  /** Settles at once what needs no sending; answers with the others. */
  sift?(deliveries: readonly Delivery[]): Promise<Delivery[]>;
  clock: Clock;
  log: Log;
}

/** One channel: who is served, and who waits. */
interface Lane {
  readonly max: number;
  readonly waiting: DeliveryGroup[];
  inHand: number;
}

/** Rounds of deliveries that may wait in this process; more are left to other nodes. */
const WAITING_MAX = limits.deliveriesTakenMax * 4;

/** The worker of one node. */
export class Deliverer {
  readonly #options: DelivererOptions;
  readonly #lanes: Record<Delivery["channel"], Lane> = {
    push: { max: limits.deliveriesInHandMax, waiting: [], inHand: 0 },
    email: { max: limits.mailConnectionsMax, waiting: [], inHand: 0 },
  };
  /** The ids of all deliveries that are here. */
  readonly #here = new Set<string>();
  readonly #running = new Set<Promise<void>>();
  #taking: Promise<void> | undefined;
  #isPoked = false;
  #isStopped = true;
  #cancel: (() => void) | undefined;

  constructor(options: DelivererOptions) {
    this.#options = options;
  }

  /** Looks for deliveries now, and again and again. */
  start(): void {
    this.#isStopped = false;
    this.poke();
  }

  /** There may be something to do right now. */
  poke(): void {
    if (this.#isStopped) return;
    this.#isPoked = true;
    this.#taking ??= this.#take().finally(() => {
      this.#taking = undefined;
      if (this.#isStopped) return;
      this.#cancel?.();
      this.#cancel = this.#options.clock.setTimer(limits.deliveryPollMs, () => this.poke());
      // Whoever poked at the last moment was not heard.
      if (this.#isPoked && this.#here.size < WAITING_MAX) this.poke();
    });
  }

  /** Gives back what waits, and waits a moment for what is being sent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel?.();
    await this.#taking;
    const waiting = Object.values(this.#lanes).flatMap((lane) => lane.waiting.splice(0));
    await Promise.all(waiting.map((group) => this.#giveBack(group)));
    const { promise: patience, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.setTimer(limits.leaveGraceMs, resolve);
    await Promise.race([Promise.all(this.#running), patience]);
    cancel();
  }

  async #take(): Promise<void> {
    const { queue, clock, log, sift } = this.#options;
    const options = { limit: limits.deliveriesTakenMax, hiddenMs: limits.deliveryHiddenMs };
    while (this.#isPoked && !this.#isStopped && this.#here.size < WAITING_MAX) {
      this.#isPoked = false;
      try {
        const taken = await queue.take(clock.now(), options);
        // One that waited here for too long comes back to us as well.
        const fresh = taken.filter(({ id }) => !this.#here.has(id));
        const left = sift ? await sift(fresh) : fresh;
        for (const { id } of left) this.#here.add(id);
        for (const group of groupsOf(left)) this.#lanes[group.channel].waiting.push(group);
        this.#serve();
        if (taken.length === options.limit) this.#isPoked = true;
      } catch (error) {
        log.warn("cannot take deliveries", { error: String(error) });
        return;
      }
    }
  }

  #serve(): void {
    for (const lane of Object.values(this.#lanes)) {
      while (!this.#isStopped && lane.inHand < lane.max) {
        const group = lane.waiting.shift();
        if (group === undefined) break;
        const running = this.#run(lane, group).finally(() => this.#running.delete(running));
        this.#running.add(running);
      }
    }
  }

  async #run(lane: Lane, group: DeliveryGroup): Promise<void> {
    lane.inHand++;
    try {
      await this.#options.deliver(group);
    } catch (error) {
      // It is hidden for a while and comes back by itself.
      const { channel } = group;
      this.#options.log.warn("cannot deliver", { channel, error: String(error) });
    } finally {
      lane.inHand--;
      for (const { id } of group.deliveries) this.#here.delete(id);
      this.#serve();
      // It may have been left to later because too much was here.
      if (this.#isPoked) this.poke();
    }
  }

  async #giveBack({ deliveries }: DeliveryGroup): Promise<void> {
    const { queue, clock, log } = this.#options;
    const at = clock.now();
    const answer = "Waits: the suite restarts";
    const result = { state: "waiting", answer, at, dueAt: at, isUntried: true } as const;
    try {
      for (const { id } of deliveries) await queue.settle(id, result);
    } catch (error) {
      log.warn("cannot give deliveries back", { error: String(error) });
    }
  }
}

/** By person and channel, in the order in which they came. */
function groupsOf(deliveries: readonly Delivery[]): DeliveryGroup[] {
  const groups = new Map<string, DeliveryGroup>();
  for (const delivery of deliveries) {
    const { userId, channel } = delivery;
    const key = `${channel} ${userId}`;
    const group = groups.get(key) ?? { userId, channel, deliveries: [] };
    groups.set(key, group);
    group.deliveries.push(delivery);
  }
  return [...groups.values()];
}
