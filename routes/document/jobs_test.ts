import { expect, test } from "bun:test";
import { encodeFrontiers, LoroDoc } from "loro-crdt/base64";
import { BODY } from "../../actors/document/loading.ts";
import { apply, limits } from "../../actors/mod.ts";
import { personId } from "../../tests/support/people.ts";
import { bytesOfRevision, jobs } from "./jobs.ts";

const people = [{ id: personId("Ada"), name: "Ada" }];

test("rendering answers a block after the other, with names marked", () => {
  const [heading, paragraph, ...others] = jobs.render("# Tide\n\nAsk @Ada.\n", { people });
  expect(heading).toContain(">Tide</h2>");
  expect(paragraph).toContain("@Ada</");
  expect(others).toEqual([]);
});

test("rendering refuses what would be more than can be shown", () => {
  // Each character of the text is five of HTML.
  const text = "&".repeat(limits.renderedUnitsMax / 5 + 1);
  expect(() => jobs.render(text, { people })).toThrow("Cannot render: expected at most");
});

test("reading counts words and finds names", () => {
  expect(jobs.read("Ask @Ada about it.", { people })).toEqual({
    words: 4,
    mentions: [personId("Ada")],
  });
});

test("comparing answers what makes the one text of the other", () => {
  const [before, after] = ["one\ntwo\nthree\n", "one\n2\nthree\nfour\n"];
  const delta = jobs.compare(before + after, { beforeUnits: before.length });
  expect(apply(before, delta)).toBe(after);
});

test("comparing with a version of the past takes it from the bytes", () => {
  const doc = new LoroDoc();
  const body = doc.getText(BODY);
  body.insert(0, "one\n");
  doc.commit();
  const snapshot = doc.export({ mode: "snapshot" });
  const before = doc.oplogVersion();
  body.insert(4, "two\n");
  doc.commit();
  const frontiers = encodeFrontiers(doc.frontiers());
  body.insert(8, "three\n");
  doc.commit();
  const updates = [doc.export({ mode: "update", from: before })];
  const bytes = bytesOfRevision({ snapshot, updates, frontiers });
  const delta = jobs.compare("one\ntwo!\n", { hasSnapshot: true }, bytes);
  expect(apply("one\ntwo\n", delta)).toBe("one\ntwo!\n");
  const whole = bytesOfRevision({
    snapshot: undefined,
    updates: [doc.export({ mode: "update" })],
    frontiers,
  });
  expect(jobs.compare("one\ntwo!\n", { hasSnapshot: false }, whole)).toEqual(delta);
});
