/**
 * The smallest actor that does something: it counts what it is asked and answers the count. Nothing of
 * it is stored, so what is measured is the runtime and the way to it.
 */

import {
  type ActorStore,
  ActorSystem,
  type Actors,
  type ActorTypes,
  type Behavior,
  type Log,
  systemClock,
  type Territory,
} from "../../actors/mod.ts";

/** The shapes of a room that counts. */
export interface RoomTypes extends ActorTypes {
  stored: undefined;
  state: { asks: number };
  operation: { type: "count" };
  reply: number;
  change: never;
  event: never;
  need: never;
  answer: never;
}

/** What a room is asked. */
export const COUNT: RoomTypes["operation"] = { type: "count" };

/** What goes wrong is said; the rest is not of interest. */
export const quietLog: Log = { info() {}, warn: console.warn, error: console.error };

const roomBehavior: Behavior<RoomTypes> = {
  kind: "room",
  load: () => ({ asks: 0 }),
  apply: (state) => ({ type: "done", reply: ++state.asks }),
};

const roomStore: ActorStore<RoomTypes> = {
  load: async () => undefined,
  fetch: () => Promise.reject(new Error("Cannot fetch: a room needs nothing")),
  commit: async (batches) => batches.map(() => ({ state: "ok" })),
};

/** Makes rooms known to a system. */
export function registerRooms(system: ActorSystem): Actors<RoomTypes> {
  return system.register(roomBehavior, roomStore);
}

/** A system of its own. */
export function startSystem(territory?: Territory): ActorSystem {
  const alone = { clock: systemClock, log: quietLog };
  return new ActorSystem(territory === undefined ? alone : { ...alone, territory });
}
