/** What is too much for one turn is done in several, with the same result. */

import { describe, expect, test } from "bun:test";
import { personId } from "../../tests/support/people.ts";
import { ada, NOTE_ID, StoredNote } from "../../tests/support/stored_note.ts";
import { documentBehavior } from "../document.ts";
import { limits } from "../limits.ts";

const ADA = personId("ada");

describe("a document in parts", () => {
  const piece = "A line of text.\n".repeat(limits.savePieceUnitsMax / 16);
  const long = `${piece}${piece}and the end`;

  test("a long first text becomes several edits", () => {
    const note = new StoredNote(long);
    expect(note.text).toBe(long);
    expect(note.steps).toBe(2);
    expect(note.state.version).toBe(3);
    note.reload();
    expect(note.text).toBe(long);
  });

  test("a long first text is finished when its creation is asked for again", () => {
    const note = new StoredNote();
    note.state = documentBehavior.load(NOTE_ID, undefined);
    const create = { type: "create", userId: ADA, at: 1, operationId: "create-1" } as const;
    const first = documentBehavior.apply(note.state, { ...create, text: long });
    expect(first.type).toBe("continues");
    expect(note.do({ ...create, text: long })).toMatchObject({ type: "edited" });
    expect(note.text).toBe(long);
    expect(note.do({ ...create, text: long })).toMatchObject({ repeated: true });
    expect(note.text).toBe(long);
  });

  test("a long first text is finished when its form is sent again later", () => {
    const note = new StoredNote();
    note.state = documentBehavior.load(NOTE_ID, undefined);
    const create = { type: "create", userId: ADA, operationId: "create-1", text: long } as const;
    documentBehavior.apply(note.state, { ...create, at: 1 });
    expect(note.do({ ...create, at: 2 })).toMatchObject({ type: "edited" });
    expect(note.text).toBe(long);
    expect(note.do({ ...create, at: 3 })).toMatchObject({ repeated: true });
    expect(note.text).toBe(long);
    expect(note.code({ ...create, at: 4, text: `${long}!` })).toBeUndefined();
  });

  test("a form that was changed since it was sent is no repeat of it", () => {
    const note = new StoredNote("Hello");
    const create = { type: "create", userId: ADA, operationId: "create-1" } as const;
    expect(note.do({ ...create, at: 2, text: "Hello" })).toEqual({ type: "ok" });
    expect(note.code({ ...create, at: 2, text: "Hello world" })).toBe("conflict");
    expect(note.code({ ...create, at: 2, text: `Hello ${long}` })).toBe("conflict");
    expect(note.text).toBe("Hello");
  });

  test("a long text that is saved is told with its own id at its end", () => {
    const note = new StoredNote("short\n");
    const reply = note.do(note.save(1, `short\n${long}`));
    expect(reply).toEqual({ type: "edited", version: 4, repeated: false });
    expect(note.state.recent.map(({ operationId }) => operationId)).toEqual([
      "create-1",
      "form-1234.0",
      "form-1234.1",
      "form-1234",
    ]);
    expect(note.text).toBe(`short\n${long}`);
    expect(note.do(note.save(1, `short\n${long}`))).toMatchObject({ repeated: true, version: 4 });
  });

  test("a text of which a part was saved goes on from there, over what others did", () => {
    const note = new StoredNote("short\n");
    const save = note.save(1, `short\n${long}`);
    const part = documentBehavior.apply(note.state, save);
    if (part.type === "continues") note.changes.push(...(part.changes ?? []));
    note.do(note.edit(2, ["top\n"]));
    note.do(save);
    expect(note.text).toBe(`top\nshort\n${long}`);
  });

  test("a text that would become too long is refused before any part of it is done", () => {
    const note = new StoredNote("x".repeat(limits.textUnitsMax - 10));
    const { version } = note.state;
    expect(note.code(note.save(version, `${note.text}${long}`))).toBe("too_large");
    expect(note.state.version).toBe(version);
  });

  test("an edit is rebased over so much in one step, with the same result", () => {
    const [whole, sliced] = [new StoredNote("end"), new StoredNote("end")];
    for (const note of [whole, sliced]) {
      for (let i = 1; i <= 40; i++) note.do(note.edit(i, [`${i} `]));
      note.reload();
    }
    sliced.readMax = 7;
    for (const note of [whole, sliced]) note.do(note.edit(1, [3, "!"], { id: "operation-late" }));
    expect(whole.steps).toBe(0);
    expect(sliced.steps).toBeGreaterThan(3);
    expect(sliced.text).toBe(whole.text);
    const again = sliced.do(sliced.edit(1, [3, "!"], { id: "operation-late" }));
    expect(again).toMatchObject({ repeated: true });
  });

  test("an edit with many components takes more steps", () => {
    const note = new StoredNote("x".repeat(2_000));
    for (let i = 1; i <= 200; i++) note.do(note.edit(i, ["y"]));
    const delta = Array.from({ length: 2_000 }, (_, i) => (i % 2 === 0 ? 1 : "z"));
    note.do(note.edit(1, delta, { id: "operation-late" }));
    expect(note.steps).toBe(3);
    expect(note.text).toBe(`${"y".repeat(200)}${"xz".repeat(1_000)}${"x".repeat(1_000)}`);
  });

  test("a text with many updates is loaded in slices, and no reader gets half of it", () => {
    const note = new StoredNote("begin");
    for (let i = 1; i <= limits.loadUpdatesMax * 3; i++) note.do(note.edit(i, [`${i} `]));
    const { text } = note;
    note.changes = note.changes.filter((change) => change.type !== "snapshot");
    note.reload();
    const reply = note.do({ type: "open", by: ada, at: 2, version: undefined });
    expect(reply).toMatchObject({ text });
    expect(note.steps).toBe(3);
    note.do(note.edit(note.state.version, ["!"]));
    expect(note.text).toBe(`!${text}`);
  });
});
