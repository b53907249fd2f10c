/** What a node does with people who see edits that the document does not have anymore. */

import { beforeEach, describe, expect, test } from "bun:test";
import {
  type ActorStore,
  ActorSystem,
  type Actors,
  type Batch,
  type DocumentAnswer,
  type DocumentChange,
  type DocumentNeed,
  type DocumentTypes,
  documentBehavior,
  type JournalEntry,
  type StoredDocument,
} from "../../actors/mod.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { MemoryLog } from "../../tests/support/memory_log.ts";
import { NO_WORKERS } from "../../tests/support/no_workers.ts";
import { personId } from "../../tests/support/people.ts";
import type { LiveSocket } from "../live/socket.ts";
import { OpenDocument } from "./open_document.ts";
import { Rendering } from "./rendering.ts";

const ADA = personId("ada");

const ID = "01JD2Z7Q5V4T8N3XKQ0C9B6MWE";

/** The data of a test's socket, with the documents that it has open. */
interface TestData {
  documents: Map<string, OpenDocument>;
}

type Append = Extract<DocumentChange, { type: "append" }>;

/** A disk that loses its newest writes when it is told to, as one does that promises too much. */
class ForgetfulStore implements ActorStore<DocumentTypes> {
  appended: Append[] = [];

  async load(id: string): Promise<StoredDocument | undefined> {
    const entries = this.#entries(0);
    if (entries.length === 0) return undefined;
    const updates = this.appended.map(({ entry: { version }, update: bytes }) => ({
      ...{ version, bytes },
    }));
    return {
      ...{ id, ownerId: ADA, createdAt: 1, deletedAt: undefined, version: entries.length },
      ...{ members: [], links: [], snapshot: undefined, updates, recent: entries },
    };
  }

  async fetch(_id: string, need: DocumentNeed): Promise<DocumentAnswer> {
    if (need.type === "entries") {
      return { type: "entries", entries: this.#entries(need.afterVersion) };
    }
    const found = this.#entries(0).find(({ operationId }) => operationId === need.operationId);
    return { type: "operation", version: found?.version };
  }

  async commit(batches: readonly Batch<DocumentChange>[]) {
    for (const { changes } of batches) {
      for (const change of changes) if (change.type === "append") this.appended.push(change);
    }
    return batches.map(() => ({ state: "ok" }) as const);
  }

  #entries(after: number): JournalEntry[] {
    return this.appended.map(({ entry }) => entry).filter(({ version }) => version > after);
  }
}

interface SentFrame {
  t: string;
  version?: number;
  from?: number;
  text?: string;
  diverged?: boolean;
}

describe("an open document whose newest writes were lost", () => {
  let clock: FakeClock;
  let store: ForgetfulStore;
  let documents: Actors<DocumentTypes>;
  let document: OpenDocument;
  /** What the reader was sent, or what was published to everybody. */
  let sent: SentFrame[];

  /** Lets so much time pass that a commit is written. */
  async function done<Value>(asked: Promise<Value>): Promise<Value> {
    await clock.advance(100);
    return await asked;
  }

  function edit(letter: string, base: number) {
    const by = { userId: ADA, linkId: undefined };
    const operation = { type: "edit", by, at: clock.now(), base, client: "c2" } as const;
    const id = `operation-${letter}`;
    return documents.ask(ID, { ...operation, operationId: id, delta: [letter], caret: undefined });
  }

  /** The newest writes are gone, and the actor is loaded again. */
  async function lose(writes: number): Promise<void> {
    await clock.advance(300_000);
    expect(documents.isActive(ID)).toBe(false);
    store.appended.splice(-writes);
    sent.length = 0;
  }

  const resets = () => sent.filter(({ t }) => t === "reset");

  beforeEach(async () => {
    clock = new FakeClock();
    store = new ForgetfulStore();
    sent = [];
    const system = new ActorSystem({ clock, log: new MemoryLog(), residentBytes: () => 0 });
    documents = system.register(documentBehavior, store);
    await done(
      documents.ask(ID, {
        ...{ type: "create", userId: ADA, at: 1, operationId: "create-1", text: "begin" },
      }),
    );
    document = new OpenDocument(ID, {
      ...{ documents, clock, log: new MemoryLog(), onEmpty() {}, onPresence() {} },
      opened: ({ data }) => (data as unknown as TestData).documents,
      rendering: new Rendering({ pool: NO_WORKERS, clock }),
      server: {
        publish: (_topic: string, text: string) => sent.push(JSON.parse(text)),
        subscriberCount: () => 1,
      },
    });
    const data = { client: "c1", viewer: { id: ADA, name: "Ada" }, documents: new Map() };
    data.documents.set(ID, document);
    const send = (text: string) => sent.push(JSON.parse(text));
    const socket = { data, subscribe() {}, unsubscribe() {}, send };
    await done(document.open(socket as unknown as LiveSocket, {}, "write"));
    await done(edit("b", 1));
    await done(edit("a", 2));
    expect(sent.filter(({ t }) => t === "deltas").map(({ from }) => from)).toEqual([1, 2]);
    sent.length = 0;
  });

  test("shows everybody the text again with the next edit, and the edits behind it", async () => {
    await lose(2);
    await done(edit("x", 1));
    expect(resets()).toMatchObject([{ version: 2, text: "xbegin", diverged: true }]);
    await done(edit("y", 2));
    await done(edit("z", 3));
    const list = [expect.objectContaining({ d: ["z"] })];
    expect(sent.filter(({ t }) => t === "deltas")).toMatchObject([{ from: 2 }, { from: 3, list }]);
    expect(resets()).toHaveLength(1);
  });

  test("notices an edit that got the number of the newest one it published", async () => {
    await lose(1);
    await done(edit("x", 2));
    expect(resets()).toMatchObject([{ version: 3, text: "xbbegin", diverged: true }]);
  });

  test("publishes nothing on top of what was lost, however fast it comes", async () => {
    await lose(2);
    await done(Promise.all([edit("x", 1), edit("y", 1), edit("z", 1)]));
    const texts = sent.filter(({ t }) => t === "deltas" || t === "reset");
    expect(texts[0]).toMatchObject({ t: "reset", diverged: true });
    // Whatever follows begins where the text ended.
    const version = texts[0]?.version ?? 0;
    expect(texts.slice(1).map(({ from }) => from)).toEqual(version < 4 ? [version] : []);
  });

  test("notices when somebody comes to it", async () => {
    await lose(1);
    const data = { client: "c3", viewer: { id: ADA, name: "Ada" }, documents: new Map() };
    data.documents.set(ID, document);
    const socket = { data, subscribe() {}, unsubscribe() {}, send() {} };
    await done(document.open(socket as unknown as LiveSocket, {}, "write"));
    expect(resets()).toMatchObject([{ version: 2, text: "bbegin", diverged: true }]);
  });

  test("notices when it looks, though nothing happens", async () => {
    await done(document.verify());
    expect(resets()).toEqual([]);
    await lose(1);
    await done(document.verify());
    expect(resets()).toMatchObject([{ version: 2, text: "bbegin", diverged: true }]);
    sent.length = 0;
    await done(document.verify());
    expect(sent).toEqual([]);
  });
});
