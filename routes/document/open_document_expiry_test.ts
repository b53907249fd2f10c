/** Links that expire while people look: what they opened closes at that moment. */

import { beforeEach, describe, expect, test } from "bun:test";
import {
  type Actors,
  type DocumentOperation,
  type DocumentState,
  type DocumentTypes,
  documentBehavior,
} from "../../actors/mod.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { MemoryLog } from "../../tests/support/memory_log.ts";
import { NO_WORKERS } from "../../tests/support/no_workers.ts";
import { personId } from "../../tests/support/people.ts";
import type { LiveSocket } from "../live/socket.ts";
import { OpenDocument } from "./open_document.ts";
import { Rendering } from "./rendering.ts";

const ADA = personId("ada");
const GRACE = personId("grace");

const ID = "01JD2Z7Q5V4T8N3XKQ0C9B6MWE";

/** The data of a test's socket, with the documents that it has open. */
interface TestData {
  documents: Map<string, OpenDocument>;
}
const DAY_MS = 24 * 60 * 60 * 1_000;
const FAR_MS = 40 * DAY_MS;
const owner = { userId: ADA, linkId: undefined };

describe("an open document whose link expires", () => {
  let clock: FakeClock;
  let state: DocumentState;
  let document: OpenDocument;
  let isAway: boolean;
  /** Asks for roles, by who asked. */
  let asked: string[];

  function ask(operation: DocumentOperation) {
    const outcome = documentBehavior.apply(state, operation);
    if (outcome.type === "refused") throw outcome.error;
    if (outcome.type === "done") return outcome.reply;
    throw new Error(`Cannot answer: received "${outcome.type}"`);
  }

  beforeEach(() => {
    clock = new FakeClock();
    isAway = false;
    asked = [];
    state = documentBehavior.load(ID, undefined);
    const at = clock.now();
    ask({ type: "create", userId: ADA, at, operationId: "create-1", text: "secret" });
    const expiries: [string, number][] = [
      ["soon", 60_000],
      ["far", FAR_MS],
    ];
    for (const [id, ms] of expiries) {
      const link = { id, role: "write", tokenHash: id, createdAt: at, expiresAt: at + ms } as const;
      ask({ type: "link", by: owner, at, link });
    }
    ask({ type: "join", userId: GRACE, linkId: "soon", at });
    const documents = {
      async ask(_id: string, operation: DocumentOperation) {
        if (operation.type === "roles") {
          asked.push(...operation.by.map(({ userId, linkId }) => userId ?? linkId ?? ""));
        }
        if (isAway && operation.type === "roles") throw new Error("Cannot ask: too busy");
        return ask(operation);
      },
      watch: () => ({ announce() {}, stop() {} }),
    } as unknown as Actors<DocumentTypes>;
    document = new OpenDocument(ID, {
      ...{ documents, clock, log: new MemoryLog(), onEmpty() {}, onPresence() {} },
      opened: ({ data }) => (data as unknown as TestData).documents,
      rendering: new Rendering({ pool: NO_WORKERS, clock }),
      server: { publish: () => 0, subscriberCount: () => 1 },
    });
  });

  /** Somebody who opens the document; answers with what they are told. */
  async function arrive(by: { userId?: string; link?: string }): Promise<{
    frames: { t: string; role?: string }[];
    socket: LiveSocket;
  }> {
    const frames: { t: string; role?: string }[] = [];
    const data = {
      client: by.userId ?? by.link,
      viewer: by.userId && { id: by.userId, name: by.userId },
      link: by.link && { id: by.link, documentId: ID },
      documents: new Map([[ID, document]]),
    };
    const send = (text: string) => frames.push(JSON.parse(text));
    const socket = { data, subscribe() {}, unsubscribe() {}, send } as unknown as LiveSocket;
    await document.open(socket, {}, "write");
    frames.length = 0;
    return { frames, socket };
  }

  const told = (frames: { t: string }[]) =>
    frames.map(({ t }) => t).filter((t) => t !== "presence");

  test("is closed to guests and to those who joined by it at that moment, and to nobody else", async () => {
    const ada = await arrive({ userId: ADA });
    const grace = await arrive({ userId: GRACE });
    const guest = await arrive({ link: "soon" });
    const other = await arrive({ link: "far" });
    await clock.advance(59_999);
    expect([grace, guest, other, ada].map(({ frames }) => told(frames))).toEqual([[], [], [], []]);
    await clock.advance(1);
    expect(told(grace.frames)).toEqual(["revoked"]);
    expect(told(guest.frames)).toEqual(["revoked"]);
    expect([told(other.frames), told(ada.frames)]).toEqual([[], []]);
    // Nobody was asked about whose role ends at another time, or never.
    expect(asked.toSorted()).toEqual([GRACE, "soon"]);
    expect([document.has(guest.socket), document.has(other.socket)]).toEqual([false, true]);
  });

  test("is closed at its moment also when that is further away than a timer can count", async () => {
    const guest = await arrive({ link: "far" });
    await clock.advance(FAR_MS - 1);
    expect(told(guest.frames)).toEqual([]);
    await clock.advance(1);
    expect(told(guest.frames)).toEqual(["revoked"]);
  });

  test("is closed as soon as it can be asked, when it could not be at that moment", async () => {
    const guest = await arrive({ link: "soon" });
    isAway = true;
    await clock.advance(63_000);
    expect(told(guest.frames)).toEqual([]);
    isAway = false;
    await clock.advance(1_000);
    expect(told(guest.frames)).toEqual(["revoked"]);
  });

  test("stays open to who was given more meanwhile", async () => {
    const grace = await arrive({ userId: GRACE });
    const at = clock.now();
    ask({ type: "share", by: owner, at, userId: GRACE, role: "read" });
    await clock.advance(60_000);
    expect(grace.frames.filter(({ t }) => t !== "presence")).toMatchObject([
      { t: "role", role: "read" },
    ]);
    expect(document.has(grace.socket)).toBe(true);
  });

  test("leaves no timer when nobody is there anymore", async () => {
    const guest = await arrive({ link: "far" });
    const ada = await arrive({ userId: ADA });
    await clock.advance(1_000);
    expect(clock.timers).toBe(1);
    document.leave(guest.socket);
    await clock.advance(1_000);
    expect(clock.timers).toBe(0);
    document.leave(ada.socket);
  });
});
