/** What people can delete for good: how one is made that has something in every place there is, and how it ends. */

import { expect } from "bun:test";
import { diffWords, type PersonId, toPersonId } from "../../actors/mod.ts";
import { connectLive, type LiveClient } from "../support/live_client.ts";
import type { PushEndpoint } from "../support/push_endpoint.ts";
import type { TestSuite } from "../support/suite.ts";
import { emailOf, inviteAndSignUp, signIn, signUp, type Visitor } from "../support/visitor.ts";
import { waitFor } from "../support/wait_for.ts";
import type { Knowledge } from "./attempts.ts";

/** Words that are nowhere else: one that stays to the end, and one that was edited away before. */
export const WORDS = ["Zqkvwjxpb", "Qzwvkjyfg"] as const;

/** A suite, on one node or two, and the people in it. */
export interface World {
  suites: readonly TestSuite[];
  push: PushEndpoint;
  ada: Visitor;
  /** Was given it, and has it still. */
  grace: Visitor;
  /** Was given it, and lost it again. */
  ken: Visitor;
  /** Never had it. */
  nils: Visitor;
}

/** Something that is about to be deleted for good. */
export interface Doomed extends Knowledge {
  /** The tables that must hold something of it before, so that what comes after proves something. */
  fills: (table: string) => boolean;
  /** The tables in which its id says that there still is something of it. */
  owns: (table: string) => boolean;
  /** Sockets that had it open. */
  open: readonly LiveClient[];
  /** Deletes it for good, and resolves with the acknowledgment. */
  purge(): Promise<void>;
}

/** Brings people in; each has told the suite to reach them by all ways. */
export async function inhabit(suites: readonly TestSuite[], push: PushEndpoint): Promise<World> {
  const ada = await signUp(suites[0]?.setupLink ?? "", "Ada");
  const [grace, ken, nils] = [
    await inviteAndSignUp(ada, "Grace"),
    await inviteAndSignUp(ada, "Ken"),
    await inviteAndSignUp(ada, "Nils"),
  ];
  // Nothing is reached, so that everything waits to be sent.
  push.answer = 503;
  for (const [name, visitor] of Object.entries({ grace, ken })) {
    const { endpoint, ...keys } = push.subscription;
    const device = { ...keys, endpoint: `${endpoint}/${name}` };
    expect((await visitor.post("/settings/devices", device)).status).toBe(303);
  }
  return { suites, push, ada, grace, ken, nils };
}

async function idOf({ suites }: World, name: string): Promise<PersonId> {
  const found = await suites[0]?.services.accounts.findByEmail(emailOf(name));
  return toPersonId(found?.account.id ?? "");
}

/** Waits until both inboxes have their notification. */
async function settled(world: World, id: string): Promise<void> {
  const { inboxQueries } = services(world);
  await waitFor(async () => (await inboxQueries.holders(`document:${id}`)).length === 2, {
    what: "both to be told",
  });
}

function services({ suites }: World) {
  const [suite] = suites;
  if (suite === undefined) throw new Error("Cannot go on: expected a suite");
  return suite.services;
}

/** A note with a word in every field, and with it in every list, inbox and queue. */
export async function doomedNote(world: World): Promise<Doomed> {
  const { ada, grace, ken } = world;
  const [kept, draft] = WORDS;
  const id = await ada.createNote(`# ${kept} and ${draft}\n\nText with ${kept} for @Grace`);
  await ada.share(id, emailOf("Grace"), "write");
  await ada.share(id, emailOf("Ken"), "read");
  const token = await linkTo(ada, id);
  await settled(world, id);
  await grace.post(`/notes/${id}/pin`);
  await grace.post(`/notes/${id}/watch`);
  await writeMuch(world, id);
  await muteFirst(ken);
  await ada.post(`/notes/${id}/members/${await idOf(world, "Ken")}`, { role: "none" });
  const open = await openEverywhere(world, { id, token });
  await isProjected(world, id);
  return {
    ...{ id, token, open, isNote: true },
    fills: (table) =>
      table.startsWith("document.") || /^inbox\.(?:entry|item|mute|delivery)$/.test(table),
    owns: () => true,
    async purge() {
      const { url } = world.suites.at(-1) ?? ada;
      // Asked of a node where it may not live.
      const owner = await signIn(url, "Ada");
      expect((await owner.post(`/notes/${id}/trash`)).status).toBe(303);
      expect((await owner.post(`/notes/${id}/purge`, { confirmed: "1" })).status).toBe(303);
    },
  };
}

/** So much that a snapshot is taken; the draft's word is edited away in it. */
async function writeMuch(world: World, id: string): Promise<void> {
  const { documents, clock } = services(world);
  const by = { userId: await idOf(world, "Ada"), linkId: undefined };
  const common = { by, at: clock.now(), client: "", caret: undefined };
  for (let i = 0; i < 220; i++) {
    const delta = [`${"more of it ".repeat(10)}${WORDS[0]}\n`];
    const operationId = `operation-${i}`;
    await documents.ask(id, { type: "edit", ...common, operationId, base: i + 1, delta });
  }
  const reply = await documents.ask(id, { type: "describe" });
  if (reply.type !== "described") throw new Error("Cannot go on: expected a description");
  const text = reply.text.replaceAll(WORDS[1], "");
  const { version: base } = reply;
  const save = { type: "save", by, at: clock.now(), operationId: "operation-save" } as const;
  const delta = diffWords(reply.text, text);
  await documents.ask(id, { ...save, base, delta, part: 0 });
}

async function isProjected(world: World, id: string): Promise<void> {
  const { documentQueries } = services(world);
  const adaId = await idOf(world, "Ada");
  await waitFor(
    async () => {
      const { items } = await documentQueries.list(adaId, { query: WORDS[1] });
      const { items: behind } = await documentQueries.unprojected({ limit: 9 });
      return items.length === 0 && !behind.includes(id);
    },
    { what: "the edited text to be what is searched" },
  );
}

async function linkTo(owner: Visitor, id: string): Promise<string> {
  await owner.post(`/notes/${id}/links`, { role: "write", expires: "never" });
  const { text } = await owner.get(`/notes/${id}/share`);
  return /\/shared\/([\w-]+)/.exec(text)?.[1] ?? "";
}

async function muteFirst(visitor: Visitor): Promise<void> {
  const { text } = await visitor.get("/inbox");
  const entry = /id="inbox-(\w{26})"/.exec(text)?.[1];
  expect((await visitor.post(`/inbox/${entry}/mute`)).status).toBe(303);
}

/** On every node, by a member and by a guest, with the preview shown. */
async function openEverywhere(
  { suites, grace }: World,
  { id, token }: Pick<Knowledge, "id" | "token">,
): Promise<LiveClient[]> {
  const clients: LiveClient[] = [];
  for (const { url } of suites) {
    for (const who of [{ cookie: grace.cookie }, { key: token }]) {
      const client = await connectLive(url, who);
      await client.open(id);
      client.send({ t: "preview", note: id, on: true });
      await waitFor(() => client.frames.some(({ t }) => t === "preview"), { what: "a preview" });
      clients.push(client);
    }
  }
  return clients;
}

/** The inbox of a person who leaves. No page deletes one yet, so the test asks the inbox itself. */
export async function doomedInbox(world: World): Promise<Doomed> {
  const { ada, ken } = world;
  const id = await idOf(world, "Ken");
  const note = await ada.createNote(`# ${WORDS[0]} and ${WORDS[1]}`);
  await ada.share(note, emailOf("Ken"), "read");
  const { inboxes, inboxQueries, eraser, clock } = services(world);
  await waitFor(async () => (await inboxQueries.unread(id)) > 0, { what: "Ken to be told" });
  await muteFirst(ken);
  await ken.post("/settings/notifications", {
    quietFrom: "22:00",
    quietUntil: "07:00",
    digest: "08:00",
  });
  return {
    ...{ id, token: "none", open: [], isNote: false },
    fills: (table) => table.startsWith("inbox."),
    // It is the id of a person, too, whose account no page can delete yet.
    owns: (table) => table.startsWith("inbox."),
    async purge() {
      await inboxes.ask(id, { type: "purge", at: clock.now() });
      // The note that it was about goes with it, so that the words are nowhere.
      const { services: last } = world.suites.at(-1) ?? { services: services(world) };
      const by = { userId: await idOf(world, "Ada"), linkId: undefined };
      await last.documents.ask(note, { type: "delete", by, at: clock.now() });
      await last.documents.ask(note, { type: "purge", by, at: clock.now() });
      await eraser.erase([note]);
    },
  };
}
