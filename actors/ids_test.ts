import { expect, test } from "bun:test";
import { HOSTILE_IDS } from "../tests/support/hostile_ids.ts";
import type { DocumentOperation } from "./document/types.ts";
import type { DomainEvent } from "./events.ts";
import { isId, parsePersonId, personIdsIn, toPersonId } from "./ids.ts";
import type { AccountStore, DocumentQueries } from "./ports.ts";

const ID = "01JD2Z7Q5V4T8N3XKQ0C9B6MWE";

test("parsePersonId() takes ids and nothing else", () => {
  expect(parsePersonId(ID)).toBe(toPersonId(ID));
  for (const text of [...HOSTILE_IDS, "", undefined, null, 7, [ID], { toString: () => ID }]) {
    expect([text, isId(text), parsePersonId(text)]).toEqual([text, false, undefined]);
  }
});

test("toPersonId() throws at what is no id, and does not repeat it at length", () => {
  for (const text of HOSTILE_IDS) expect(() => toPersonId(text)).toThrow(RangeError);
  expect(() => toPersonId("x".repeat(8_000))).toThrow(/^.{0,120}$/);
});

test("personIdsIn() keeps the ids of people, each once", () => {
  expect(personIdsIn([ID, "link:1", ID, "__proto__", undefined])).toEqual([toPersonId(ID)]);
});

test("a text from outside does not compile where a person is meant", () => {
  const text: string = ID;
  // @ts-expect-error: it was not parsed
  const by: DocumentOperation = { type: "roles", by: [{ userId: text, linkId: undefined }], at: 1 };
  // @ts-expect-error: it was not parsed
  const share: DocumentOperation = { type: "share", by: {}, at: 1, userId: text, role: "read" };
  // @ts-expect-error: it was not parsed
  const event: Pick<DomainEvent, "userIds"> = { userIds: [text] };
  // @ts-expect-error: it was not parsed
  const find = (accounts: AccountStore) => accounts.find(text);
  // @ts-expect-error: it was not parsed
  const role = (queries: DocumentQueries) => queries.role(ID, text);
  expect([by, share, event, find, role]).toHaveLength(5);
});
