/**
 * Takes what is due from the queue of all nodes and hands it to devices and mailboxes. Whoever takes a
 * delivery hides it from the others for a while; if the process dies it comes back, so nothing is lost,
 * and what was sent twice replaces itself by its tag or its Message-ID.
 *
 * Devices and e-mail have lanes of their own, and one person has one place in a lane: neither a server
 * that hangs nor somebody with a hundred messages keeps the others waiting.
 */

import type { PersonId } from "../ids.ts";
import type { Delivery, DeliveryQueue } from "../inbox.ts";
import { limits } from "../limits.ts";
import type { Log } from "../ports.ts";
import type { Clock } from "../runtime/clock.ts";

/** Deliveries of one person by one channel. */
export interface DeliveryGroup {
  userId: PersonId;
  channel: Delivery["channel"];
  deliveries: Delivery[];
}

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

/** Rounds of one channel that may wait in this process; more are left to other nodes. */
const WAITING_MAX = limits.deliveriesTakenMax * 4;

/** The worker of one node. */
export class Deliverer {
  readonly #lanes: readonly Lane[];

  constructor(options: DelivererOptions) {
    this.#lanes = [
      new Lane("push", limits.deliveriesInHandMax, options),
      new Lane("email", limits.mailConnectionsMax, options),
    ];
  }

  /** Looks for deliveries now, and again and again. */
  start(): void {
    for (const lane of this.#lanes) lane.start();
  }

  /** There may be something to do right now. */
  poke(): void {
    for (const lane of this.#lanes) lane.poke();
  }

  /** Gives back what waits, and waits a moment for what is being sent. */
  async stop(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.stop()));
  }
}

/** One channel: who is served, and who waits. It takes by itself, so that no channel fills another's place. */
class Lane {
  readonly #channel: Delivery["channel"];
  readonly #inHandMax: number;
  readonly #options: DelivererOptions;
  readonly #waiting: DeliveryGroup[] = [];
  readonly #running = new Set<Promise<void>>();
  /** The ids of all deliveries that are here. */
  readonly #here = new Set<string>();
  #taking: Promise<void> | undefined;
  #isPoked = false;
  #isStopped = true;
  #cancel: (() => void) | undefined;

  constructor(channel: Delivery["channel"], inHandMax: number, options: DelivererOptions) {
    this.#channel = channel;
    this.#inHandMax = inHandMax;
    this.#options = options;
  }

  start(): void {
    this.#isStopped = false;
    this.poke();
  }

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

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel?.();
    await this.#taking;
    await Promise.all(this.#waiting.splice(0).map((group) => this.#giveBack(group)));
    const { promise: patience, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.setTimer(limits.leaveGraceMs, resolve);
    await Promise.race([Promise.all(this.#running), patience]);
    cancel();
  }

  async #take(): Promise<void> {
    const { queue, clock, log, sift } = this.#options;
    const limit = limits.deliveriesTakenMax;
    const options = { channel: this.#channel, limit, hiddenMs: limits.deliveryHiddenMs };
    while (this.#isPoked && !this.#isStopped && this.#here.size < WAITING_MAX) {
      this.#isPoked = false;
      try {
        const taken = await queue.take(clock.now(), options);
        // One that waited here for too long comes back to us as well.
        const fresh = taken.filter(({ id }) => !this.#here.has(id));
        const left = sift ? await sift(fresh) : fresh;
        for (const { id } of left) this.#here.add(id);
        this.#waiting.push(...groupsOf(left));
        this.#serve();
        if (taken.length === limit) this.#isPoked = true;
      } catch (error) {
        log.warn("cannot take deliveries", { channel: this.#channel, error: String(error) });
        return;
      }
    }
  }

  #serve(): void {
    while (!this.#isStopped && this.#running.size < this.#inHandMax) {
      const group = this.#waiting.shift();
      if (group === undefined) return;
      const running = this.#run(group).finally(() => {
        this.#running.delete(running);
        this.#serve();
        // It may have been left to later because too much was here.
        if (this.#isPoked) this.poke();
      });
      this.#running.add(running);
    }
  }

  async #run(group: DeliveryGroup): Promise<void> {
    try {
      await this.#options.deliver(group);
    } catch (error) {
      // It is hidden for a while and comes back by itself.
      const { channel } = group;
      this.#options.log.warn("cannot deliver", { channel, error: String(error) });
    } finally {
      for (const { id } of group.deliveries) this.#here.delete(id);
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
