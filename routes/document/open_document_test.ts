/** What a node shows of a document whose events it may miss. */

import { beforeEach, describe, expect, test } from "bun:test";
import {
  type Actors,
  type DocumentEvent,
  type DocumentOperation,
  type DocumentReply,
  type DocumentTypes,
  type JournalEntry,
  SuiteError,
  type Watcher,
} from "../../actors/mod.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { MemoryLog } from "../../tests/support/memory_log.ts";
import { NO_WORKERS } from "../../tests/support/no_workers.ts";
import type { LiveSocket } from "../live/socket.ts";
import { OpenDocument } from "./open_document.ts";
import { Rendering } from "./rendering.ts";

const ID = "01JD2Z7Q5V4T8N3XKQ0C9B6MWE";

/** The data of a test's socket, with the documents that it has open. */
interface TestData {
  documents: Map<string, OpenDocument>;
}

/** A document of another node, whose events come when the test says so. */
class RemoteDocument {
  entries: JournalEntry[] = [];
  watcher: Watcher<DocumentEvent> | undefined;
  isAway = false;
  isPurged = false;
  /** Whose roles were asked for, each time. */
  rolesAsked: number[] = [];
  describes = 0;
  /** Answers wait for this. */
  answers: Promise<void> = Promise.resolve();

  /** An edit is accepted, and nobody has told. */
  accept(text: string): DocumentEvent {
    const version = this.entries.length + 1;
    const entry = { version, operationId: `op-${version}`, authorId: "ada", at: 1, delta: [text] };
    this.entries.push(entry);
    return { type: "edited", entry, client: "c1", caret: undefined };
  }

  async answer(operation: DocumentOperation): Promise<DocumentReply> {
    if (this.isPurged) throw new SuiteError("not_found", "Cannot open note: there is none");
    if (this.isAway) throw new Error("Cannot reach the document");
    const version = this.entries.length;
    if (operation.type === "open") {
      const opened = { type: "opened", role: "owner", version, text: "", entries: undefined };
      await this.answers;
      return { ...opened, deletedAt: undefined } as DocumentReply;
    }
    if (operation.type === "roles") {
      this.rolesAsked.push(operation.by.length);
      const roles = operation.by.map(() => ({ role: "owner" }) as const);
      return { type: "roles", roles, deletedAt: undefined };
    }
    if (operation.type === "describe") {
      this.describes++;
      const text = this.entries
        .map(({ delta }) => delta[0])
        .reverse()
        .join("");
      return {
        type: "described",
        version,
        text,
        ownerId: "ada",
        members: [],
      } as unknown as DocumentReply;
    }
    if (operation.type !== "catch_up") throw new Error(`Cannot answer "${operation.type}"`);
    const entries = this.entries.slice(operation.version);
    return { type: "caught_up", version, etag: undefined, entries, deletedAt: undefined };
  }
}

describe("an open document of another node", () => {
  let clock: FakeClock;
  let remote: RemoteDocument;
  let document: OpenDocument;
  let published: { t: string; from?: number; people?: { color: number }[]; blocks?: string[] }[];
  let sent: { t: string }[];
  let isEmpty: boolean;
  let socket: LiveSocket;
  const texts = () => published.filter(({ t }) => t === "deltas").map(({ from }) => from);

  beforeEach(async () => {
    clock = new FakeClock();
    remote = new RemoteDocument();
    published = [];
    const documents = {
      ask: (_id: string, operation: DocumentOperation) => remote.answer(operation),
      watch(_id: string, watcher: Watcher<DocumentEvent>) {
        remote.watcher = watcher;
        return { announce() {}, stop() {} };
      },
    } as unknown as Actors<DocumentTypes>;
    document = new OpenDocument(ID, {
      ...{ documents, clock, log: new MemoryLog(), onPresence() {} },
      opened: ({ data }) => (data as unknown as TestData).documents,
      onEmpty: () => {
        isEmpty = true;
      },
      rendering: new Rendering({ pool: NO_WORKERS, clock }),
      server: {
        publish: (_topic: string, text: string) => published.push(JSON.parse(text)),
        subscriberCount: () => 1,
      },
    });
    sent = [];
    isEmpty = false;
    socket = connect();
    await document.open(socket, {}, "write");
  });

  function connect(id = "ada"): LiveSocket {
    const data = { client: "c1", viewer: { id, name: id }, documents: new Map() };
    data.documents.set(ID, document);
    const send = (text: string) => sent.push(JSON.parse(text));
    return { data, subscribe() {}, unsubscribe() {}, send } as unknown as LiveSocket;
  }

  test("asks for everybody's role at once, and once for all tabs of a person", async () => {
    await document.open(connect(), {}, "write");
    await document.open(connect("grace"), {}, "write");
    await document.checkEverybody();
    expect(remote.rolesAsked).toEqual([2]);
  });

  test("asks for the text of a preview once, however often it is rendered", async () => {
    document.preview(socket, 1);
    await clock.advance(1_000);
    expect(sent.filter(({ t }) => t === "preview")).toHaveLength(1);
    for (const word of ["harbor", "tide", "quay"]) {
      remote.watcher?.hear([remote.accept(`${word} `)]);
      await clock.advance(1_000);
    }
    const shown = published.findLast(({ t }) => t === "preview");
    expect(shown?.blocks?.join()).toContain("quay tide harbor");
    expect(remote.describes).toBe(1);
  });

  test.each([
    ["by its node", () => document.purged()],
    ["by its actor", () => remote.watcher?.hear([{ type: "purged" }])],
    ["when it is asked for what was missed", () => remote.watcher?.missed()],
  ])("closes to everybody once it is told %s that it was purged", async (_, tell) => {
    remote.isPurged = true;
    tell();
    await clock.advance(100);
    const frame: object = { t: "revoked", note: ID, deleted: true };
    expect<object[]>(sent).toContainEqual(frame);
    expect([document.has(socket), isEmpty]).toEqual([false, true]);
    expect(clock.timers).toBe(0);
  });

  test("lets nobody in whose answer was on its way when it was purged", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    remote.answers = promise;
    const late = connect();
    const opening = document.open(late, {}, "read").catch((error) => error.code);
    document.purged();
    resolve();
    expect(await opening).toBe("not_found");
    expect([document.has(late), isEmpty]).toEqual([false, true]);
  });

  test("gives somebody another color whose color is taken on another node at once", async () => {
    const mine = (await presences()).at(-1)?.[0] ?? { color: NaN };
    const elsewhere = { ...mine, client: "c2", name: "Aaron" };
    remote.watcher?.peers([[{ ...elsewhere, userId: "zoe" }]]);
    expect(colorsOf((await presences()).at(-1))).toEqual([mine.color, mine.color]);
    remote.watcher?.peers([[{ ...elsewhere, userId: "aaron" }]]);
    expect(new Set(colorsOf((await presences()).at(-1))).size).toBe(2);
  });

  async function presences(): Promise<{ color: number }[][]> {
    await clock.advance(100);
    return published.filter(({ t }) => t === "presence").map(({ people = [] }) => people);
  }

  const colorsOf = (people: { color: number }[] = []) => people.map(({ color }) => color);

  test("shows what it is told, and asks for nothing", async () => {
    const event = remote.accept("a");
    document.expect(1);
    remote.watcher?.hear([event]);
    remote.isAway = true;
    await clock.advance(5_000);
    expect(texts()).toEqual([0]);
  });

  test("shows an edit once that is told twice, and fills a gap between others", async () => {
    const [one, two, three] = [remote.accept("a"), remote.accept("b"), remote.accept("c")];
    remote.watcher?.hear([one, one]);
    remote.watcher?.hear([one, two, three]);
    expect(published.filter(({ t }) => t === "deltas")).toMatchObject([
      { from: 0, list: [{ id: "op-1" }] },
      { from: 1, list: [{ id: "op-2" }, { id: "op-3" }] },
    ]);
    const [, five] = [remote.accept("d"), remote.accept("e")];
    remote.watcher?.hear([three, five]);
    await clock.settle();
    expect(texts()).toEqual([0, 1, 3]);
  });

  test("asks for an edit that was accepted and is not told", async () => {
    remote.accept("a");
    document.expect(1);
    expect(texts()).toEqual([]);
    await clock.advance(1_000);
    expect(texts()).toEqual([0]);
  });

  test("asks again when it could not be answered, though nobody types anymore", async () => {
    remote.accept("a");
    remote.isAway = true;
    remote.watcher?.missed();
    await clock.advance(3_000);
    expect(texts()).toEqual([]);
    remote.isAway = false;
    await clock.advance(3_000);
    expect(texts()).toEqual([0]);
  });
});
