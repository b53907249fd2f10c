import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { encodeFrontiers, LoroDoc } from "loro-crdt/base64";
import { ada, StoredNote } from "../../tests/support/stored_note.ts";
import { documentBehavior } from "../document.ts";
import { limits } from "../limits.ts";
import { readStored, type StoredText, TextLoading } from "./loading.ts";
import { loadSlice, textAt } from "./loro.ts";
import { takeSnapshot } from "./snapshots.ts";

/** A text that one editor after another has worked at, as it is stored, with all that it ever was. */
function worked(places: readonly number[], snapshotAfter: number) {
  let doc = new LoroDoc();
  let snapshot: Uint8Array | undefined;
  let updates: Uint8Array[] = [];
  const versions: { text: string; frontiers: Uint8Array }[] = [];
  for (const [index, place] of places.entries()) {
    if (place % 7 === 0) {
      const next = new LoroDoc();
      next.import(doc.export({ mode: "snapshot" }));
      doc = next;
    }
    const body = doc.getText("body");
    const before = doc.oplogVersion();
    const characters = [...body.toString()];
    const at = characters.slice(0, place % (characters.length + 1)).join("").length;
    const end = characters.slice(0, (place % (characters.length + 1)) + 2).join("").length;
    if (place % 3 > 0 || end === at)
      body.insert(at, ["ab", "😀", "é\n", "x".repeat(90)][place % 4] ?? "");
    else body.delete(at, end - at);
    doc.commit();
    if (index === snapshotAfter) {
      snapshot = doc.export({ mode: "snapshot" });
      updates = [];
    } else updates.push(doc.export({ mode: "update", from: before }));
    versions.push({ text: body.toString(), frontiers: encodeFrontiers(doc.frontiers()) });
  }
  return { stored: { snapshot, updates }, versions, doc };
}

/** Loads all, and says in how many slices. */
function load(stored: StoredText): { doc: LoroDoc; slices: number } {
  const loading = new TextLoading(stored);
  let slices = 1;
  while (!loading.step()) slices += 1;
  return { doc: loading.doc, slices };
}

const histories = fc.record({
  places: fc.array(fc.nat(500), { minLength: 1, maxLength: 60 }),
  snapshotAfter: fc.integer({ min: -1, max: 60 }),
});

describe("TextLoading", () => {
  test("leads to the same text, the same versions and the same history", () => {
    fc.assert(
      fc.property(histories, fc.nat(500), ({ places, snapshotAfter }, again) => {
        const { stored, versions, doc } = worked(places, snapshotAfter);
        const newest = versions.at(-1);
        const loaded = load(stored).doc;
        expect(loaded.getText("body").toString()).toBe(newest?.text ?? "");
        expect(readStored(stored)).toBe(newest?.text ?? "");
        expect(encodeFrontiers(loaded.frontiers())).toEqual(encodeFrontiers(doc.frontiers()));
        expect(loaded.oplogVersion().toJSON()).toEqual(doc.oplogVersion().toJSON());
        const { text, frontiers } = versions[again % versions.length] ?? {};
        expect(frontiers && textAt(stored, frontiers)).toBe(text ?? "missing");
        // Somebody who goes on from it is understood by those who have the first document.
        loaded.getText("body").insert(0, "more");
        loaded.commit();
        doc.import(loaded.export({ mode: "update" }));
        expect(doc.getText("body").toString()).toBe(`more${newest?.text ?? ""}`);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  test("takes so much of a snapshot, or so many updates, in each slice", () => {
    const doc = new LoroDoc();
    doc.getText("body").insert(0, "x".repeat(limits.loadOperationsMax * 3));
    doc.commit();
    const snapshot = doc.export({ mode: "snapshot" });
    const updates = Array.from({ length: limits.loadUpdatesMax * 2 + 1 }, () => {
      const from = doc.oplogVersion();
      doc.getText("body").insert(5, "y");
      doc.commit();
      return doc.export({ mode: "update", from });
    });
    expect(load({ snapshot, updates: [] }).slices).toBe(3);
    expect(load({ snapshot, updates }).slices).toBe(6);
    expect(load({ snapshot: undefined, updates: [] }).slices).toBe(1);
  });
});

describe("a note that is loaded in slices", () => {
  /** Long enough, and with something behind its snapshot. */
  function longNote(): StoredNote {
    const note = new StoredNote("😀".repeat(limits.loadOperationsMax * 3));
    for (let i = 0; i < limits.snapshotEveryVersions + 50; i++) {
      note.do(note.edit(note.state.version, [i * 2, "x".repeat(200)]));
    }
    expect(note.changes.some(({ type }) => type === "snapshot")).toBe(true);
    note.steps = 0;
    return note;
  }

  test("is not kept for somebody who only reads, and is for somebody who writes", () => {
    const note = longNote();
    const { text } = note;
    note.reload();
    expect(note.do({ type: "open", by: ada, at: 2, version: undefined })).toMatchObject({ text });
    expect(note.steps).toBeGreaterThan(5);
    expect(note.state.loaded).toBeUndefined();
    expect(note.state.loading).toBeUndefined();
    note.steps = 0;
    note.do({ type: "open", by: ada, at: 2, version: undefined });
    expect(note.steps).toBe(0);
    note.do(note.edit(note.state.version, ["new "]));
    expect(note.steps).toBeGreaterThan(5);
    expect(note.state.loaded).toBeDefined();
    expect(note.text).toBe(`new ${text}`);
    note.reload();
    expect(note.text).toBe(`new ${text}`);
  });

  test("is loaded once where a reader and a writer come while it is loaded", () => {
    const note = longNote();
    const { text } = note;
    note.reload();
    const read = { type: "open", by: ada, at: 2, version: undefined } as const;
    expect(documentBehavior.apply(note.state, read).type).toBe("continues");
    const edit = note.edit(note.state.version, ["new "]);
    expect(documentBehavior.apply(note.state, edit).type).toBe("continues");
    expect(note.do(read)).toMatchObject({ text });
    expect(note.state.loaded).toBeDefined();
    note.steps = 0;
    note.do(edit);
    expect(note.steps).toBe(0);
    expect(note.text).toBe(`new ${text}`);
  });

  test("is read at once where nothing is behind its snapshot", () => {
    const note = longNote();
    const { text } = note;
    note.changes.push(takeSnapshot(note.state));
    note.reload();
    expect(loadSlice(note.state, "read")).toBe(true);
    expect(note.do({ type: "describe" })).toMatchObject({ text });
    expect(note.state.loaded).toBeUndefined();
  });

  test("frees what it has when it leaves in the middle", () => {
    const note = longNote();
    note.reload();
    expect(documentBehavior.apply(note.state, { type: "describe" }).type).toBe("continues");
    const doc = note.state.loading?.work.doc;
    documentBehavior.dispose?.(note.state);
    expect(() => doc?.frontiers()).toThrow();
  });
});
