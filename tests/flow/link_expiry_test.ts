/** A link that expires while its guest reads: over a real socket, with real timers. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { limits } from "../../actors/mod.ts";
import { linkToken } from "../../routes/document/share.tsx";
import { hashToken } from "../../routes/http/tokens.ts";
import { connectLive, type LiveClient } from "../support/live_client.ts";
import { startSuite, type TestSuite } from "../support/suite.ts";
import { inviteAndSignUp, signUp, type Visitor } from "../support/visitor.ts";
import { waitFor } from "../support/wait_for.ts";

let suite: TestSuite;
let ada: Visitor;
let grace: Visitor;

beforeAll(async () => {
  suite = await startSuite();
  ada = await signUp(suite.setupLink, "Ada");
  grace = await inviteAndSignUp(ada, "Grace");
});

afterAll(() => suite.stop());

test("guests and those who joined by it are told when it expires, long before the next look", async () => {
  const { services } = suite;
  const note = await ada.createNote("secret");
  const adaId = (await services.accounts.list()).find(({ name }) => name === "Ada")?.id;
  const id = services.clock.mintId();
  const at = services.clock.now();
  const expiresAt = at + 2_000;
  const key = await linkToken(services, id);
  const link = { id, role: "read", tokenHash: hashToken(key), createdAt: at, expiresAt } as const;
  const by = { userId: adaId, linkId: undefined };
  await services.documents.ask(note, { type: "link", by, at, link });

  expect((await grace.get(`/shared/${key}`)).status).toBe(303);
  const joined = await connectLive(suite.url, { cookie: grace.cookie });
  const guest = await connectLive(suite.url, { key });
  for (const client of [joined, guest]) await client.open(note, "read");
  const revoked = (client: LiveClient) => client.frames.some(({ t }) => t === "revoked");
  const soon = { deadlineMs: limits.sessionCheckMs / 2 };
  await waitFor(() => revoked(joined) && revoked(guest), soon);
  expect(services.clock.now()).toBeGreaterThanOrEqual(expiresAt);

  const owner = await connectLive(suite.url, { cookie: ada.cookie });
  await (await owner.open(note)).type("more ");
  expect(guest.frames.filter(({ t }) => t === "deltas")).toEqual([]);
  await expect(guest.open(note, "read")).rejects.toThrow("not_found");
  for (const client of [joined, guest, owner]) client.close();
});
