/** Forms and sockets that have what the note has not, as after a restore of an older backup. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { fieldValue } from "../support/account_suite.ts";
import { connectLive, type Frame } from "../support/live_client.ts";
import { startSuite, type TestSuite } from "../support/suite.ts";
import { signUp, type Visitor } from "../support/visitor.ts";
import { waitFor } from "../support/wait_for.ts";

let suite: TestSuite;
let ada: Visitor;

beforeAll(async () => {
  suite = await startSuite();
  ada = await signUp(suite.setupLink, "Ada");
});

afterAll(() => suite.stop());

/** What the form of a note says about where its text is from. */
function baseIn(page: string) {
  return {
    baseVersion: fieldValue(page, "baseVersion") ?? "",
    baseEtag: fieldValue(page, "baseEtag") ?? "",
    operation: fieldValue(page, "operation") ?? "",
  };
}

test("a form of another history is not merged, and comes back to replace what the note says", async () => {
  const note = await ada.createNote("one");
  const { text: page } = await ada.get(`/notes/${note}`);
  const base = baseIn(page);
  expect(base.baseEtag).not.toBe("");
  const lost = { ...base, baseVersion: "1", baseEtag: "of-another-history" };
  const refused = await ada.post(`/notes/${note}`, { ...lost, text: "one and mine" });
  expect(refused.status).toBe(409);
  expect(refused.text).toContain("went back to an earlier version");
  expect(refused.text).toContain("one and mine");
  expect((await ada.get(`/notes/${note}`)).text).not.toContain("and mine");
  const again = baseIn(refused.text);
  expect(again.baseEtag).toBe(base.baseEtag);
  const saved = await ada.post(`/notes/${note}`, { ...again, text: "one and mine" });
  expect(saved.status).toBe(303);
  expect((await ada.get(`/notes/${note}`)).text).toContain("one and mine");
});

test("a socket is told the lineage, and whether what it says to have is in the note's history", async () => {
  const note = await ada.createNote("one");
  const client = await connectLive(suite.url, { cookie: ada.cookie });
  expect(client.frames[0]).toMatchObject({ t: "hello", lineage: expect.any(String) });
  const opened = async (version: number, etag: string): Promise<Frame | undefined> => {
    client.frames.length = 0;
    client.send({ t: "open", note, version, etag, mode: "write" });
    return await waitFor(() => client.frames.find(({ t }) => t === "opened" || t === "reset"));
  };
  const reset = await opened(1, "of-another-history");
  expect(reset).toMatchObject({ t: "reset", version: 1, text: "one", diverged: true });
  expect(await opened(9, "of-another-history")).toMatchObject({ t: "reset", diverged: true });
  expect(await opened(1, String(reset?.etag))).toMatchObject({ t: "opened", deltas: [] });
  client.send({
    ...{ t: "edit", note, id: "operation-1", base: 1, etag: "of-another-history", delta: ["x"] },
  });
  const refused = await waitFor(() => client.frames.find(({ t }) => t === "error"));
  expect(refused).toMatchObject({ id: "operation-1", code: "unknown_base" });
  client.close();
});
