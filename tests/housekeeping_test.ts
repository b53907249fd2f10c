/** What happens by itself as time passes: the trash empties, sessions and links end. */

import { afterEach, beforeEach, expect, test } from "bun:test";
import { Housekeeping, limits, toPersonId } from "../actors/mod.ts";
import { hashToken } from "../routes/http/tokens.ts";
import { connectLive } from "./support/live_client.ts";
import { startSuite, type TestSuite } from "./support/suite.ts";
import { signUp, type Visitor } from "./support/visitor.ts";
import { waitFor } from "./support/wait_for.ts";

let suite: TestSuite;
let ada: Visitor;

beforeEach(async () => {
  suite = await startSuite();
  ada = await signUp(suite.setupLink, "Ada");
});

afterEach(() => suite.stop());

test("what has been in the trash for long is deleted for good, and nothing else", async () => {
  const [old, fresh] = [await ada.createNote("old"), await ada.createNote("fresh")];
  const userId = (await suite.services.accounts.list())[0]?.id;
  const by = { userId, linkId: undefined };
  const long = suite.services.clock.now() - limits.trashMsMax - 1;
  await suite.services.documents.ask(old, { type: "delete", by, at: long });
  await ada.post(`/notes/${fresh}/trash`);
  const housekeeping = new Housekeeping(suite.services);
  await housekeeping.run();
  expect((await ada.get(`/notes/${old}`)).status).toBe(404);
  expect((await ada.get(`/notes/${fresh}`)).text).toContain("in the trash");
});

test("one chore that fails keeps no other from being done", async () => {
  const sessions = {
    ...suite.services.sessions,
    deleteExpired: () => Promise.reject(new Error("away")),
  };
  const housekeeping = new Housekeeping({ ...suite.services, sessions });
  await housekeeping.run();
  expect(suite.log.find("housekeeping failed")).toHaveLength(1);
  housekeeping.start();
  housekeeping.stop();
});

test("a session that ended elsewhere closes its sockets at the next look", async () => {
  const client = await connectLive(suite.url, { cookie: ada.cookie });
  const [session] = await suite.services.sessions.list(
    toPersonId((await suite.services.accounts.list())[0]?.id ?? ""),
  );
  await suite.services.sessions.revoke(toPersonId(session?.userId ?? ""), session?.id ?? "");
  await suite.live.checkEverybody();
  expect(await waitFor(() => client.closed)).toMatchObject({ code: 4401 });
});

test("a guest's note closes when the link has expired", async () => {
  const { documents, clock } = suite.services;
  const note = await ada.createNote("for a moment");
  const userId = (await suite.services.accounts.list())[0]?.id;
  const by = { userId, linkId: undefined };
  const expiresAt = clock.now() + 500;
  const link = { role: "read", tokenHash: hashToken("key"), createdAt: 1, expiresAt } as const;
  await documents.ask(note, { type: "link", by, at: 1, link: { ...link, id: clock.mintId() } });
  const guest = await connectLive(suite.url, { key: "key" });
  await guest.open(note, "read");
  await waitFor(() => clock.now() > expiresAt);
  await suite.live.checkEverybody();
  await waitFor(() => guest.frames.some(({ t }) => t === "revoked"));
  expect((await ada.get("/shared/key")).status).toBe(404);
  guest.close();
});
