/** A tab over whose head the server's data goes back to an older state. */

import { describe, expect, test } from "bun:test";
import { apply, type Delta } from "../../actors/delta.ts";
import type { EditFrame, NoteFrame, OpenFrame } from "./frames.ts";
import type { Kept } from "./operations.ts";
import { DocumentSession } from "./session.ts";

const NOTE = "01JD2Z7Q5V4T8N3XKQ0C9B6MWE";
const BACKUP = "one\ntwo\n";
const LATER = "one\ntwo\nthree\n";

/** A tab that has version 7, whose line of the server is written by the test. */
class Tab {
  now = 0;
  shown = LATER;
  readonly session: DocumentSession;
  #ids = 0;

  constructor(kept: Kept[] = []) {
    const mintId = () => `operation-${this.#ids++}`;
    const revision = { version: 7, etag: "seven" };
    this.session = new DocumentSession({
      ...{ note: NOTE, ...revision, text: LATER, mode: "write", mintId },
    });
    this.session.adopt(kept);
  }

  type(delta: Delta): void {
    this.session.edit(delta, this.now);
    this.shown = apply(this.shown, delta);
  }

  undo(): void {
    this.shown = apply(this.shown, this.session.undo() ?? []);
  }

  receive(frame: NoteFrame) {
    const change = this.session.receive(frame, this.now);
    this.shown = apply(this.shown, change.patch);
    expect(this.session.text).toBe(this.shown);
    return change;
  }

  sent(type: "open"): OpenFrame;
  sent(type: "edit"): EditFrame;
  sent(type: string): OpenFrame | EditFrame {
    const frame = this.session.nextFrame(this.now);
    if (frame?.t !== type) throw new Error(`Cannot send: received ${JSON.stringify(frame)}`);
    return frame;
  }

  /** Joins a server that has what the tab has. */
  join(): this {
    this.session.connected();
    expect(this.sent("open")).toMatchObject({ version: 7, etag: "seven" });
    this.receive({ t: "opened", version: 7, etag: "seven", role: "write", deltas: [] });
    return this;
  }

  /** Comes back to one that has something else. */
  comeBack(text: string, version = 5): void {
    this.session.connected();
    expect(this.sent("open")).toMatchObject({ version: 7, etag: "seven" });
    const etag = `other-${version}`;
    this.receive({ t: "reset", version, etag, role: "write", text, diverged: true });
  }

  /** The server says of the next question that it has no such edit. */
  denyNext(): string {
    const { id } = this.sent("edit");
    this.receive({ t: "error", id, code: "unknown_base", message: "Cannot apply edit" });
    return id;
  }

  /** The server takes the next edit. */
  acceptNext(version: number): EditFrame {
    const edit = this.sent("edit");
    const list = [{ id: edit.id, by: "me", d: edit.delta }];
    this.receive({ t: "deltas", from: version - 1, etag: `other-${version}`, list });
    return edit;
  }
}

describe("a tab over a restored backup", () => {
  test("shows the server's text, and hands out its own where something of it is gone", () => {
    const tab = new Tab().join();
    tab.session.disconnected();
    tab.comeBack(BACKUP);
    expect(tab.shown).toBe(BACKUP);
    expect(tab.session.revision).toEqual({ version: 5, etag: "other-5" });
    expect(tab.session.refusal).toMatchObject({ code: "diverged", inserted: LATER });
    tab.session.discard();
    expect(tab.session.saveState).toBe("saved");
  });

  test("says nothing where nothing is gone", () => {
    const tab = new Tab().join();
    tab.session.disconnected();
    tab.comeBack(`${LATER}four\n`, 9);
    expect([tab.shown, tab.session.saveState]).toEqual([`${LATER}four\n`, "saved"]);
  });

  test("merges what was typed offline, and sends it against the server's version", () => {
    const tab = new Tab().join();
    tab.session.disconnected();
    tab.type(["mine\n"]);
    tab.comeBack(BACKUP);
    expect(tab.shown).toBe(`mine\n${BACKUP}`);
    expect(tab.acceptNext(6)).toMatchObject({ base: 5, etag: "other-5", delta: ["mine\n"] });
    expect(tab.session.isSettled).toBe(true);
  });

  test("merges it as well when the server went on past the version the tab has", () => {
    const tab = new Tab().join();
    tab.session.disconnected();
    tab.type([4, "mine\n"]);
    tab.comeBack("zero\none\ntwo\nTHREE\n", 12);
    expect(tab.shown).toBe("zero\none\nmine\ntwo\nTHREE\n");
    expect(tab.sent("edit")).toMatchObject({ base: 12, etag: "other-12" });
  });

  test("asks for the edit in flight, which the restored server may have", () => {
    const tab = new Tab().join();
    tab.type(["mine\n"]);
    const { id, base, etag } = tab.sent("edit");
    expect([base, etag]).toEqual([7, "seven"]);
    tab.session.disconnected();
    tab.comeBack(BACKUP);
    expect(tab.sent("edit")).toMatchObject({ id, base: 7, etag: "seven" });
    tab.receive({ t: "error", id, code: "unknown_base", message: "Cannot apply edit" });
    expect(tab.acceptNext(6)).toMatchObject({ id, base: 5, etag: "other-5" });
    expect(tab.shown).toBe(`mine\n${BACKUP}`);
  });

  test("does not send the edit in flight again where the server has it", () => {
    const tab = new Tab().join();
    tab.type(["mine\n"]);
    const { id } = tab.sent("edit");
    tab.session.disconnected();
    tab.comeBack(`mine\n${BACKUP}`, 6);
    expect(tab.sent("edit").id).toBe(id);
    tab.receive({ t: "ack", id, version: 6 });
    expect([tab.shown, tab.session.isSettled]).toEqual([`mine\n${BACKUP}`, true]);
  });

  test("opens again when an edit is refused because its base is not known, on the same line", () => {
    const tab = new Tab().join();
    tab.type(["mine\n"]);
    tab.denyNext();
    expect(tab.session.nextFrame(tab.now)).toBeUndefined();
    tab.now = 500;
    expect(tab.sent("open")).toMatchObject({ version: 7, etag: "seven" });
    const etag = "other-5";
    tab.receive({ t: "reset", version: 5, etag, role: "write", text: BACKUP, diverged: true });
    tab.denyNext();
    tab.acceptNext(6);
    expect([tab.shown, tab.session.isSettled]).toEqual([`mine\n${BACKUP}`, true]);
  });

  test("takes the text that comes unasked, when the server notices first", () => {
    const tab = new Tab().join();
    tab.type([LATER.length, "mine\n"]);
    tab.receive({ t: "reset", version: 5, etag: "other-5", role: "write", text: BACKUP });
    expect(tab.shown).toBe(`${BACKUP}mine\n`);
    expect(tab.acceptNext(6)).toMatchObject({ base: 5, etag: "other-5" });
  });

  test("takes back what waits, and nothing that the server took back already", () => {
    const tab = new Tab().join();
    tab.type([4, -4]);
    tab.acceptNext(8);
    tab.session.disconnected();
    tab.now += 5_000;
    tab.type([0, "mine\n"]);
    tab.session.connected();
    tab.sent("open");
    tab.receive({
      ...{ t: "reset", version: 5, etag: "other-5", role: "write", text: BACKUP, diverged: true },
    });
    expect(tab.shown).toBe(`mine\n${BACKUP}`);
    tab.undo();
    expect(tab.shown).toBe(BACKUP);
    // Otherwise "two", which the backup has, would come a second time.
    tab.undo();
    expect(tab.shown).toBe(BACKUP);
  });

  test("shows carets of the new history, and none of the old one", () => {
    const tab = new Tab().join();
    tab.session.disconnected();
    tab.comeBack(BACKUP);
    expect(tab.session.shownCaret([3, 3], 4)?.[0]).toBeUndefined();
    expect(tab.session.shownCaret([3, 3], 7)?.[0]).toBeUndefined();
    expect(tab.session.shownCaret([3, 3], 5)?.[0]).toBe(3);
    const list = [{ id: "theirs-1", by: "grace", d: ["> "], c: [2, 2] as const }];
    const { carets } = tab.receive({ t: "deltas", from: 5, etag: "other-6", list });
    expect(carets).toEqual([{ client: "grace", caret: [2, 2] }]);
  });
});

describe("what a dead tab left behind before a backup was restored", () => {
  const operations = [{ id: "left-behind-1", delta: [4, "mine\n"], sealed: true }];

  /** A new page shows what the server has, and then opens what was left behind. */
  function heir(kept: Kept): Tab {
    const tab = new Tab([{ ...kept }]).join();
    expect(tab.sent("open")).toMatchObject({ version: kept.version, etag: kept.etag });
    tab.receive({
      ...{ t: "reset", version: 7, etag: "seven", role: "write", text: LATER, diverged: true },
    });
    return tab;
  }

  test("is merged once by its text, and asked for before", () => {
    const tab = heir({ version: 9, etag: "lost-9", base: "one\ntwo\nlost\n", operations });
    expect(tab.shown).toBe("one\nmine\ntwo\nthree\n");
    expect(tab.denyNext()).toBe("left-behind-1");
    tab.acceptNext(8);
    expect(tab.shown).toBe("one\nmine\ntwo\nthree\n");
    expect([tab.session.saveState, tab.session.keep(false)]).toEqual(["saved", []]);
  });

  test("is handed out where its text is not known, and nothing else is", () => {
    const tab = heir({ version: 6, etag: "lost-6", operations });
    tab.denyNext();
    expect(tab.shown).toBe(LATER);
    expect(tab.session.refusal).toMatchObject({ code: "too_old", inserted: "mine\n" });
  });

  test("keeps its place in history for the next heir", () => {
    const tab = heir({ version: 9, etag: "lost-9", base: "one\ntwo\nlost\n", operations });
    expect(tab.session.keep(true)).toMatchObject([{ version: 9, etag: "lost-9", operations }]);
  });
});
