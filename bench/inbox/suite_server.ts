/**
 * The suite as a process of its own, with a way for the bench to let things happen in it: its inboxes are
 * asked as the notifier asks them. Nothing of this is part of the suite.
 */

import { type Notification, type PersonId, toPersonId } from "../../actors/mod.ts";
import { start } from "../../server.ts";
import { serveCalls } from "../cluster/calls.ts";
import { type Driven, type DrivePlan, drive } from "./drive.ts";

/** What a server that is measured can be told to do. */
export type ServerCalls = {
  port(): Promise<number>;
  /** Whom it will notify, by number. */
  meet(people: string[]): Promise<void>;
  drive(plan: DrivePlan): Promise<Driven>;
  /** Lets everybody's inbox come into memory; undefined where there are none. */
  activate(): Promise<number>;
  /** Collects garbage; answers with the bytes of the heap that are left. */
  collect(): Promise<number>;
};

const ACTIVATED_AT_ONCE = 200;
const quiet = () => {};
const log = { info: quiet, warn: console.error, error: console.error };

async function openServer({ dataDir }: { dataDir: string }): Promise<ServerCalls> {
  const suite = await start({ dataDir, port: 0, host: "127.0.0.1", log });
  const { inboxes, clock } = suite.services;
  let people: PersonId[] = [];
  const notify = (person: number) => {
    const entryId = clock.mintId();
    const notification = notificationOf(entryId, people[(person + 1) % people.length]);
    const at = clock.now();
    return inboxes.ask(people[person] ?? "", {
      type: "notify",
      ...{ notification, entryId, isLooking: false, isOnline: true, at },
    });
  };
  return {
    port: async () => Number(suite.url.port),
    async meet(given) {
      people = given.map(toPersonId);
    },
    drive: (plan) => drive(plan, notify),
    async activate() {
      for (let i = 0; i < people.length; i += ACTIVATED_AT_ONCE) {
        const some = people.slice(i, i + ACTIVATED_AT_ONCE);
        await Promise.all(some.map((id) => inboxes.ask(id, { type: "count" })));
      }
      return people.length;
    },
    async collect() {
      Bun.gc(true);
      return process.memoryUsage().heapUsed;
    },
  };
}

/** Somebody shares a note that nobody has heard of yet. */
function notificationOf(note: string, byId: PersonId | undefined): Notification {
  return {
    eventId: `event-${note}`,
    kind: "note.shared",
    reason: "shared",
    subject: `document:${note}`,
    title: "Minutes of the harbor office",
    path: `/notes/${note}`,
    byId,
    byName: "Ada Lovelace",
    at: Date.now(),
  };
}

if (import.meta.main) serveCalls(openServer);
