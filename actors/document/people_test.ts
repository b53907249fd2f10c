/** The people that an operation names are named by ids, whatever the types were told. */

import { expect, test } from "bun:test";
import { HOSTILE_IDS } from "../../tests/support/hostile_ids.ts";
import { personId } from "../../tests/support/people.ts";
import { documentBehavior } from "../document.ts";
import type { PersonId } from "../ids.ts";
import type { DocumentLink } from "../ports.ts";
import type { DocumentOperation } from "./types.ts";

const ID = "01JD2Z7Q5V4T8N3XKQ0C9B6MWE";
const ADA = personId("ada");
const GRACE = personId("grace");
const ada = { userId: ADA, linkId: undefined };
const link: DocumentLink = {
  ...{ id: "l1", role: "write", tokenHash: "h", createdAt: 1, expiresAt: 100 },
};

/** A note with a link. */
function note() {
  const state = documentBehavior.load(ID, undefined);
  const begin: DocumentOperation[] = [
    { type: "create", userId: ADA, at: 1, operationId: "create-1", text: "x" },
    { type: "link", by: ada, at: 4, link },
  ];
  for (const operation of begin) {
    expect(documentBehavior.apply(state, operation)).toMatchObject({ type: "done" });
  }
  return { state };
}

/** One of each kind; a new kind does not compile until it is here. */
const operations: { [Type in DocumentOperation["type"]]: DocumentOperation & { type: Type } } = {
  create: { type: "create", userId: ADA, at: 5, operationId: "create-9", text: "x" },
  open: { type: "open", by: ada, at: 5, version: undefined },
  roles: { type: "roles", by: [ada], at: 5 },
  describe: { type: "describe" },
  catch_up: { type: "catch_up", version: 0 },
  edit: {
    ...{ type: "edit", by: ada, at: 5, operationId: "edit-123", client: "c", base: 1 },
    ...{ delta: [1, "y"], caret: undefined },
  },
  save: {
    type: "save",
    by: ada,
    at: 5,
    operationId: "save-123",
    base: 1,
    delta: [1, "y"],
    part: 0,
  },
  caret: { type: "caret", by: ada, at: 5, client: "c", version: 1, caret: [0, 0] },
  share: { type: "share", by: ada, at: 5, userId: GRACE, role: "read" },
  link: { type: "link", by: ada, at: 5, link },
  unlink: { type: "unlink", by: ada, at: 5, linkId: link.id },
  join: { type: "join", userId: GRACE, linkId: "l1", at: 5 },
  delete: { type: "delete", by: ada, at: 5 },
  restore: { type: "restore", by: ada, at: 5 },
  purge: { type: "purge", by: ada, at: 5 },
};

/** The same operation with something else for each person in it. */
function* misnaming(operation: DocumentOperation, text: string): Generator<DocumentOperation> {
  const id = text as PersonId;
  if ("userId" in operation) yield { ...operation, userId: id };
  const by = { userId: id, linkId: "l1" };
  if (operation.type === "roles") yield { ...operation, by: [...operation.by, by] };
  else if ("by" in operation) yield { ...operation, by };
}

test.each(Object.values(operations))("are named by ids: $type", (operation) => {
  const { state } = note();
  const before = documentBehavior.apply(state, { type: "describe" });
  for (const text of ["", ...HOSTILE_IDS]) {
    for (const bad of misnaming(operation, text)) {
      const outcome = documentBehavior.apply(state, bad);
      expect(outcome).toMatchObject({ type: "refused", error: { code: "invalid" } });
    }
  }
  expect(documentBehavior.apply(state, { type: "describe" })).toEqual(before);
});
