/** Notes as pages and forms: the list, the editor, and everything that works without JavaScript. */

import type { Context } from "hono";
import { Hono } from "hono";
import {
  countWords,
  type Delta,
  type DocumentReply,
  type DocumentScope,
  type DocumentSort,
  isId,
  isOperationId,
  type ListedDocument,
  type Page as ListPage,
  limits,
  type Person,
  type Principal,
  personIdsIn,
  principalKey,
  purgeDocuments,
  type Revision,
  SuiteError,
} from "../../actors/mod.ts";
import { DocumentListPage } from "../../views/document/list.tsx";
import { DocumentPage } from "../../views/document/page.tsx";
import type { Env } from "../http/env.ts";
import { statusOf } from "../http/errors.tsx";
import { readForm, readValues } from "../http/form.ts";
import { leaveNotice, takeNotice } from "../http/notice.ts";
import { localPath } from "../http/origin.ts";
import { pageOf } from "../http/page.ts";
import { requireViewer, viewerOf } from "../http/session.ts";
import type { Services } from "../services.ts";
import { longTextOf, streamPage, streamText } from "./long_text.ts";
import { seeDocument } from "./seen.ts";

const SORTS: ReadonlySet<string> = new Set<DocumentSort>(["changed", "created", "title"]);
const SCOPES: ReadonlySet<string> = new Set<DocumentScope>(["all", "mine", "shared", "trash"]);

/** What a note's page is made from. */
type Opened = Extract<DocumentReply, { type: "opened" }>;

/** `/notes` and below, but for sharing. */
export function documentRoutes(services: Services): Hono<Env> {
  const routes = new Hono<Env>();
  routes.use("/notes/*", requireViewer);

  routes.get("/notes", (c) => showList(c, services));
  routes.post("/notes", (c) => create(c, services));
  routes.post("/notes/pin", (c) => pin(c, services, true));
  routes.post("/notes/trash", (c) => act(c, services, "delete"));
  routes.post("/notes/restore", (c) => act(c, services, "restore"));
  routes.get("/notes/:id", (c) => show(c, services));
  routes.get("/notes/:id/text", (c) => showText(c, services));
  routes.post("/notes/:id", (c) => save(c, services));
  routes.post("/notes/:id/pin", (c) => pin(c, services, true));
  routes.post("/notes/:id/unpin", (c) => pin(c, services, false));
  routes.post("/notes/:id/watch", (c) => watch(c, services, true));
  routes.post("/notes/:id/unwatch", (c) => watch(c, services, false));
  routes.post("/notes/:id/trash", (c) => act(c, services, "delete"));
  routes.post("/notes/:id/restore", (c) => act(c, services, "restore"));
  routes.post("/notes/:id/purge", (c) => act(c, services, "purge"));
  return routes;
}

// --------------------------------------------------------------------------------------- list

async function showList(c: Context<Env>, services: Services): Promise<Response> {
  const viewer = viewerOf(c);
  const query = (c.req.query("q") ?? "").slice(0, limits.searchUnitsMax);
  const sort = oneOf<DocumentSort>(c.req.query("sort"), SORTS, "changed");
  const scope = oneOf<DocumentScope>(c.req.query("scope"), SCOPES, "all");
  const cursor = c.req.query("cursor");
  const wanted = Number(c.req.query("limit")) || limits.pageItemsMax;
  const limit = Math.min(limits.listItemsMax, Math.max(1, Math.trunc(wanted)));
  const options = { query, sort, scope, cursor, limit };
  const list = await services.documentQueries.list(viewer.id, options);
  return c.html(
    <DocumentListPage
      page={pageOf(c, services, takeNotice(c))}
      list={list}
      {...(await peopleOf(services, list))}
      {...options}
    />,
  );
}

/** Who owns the notes of a list, who changed them last, and who is in them now. */
export async function peopleOf(
  services: Services,
  list: Pick<ListPage<ListedDocument>, "items">,
): Promise<{ people: Map<string, Person>; presence: Map<string, Person[]> }> {
  const presentIds = await services.presentIn(list.items.map(({ id }) => id));
  const ids = list.items.flatMap(({ ownerId, changedBy }) => [ownerId, changedBy]);
  const people = await services.accounts.people(
    personIdsIn([...ids, ...[...presentIds.values()].flat()]),
  );
  const presence = new Map<string, Person[]>();
  for (const [id, userIds] of presentIds) {
    presence.set(
      id,
      userIds.flatMap((userId) => people.get(userId) ?? []),
    );
  }
  return { people, presence };
}

async function create(c: Context<Env>, services: Services): Promise<Response> {
  const viewer = viewerOf(c);
  const form = await readForm(c);
  const { text = "" } = form;
  // A form that carries an id makes one note, however often it is sent.
  const id = isId(form.id) ? form.id : services.clock.mintId();
  const userId = viewer.id;
  const at = services.clock.now();
  try {
    const operationId = `create-${id}`;
    await services.documents.ask(id, { type: "create", userId, at, operationId, text });
  } catch (error) {
    const by = { userId, linkId: undefined };
    const opened = await madeBefore(error, services, { id, by });
    // It was sent before, with another text: a person has to compare the two.
    const refused = { text, error: madeBeforeError(), base: opened };
    return showDocument(c, services, { id, opened, by, refused });
  }
  return c.redirect(`/notes/${id}`, 303);
}

/** The note that the same form has made before. Throws the error where it is another one. */
async function madeBefore(
  error: unknown,
  services: Services,
  { id, by }: { id: string; by: Principal },
): Promise<Opened> {
  if (!(error instanceof SuiteError) || error.code !== "conflict") throw error;
  return await openDocument(services, id, by);
}

function madeBeforeError(): SuiteError {
  return new SuiteError(
    "conflict",
    "Your text was not saved: this form has made the note below before. Saving now replaces what it says",
  );
}

// --------------------------------------------------------------------------------------- note

async function show(c: Context<Env>, services: Services): Promise<Response> {
  const viewer = viewerOf(c);
  const id = documentIdOf(c);
  const by = { userId: viewer.id, linkId: undefined };
  const opened = await openDocument(services, id, by);
  // What the page counts is known already; what is told by the socket asks for itself.
  if ((c.var.unread ?? 0) > 0) void seeDocument(services, { userId: viewer.id, documentId: id });
  return showDocument(c, services, { id, opened, by });
}

async function showText(c: Context<Env>, services: Services): Promise<Response> {
  const id = documentIdOf(c);
  const by = { userId: viewerOf(c).id, linkId: undefined };
  return answerWithText(c, services, await openDocument(services, id, by));
}

/** The text of a note as it was written, however long it is. */
export function answerWithText(
  c: Context<Env>,
  { clock }: Pick<Services, "clock">,
  { text = "" }: Opened,
): Response {
  c.header("Content-Type", "text/plain; charset=utf-8");
  return c.body(streamText(text, clock));
}

/** Answers with the page of a note, for people and for guests who came by a link. */
export async function showDocument(
  c: Context<Env>,
  services: Services,
  options: {
    id: string;
    opened: Opened;
    by: Principal;
    /** The token of the link a guest came by. */
    key?: string;
    /** What was typed and could not be saved, and why. */
    refused?: { text: string; error: SuiteError; base: Revision };
  },
): Promise<Response> {
  const { id, opened, by, key, refused } = options;
  const { documentQueries: queries } = services;
  const text = refused?.text ?? opened.text ?? "";
  const base: Revision = refused?.base ?? opened;
  const viewerId = c.var.viewer?.id;
  const [document, here, withAccess, watching] = await Promise.all([
    queries.summary(id),
    services.presentIn([id]),
    text.includes("@") ? queries.audience(id) : [],
    viewerId !== undefined && queries.isWatching(id, viewerId),
  ]);
  const present = here.get(id) ?? [];
  const ids = document ? [document.ownerId, document.changedBy, ...present] : present;
  const people = await services.accounts.people(personIdsIn([...ids, ...withAccess]));
  const canWrite = opened.role !== "read" && opened.deletedAt === undefined;
  const request = {
    id,
    version: refused ? undefined : opened.version,
    text,
    people: withAccess.flatMap((userId) => people.get(userId) ?? []),
    part: partOf(c),
    asker: principalKey(by),
  };
  const { rendering } = services;
  const rendered = canWrite ? rendering.renderAtOnce(request) : rendering.render(request);
  const long = longTextOf(text, services.clock);
  const view = (
    <DocumentPage
      page={{ ...pageOf(c, services, takeNotice(c)), node: services.nodeOf(`document:${id}`) }}
      id={id}
      document={document}
      text={text}
      placeholder={long?.placeholder}
      // What the read side counted may be the text before the last change.
      words={long === undefined ? countWords(text) : (document?.words ?? 0)}
      version={base.version}
      etag={base.etag}
      operationId={services.clock.mintId()}
      role={opened.role}
      deletedAt={opened.deletedAt}
      people={people}
      rendered={await rendered}
      watching={watching}
      linkKey={key}
      error={refused && `${refused.error.message}.`}
    />
  );
  const page = await c.html(view, refused ? statusOf(refused.error.code) : 200);
  if (long === undefined || !canWrite) return page;
  return c.newResponse(streamPage(await page.text(), long, services.clock), page);
}

/** Which part of a long note is asked for. */
function partOf(c: Context<Env>): number {
  const part = Number(c.req.query("part") ?? 1);
  return Number.isSafeInteger(part) && part > 0 ? part : 1;
}

/** The text of a note and what somebody may do with it. Throws `not_found` when they may not see it. */
export async function openDocument(services: Services, id: string, by: Principal): Promise<Opened> {
  const at = services.clock.now();
  const reply = await services.documents.ask(id, { type: "open", by, at, version: undefined });
  if (reply.type === "opened") return reply;
  throw nothingThere();
}

async function save(c: Context<Env>, services: Services): Promise<Response> {
  const viewer = viewerOf(c);
  const id = documentIdOf(c);
  const by = { userId: viewer.id, linkId: undefined };
  return saveForm(c, services, { id, by, back: `/notes/${id}` });
}

/** Merges a form into a note; what cannot be saved comes back in the form. */
export async function saveForm(
  c: Context<Env>,
  services: Services,
  options: { id: string; by: Principal; back: string; key?: string },
): Promise<Response> {
  const { id, by, back, key } = options;
  const form = await readForm(c);
  const base = Number(form.baseVersion);
  const { text, operation, baseEtag } = form;
  const etag = baseEtag === "" ? undefined : baseEtag;
  if (text === undefined || !Number.isSafeInteger(base) || base < 0) {
    throw new SuiteError("invalid", "Cannot save note: the form is incomplete");
  }
  try {
    await saveText(services, { id, by, base, etag, text, form: operation });
  } catch (error) {
    if (!(error instanceof SuiteError) || error.code === "not_found") throw error;
    const opened = await openDocument(services, id, by);
    // Such a text can only be compared with the newest by a person, and then replace it.
    const isUnknown = error.code === "unknown_base";
    const refused = isUnknown
      ? { text, error: error instanceof SavedMeanwhile ? error : otherHistory(), base: opened }
      : { text, error, base: { version: base, etag } };
    const given = { id, opened, by, refused };
    return showDocument(c, services, key ? { ...given, key } : given);
  }
  leaveNotice(c, "saved", [id]);
  return c.redirect(back, 303);
}

/** A text that a form sent, and what it was made from. */
interface SentText {
  id: string;
  by: Principal;
  base: number;
  etag: string | undefined;
  text: string;
  /** The id that the page gave its form; the same however often it is sent. */
  form: string | undefined;
}

/** Saves a text; of several that one page has sent, each goes on from the one before. */
async function saveText(services: Services, { form, ...sent }: SentText): Promise<void> {
  const { id, by, text } = sent;
  const at = services.clock.now();
  const page = isOperationId(form) ? form : services.clock.mintId();
  const operationId = `${page}-${Bun.hash(text).toString(36)}`;
  let { base, etag } = sent;
  for (;;) {
    const delta = await compareWithBase(services, { id, by, base, text });
    const save = {
      type: "save",
      by,
      at,
      operationId,
      form: page,
      base,
      etag,
      delta,
      part: 0,
    } as const;
    const reply = await services.documents.ask(id, save, { from: principalKey(by) });
    if (reply.type !== "superseded") return;
    // What others wrote before it is in that version, and not in this text.
    if (reply.first !== base + 1) throw new SavedMeanwhile();
    ({ version: base, etag } = reply);
  }
}

class SavedMeanwhile extends SuiteError {
  constructor() {
    super(
      "unknown_base",
      "Your text was not saved: an earlier one of this page was, and others changed the note before it. " +
        "Saving now replaces what the note says today; open it in another tab to compare",
    );
  }
}

/** What makes a text of the version it was made from. Throws `not_found` for those who may not see it. */
async function compareWithBase(
  services: Services,
  { id, by, base, text }: { id: string; by: Principal; base: number; text: string },
): Promise<Delta> {
  const { version, text: newest = "" } = await openDocument(services, id, by);
  const request = { id, base, text, newest: { version, text: newest }, asker: principalKey(by) };
  return await services.comparing.compare(request);
}

function otherHistory(): SuiteError {
  return new SuiteError(
    "unknown_base",
    "Your text was not saved: the server went back to an earlier version of this note since you opened " +
      "it. Saving now replaces what the note says today; open it in another tab to compare",
  );
}

// ------------------------------------------------------------------------------------ actions

/** What is done to notes from a list, and what the person is told. */
const NOTICE = { delete: "trashed", restore: "restored", purge: "purged" } as const;

async function pin(c: Context<Env>, services: Services, pinned: boolean): Promise<Response> {
  const viewer = viewerOf(c);
  for (const id of await documentIdsOf(c)) {
    if ((await services.documentQueries.role(id, viewer.id)) === undefined) throw nothingThere();
    await services.documentQueries.setPinned(id, viewer.id, pinned);
  }
  await services.staleLists([viewer.id]);
  return c.redirect(await nextOf(c), 303);
}

/** Lets somebody who may see a note hear of what others change in it, or not anymore. */
async function watch(c: Context<Env>, services: Services, watching: boolean): Promise<Response> {
  const viewer = viewerOf(c);
  const id = documentIdOf(c);
  if ((await services.documentQueries.role(id, viewer.id)) === undefined) throw nothingThere();
  await services.documentQueries.setWatching(id, viewer.id, watching);
  leaveNotice(c, watching ? "watched" : "unwatched", [id]);
  return c.redirect(`/notes/${id}`, 303);
}

async function act(
  c: Context<Env>,
  services: Services,
  type: keyof typeof NOTICE,
): Promise<Response> {
  const by = { userId: viewerOf(c).id, linkId: undefined };
  const ids = await documentIdsOf(c);
  if (type === "purge")
    await purgeDocuments(
      services,
      ids.map((id) => ({ id, by })),
    );
  else {
    for (const id of ids) {
      await services.documents.ask(id, { type, by, at: services.clock.now() });
    }
  }
  leaveNotice(c, NOTICE[type], ids);
  return c.redirect(await nextOf(c), 303);
}

/** The note in the path, or the notes that were selected: fields of the form or of the query. */
async function documentIdsOf(c: Context<Env>): Promise<string[]> {
  if (c.req.param("id") !== undefined) return [documentIdOf(c)];
  const ids = [...(await readValues(c, "id")), ...(c.req.queries("id") ?? [])].filter(isId);
  if (ids.length === 0) throw new SuiteError("invalid", "Cannot go on: expected selected notes");
  return [...new Set(ids)].slice(0, limits.listItemsMax);
}

/** Where the form wants to go on: the list somebody acted in, as they had it. */
async function nextOf(c: Context<Env>): Promise<string> {
  const { next } = await readForm(c);
  return next === undefined ? "/notes" : localPath(next);
}

/** The id in the path. Throws `not_found` when it cannot be one. */
export function documentIdOf(c: Context<Env>): string {
  const id = c.req.param("id");
  if (isId(id)) return id;
  throw nothingThere();
}

function nothingThere(): SuiteError {
  return new SuiteError("not_found", "Cannot open note: there is none with this id");
}

function oneOf<Value extends string>(
  text: string | undefined,
  known: ReadonlySet<string>,
  otherwise: Value,
): Value {
  return text !== undefined && known.has(text) ? (text as Value) : otherwise;
}
