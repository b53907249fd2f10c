import { beforeEach, expect, test } from "bun:test";
import type { Delta, DocumentOperation, DocumentReply } from "../../actors/mod.ts";
import { limits } from "../../actors/mod.ts";
import { personId } from "../../tests/support/people.ts";
import { ShownText } from "./shown_text.ts";

let asked: number;
let stored: { version: number; text: string };
let answers: Promise<void>;
let text: ShownText;

beforeEach(() => {
  asked = 0;
  stored = { version: 3, text: "tide" };
  answers = Promise.resolve();
  text = new ShownText("note", {
    async ask(_id: string, _operation: DocumentOperation): Promise<DocumentReply> {
      asked++;
      const { version, text } = stored;
      await answers;
      return {
        ...{ type: "described", version, text, members: [], links: [], changedAt: 1, createdAt: 1 },
        ...{ changedBy: "inga", ownerId: personId("inga"), deletedAt: undefined },
      };
    },
  });
});

/** An edit is accepted and passes by. */
function edit(delta: Delta, given: { isTold?: boolean } = {}): void {
  stored = { version: stored.version + 1, text: `${delta[0]}${stored.text}` };
  if (given.isTold ?? true) text.edited([{ version: stored.version, delta }]);
}

test("a text is asked for once, however often it is read and edited", async () => {
  expect(await text.read(3)).toMatchObject({ version: 3, text: "tide" });
  for (const letter of "abc") edit([letter, 4]);
  expect(await text.read(6)).toMatchObject({ version: 6, text: "cbatide" });
  // An edit may be told twice.
  text.edited([{ version: 6, delta: ["c"] }]);
  expect(await text.read(6)).toMatchObject({ version: 6, text: "cbatide" });
  expect(asked).toBe(1);
});

test("a text that misses an edit is asked for again", async () => {
  await text.read(3);
  edit(["a"], { isTold: false });
  edit(["b"]);
  expect(await text.read(5)).toMatchObject({ version: 5, text: "batide" });
  edit(["c"], { isTold: false });
  expect(await text.read(6)).toMatchObject({ version: 6, text: "cbatide" });
  expect(asked).toBe(3);
});

test("an edit that passes while the text is on its way is not lost", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  answers = promise;
  const reading = text.read(3);
  edit(["a"]);
  resolve();
  expect(await reading).toMatchObject({ version: 3, text: "tide" });
  expect(await text.read(4)).toMatchObject({ version: 4, text: "atide" });
  expect(asked).toBe(2);
});

test("what was forgotten is asked for again, also when it was on its way", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  answers = promise;
  const reading = text.read(3);
  text.forget();
  resolve();
  await reading;
  await text.read(3);
  text.forget();
  await text.read(3);
  expect(asked).toBe(3);
});

test("a long text is not kept", async () => {
  stored.text = "x".repeat(limits.shownTextUnitsMax);
  await text.read(3);
  await text.read(3);
  edit(["y"]);
  await text.read(4);
  await text.read(4);
  expect(asked).toBe(3);
});
