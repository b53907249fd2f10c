import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Delivery, InboxChange, PersonId, PushDevice } from "../../actors/mod.ts";
import { notification } from "../support/notifications.ts";
import { personId } from "../support/people.ts";
import { inboxDatabases, type TestInboxes } from "./databases.ts";

const ADA = personId("ada");
const GRACE = personId("grace");

let opened: TestInboxes;

async function deliver(userId: PersonId, ...given: { id: string; dueAt: number }[]): Promise<void> {
  const changes = given.map(({ id, dueAt }): InboxChange => {
    const base = { channel: "push", pace: "now", entryId: "entry-1" } as const;
    const delivery = { ...base, id, notification: notification(), dueAt };
    return { type: "deliver", delivery };
  });
  await opened.store.commit([{ id: userId, changes }]);
}

async function take(now: number, limit = 9, hiddenMs = 100): Promise<string[]> {
  const taken = await opened.deliveries.take(now, { channel: "push", limit, hiddenMs });
  return taken.map(({ id }) => id);
}

async function delivery(id: string): Promise<Delivery | undefined> {
  const all = await opened.queries.deliveries(ADA, "entry-1", 99);
  return all.find((it) => it.id === id);
}

describe.each(inboxDatabases())("deliveries in $name", ({ open, end }) => {
  beforeEach(async () => {
    opened = await open();
  });

  afterEach(() => opened.close());
  afterAll(end);

  test("are taken when they are due, soonest first, and then hidden", async () => {
    await deliver(ADA, { id: "b", dueAt: 20 }, { id: "a", dueAt: 10 }, { id: "c", dueAt: 900 });
    await deliver(GRACE, { id: "d", dueAt: 10 });
    expect(await take(9)).toEqual([]);
    expect(await take(50, 2)).toEqual(["a", "d"]);
    expect(await take(50)).toEqual(["b"]);
    expect(await take(50)).toEqual([]);
  });

  test("come back when whoever took them said nothing", async () => {
    await deliver(ADA, { id: "a", dueAt: 10 });
    expect(await take(50)).toEqual(["a"]);
    expect(await take(149)).toEqual([]);
    expect(await take(150)).toEqual(["a"]);
    expect((await delivery("a"))?.attempts).toBe(0);
  });

  test("go to one of those who take at once", async () => {
    const ids = Array.from({ length: 40 }, (_, i) => `delivery-${i}`);
    await deliver(ADA, ...ids.map((id) => ({ id, dueAt: 10 })));
    const taken: string[] = [];
    while (taken.length < ids.length) {
      const parts = await Promise.all(Array.from({ length: 4 }, () => take(50, 7)));
      taken.push(...parts.flat());
    }
    expect(taken.toSorted()).toEqual(ids.toSorted());
  });

  test("are tried again when it is said, and each try is counted", async () => {
    await deliver(ADA, { id: "a", dueAt: 10 });
    await take(50);
    const later = { state: "waiting", answer: "busy", at: 60, dueAt: 200 } as const;
    await opened.deliveries.settle("a", later);
    expect(await delivery("a")).toMatchObject({ attempts: 1, answer: "busy", dueAt: 200 });
    expect(await take(199)).toEqual([]);
    expect(await take(200)).toEqual(["a"]);
    await opened.deliveries.settle("a", { ...later, dueAt: 300, isUntried: true });
    expect(await delivery("a")).toMatchObject({ attempts: 1, state: "waiting", dueAt: 300 });
  });

  test("that are done stay so, with what was answered", async () => {
    await deliver(ADA, { id: "a", dueAt: 10 }, { id: "b", dueAt: 10 });
    await take(50);
    await opened.deliveries.settle("a", { state: "sent", answer: "201 Created", at: 60 });
    await opened.deliveries.settle("b", { state: "skipped", answer: "It was read", at: 60 });
    // Somebody who was too slow has nothing to say anymore.
    await opened.deliveries.settle("a", { state: "waiting", answer: "busy", at: 70 });
    expect(await take(999)).toEqual([]);
    const done = { answer: "201 Created", attempts: 1, doneAt: 60, dueAt: 10 };
    expect(await delivery("a")).toMatchObject({ state: "sent", ...done });
    expect(await delivery("b")).toMatchObject({ state: "skipped", attempts: 0, doneAt: 60 });
  });

  test("of which the same became are written down together", async () => {
    await deliver(ADA, { id: "a", dueAt: 10 }, { id: "b", dueAt: 10 }, { id: "c", dueAt: 10 });
    await take(50);
    await opened.deliveries.settleAll(["a", "c"], { state: "skipped", answer: "Read", at: 60 });
    await opened.deliveries.settleAll([], { state: "sent", answer: "Sent", at: 60 });
    const states = await Promise.all(
      ["a", "b", "c"].map(async (id) => (await delivery(id))?.state),
    );
    expect(states).toEqual(["skipped", "waiting", "skipped"]);
  });

  test("are not made twice", async () => {
    await deliver(ADA, { id: "a", dueAt: 10 });
    await deliver(ADA, { id: "a", dueAt: 10 }, { id: "b", dueAt: 20 });
    expect(await take(50)).toEqual(["a", "b"]);
  });

  describe("push devices", () => {
    const device = (given: Partial<PushDevice> = {}): PushDevice => ({
      ...{ id: "device-1", userId: ADA, name: "Firefox on Linux", endpoint: "https://push/1" },
      ...{ p256dh: "key", auth: "secret", createdAt: 5, lastSuccessAt: undefined },
      ...{ sessionId: "session-1", answer: undefined, failures: 0 },
      ...given,
    });

    test("are listed by person and removed by whoever has them", async () => {
      const second = device({ id: "device-2", endpoint: "https://push/2", createdAt: 4 });
      await opened.pushDevices.add(device());
      await opened.pushDevices.add(second);
      await opened.pushDevices.add(device({ id: "d", userId: GRACE, endpoint: "https://push/3" }));
      expect(await opened.pushDevices.list(ADA)).toEqual([second, device()]);
      expect(await opened.pushDevices.remove(GRACE, "device-1")).toBe(false);
      expect(await opened.pushDevices.remove(ADA, "device-1")).toBe(true);
      expect(await opened.pushDevices.remove(ADA, "device-1")).toBe(false);
      expect(await opened.pushDevices.list(ADA)).toEqual([second]);
    });

    test("belong to whoever subscribed last", async () => {
      await opened.pushDevices.add(device({ failures: 3, answer: "503" }));
      const hers = device({ id: "device-9", userId: GRACE, auth: "other" });
      await opened.pushDevices.add(hers);
      expect(await opened.pushDevices.list(ADA)).toEqual([]);
      expect(await opened.pushDevices.list(GRACE)).toEqual([hers]);
    });

    test("go with the sessions that added them, and no others do", async () => {
      await opened.pushDevices.add(device());
      const other = device({ id: "d-2", endpoint: "https://push/2", sessionId: "session-2" });
      await opened.pushDevices.add(other);
      await opened.pushDevices.removeOfSessions([]);
      await opened.pushDevices.removeOfSessions(["session-1", "session-9"]);
      expect(await opened.pushDevices.list(ADA)).toEqual([other]);
    });

    test("keep what their push service answered last", async () => {
      await opened.pushDevices.add(device());
      await opened.pushDevices.record("device-1", { answer: "201", succeededAt: 9, failures: 0 });
      await opened.pushDevices.record("device-1", { answer: "503", failures: 1 });
      expect(await opened.pushDevices.list(ADA)).toEqual([
        device({ answer: "503", failures: 1, lastSuccessAt: 9 }),
      ]);
    });
  });
});
