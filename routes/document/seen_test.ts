import { expect, test } from "bun:test";
import type { Actors, InboxQueries, InboxTypes } from "../../actors/mod.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { MemoryLog } from "../../tests/support/memory_log.ts";
import { personId } from "../../tests/support/people.ts";
import { seeDocument } from "./seen.ts";

const ADA = personId("ada");

function services(unread: () => Promise<number>) {
  const told: unknown[] = [];
  const inboxes = {
    tell: (userId: string, operation: unknown) => told.push([userId, operation]),
  } as unknown as Actors<InboxTypes>;
  const inboxQueries = { unread } as unknown as InboxQueries;
  return { inboxes, inboxQueries, clock: new FakeClock(), log: new MemoryLog(), told };
}

const who = { userId: ADA, documentId: "harbor" };

test("what somebody looks at is told to their inbox, where something waits in it", async () => {
  const given = services(async () => 1);
  await seeDocument(given, who);
  expect(given.told).toEqual([
    [ADA, { type: "seen", subject: "document:harbor", at: given.clock.now() }],
  ]);
  const empty = services(async () => 0);
  await seeDocument(empty, who);
  expect(empty.told).toEqual([]);
});

test("a store that is away is nothing that somebody who looks is told of", async () => {
  const given = services(() => Promise.reject(new Error("away")));
  await seeDocument(given, who);
  expect(given.log.lines).toMatchObject([{ level: "warn" }]);
});
