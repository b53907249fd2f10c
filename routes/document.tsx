/** Notes as pages and forms: the list, the editor, and everything that works without JavaScript. */

import type { Context } from "hono";
import { Hono } from "hono";
import {
  type Account,
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
  SuiteError,
} from "../actors/mod.ts";
import { DocumentPage } from "../views/document.tsx";
import { DocumentListPage } from "../views/document_list.tsx";
import type { Env } from "./env.ts";
import { statusOf } from "./errors.tsx";
import { leaveNotice, type NoticeKind, takeNotice } from "./notice.ts";
import { pageOf } from "./page.ts";
import type { Services } from "./services.ts";
import { requireViewer } from "./session.ts";

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
  routes.get("/notes/trash", (c) => c.redirect("/notes?scope=trash", 302));
  routes.get("/notes/:id", (c) => show(c, services));
  routes.post("/notes/:id", (c) => save(c, services));
  routes.post("/notes/:id/pin", (c) => pin(c, services, true));
  routes.post("/notes/:id/unpin", (c) => pin(c, services, false));
  routes.post("/notes/:id/trash", (c) => act(c, services, "delete", "trashed"));
  routes.post("/notes/:id/restore", (c) => act(c, services, "restore", "restored"));
  routes.post("/notes/:id/purge", (c) => act(c, services, "purge", "purged"));
  return routes;
}

// --------------------------------------------------------------------------------------- list

async function showList(c: Context<Env>, services: Services): Promise<Response> {
  const viewer = viewerOf(c);
  const query = (c.req.query("q") ?? "").slice(0, limits.searchUnitsMax);
  const sort = oneOf<DocumentSort>(c.req.query("sort"), SORTS, "changed");
  const scope = oneOf<DocumentScope>(c.req.query("scope"), SCOPES, "all");
  const cursor = c.req.query("cursor");
  const list = await services.documentQueries.list(viewer.id, { query, sort, scope, cursor });
  return c.html(
    <DocumentListPage
      page={pageOf(c, services, takeNotice(c))}
      list={list}
      {...(await peopleOf(services, list))}
      query={query}
      sort={sort}
      scope={scope}
      isMore={cursor !== undefined}
    />,
  );
}

/** Who owns the notes of a list, who changed them last, and who is in them now. */
export async function peopleOf(
  services: Services,
  list: Pick<ListPage<ListedDocument>, "items">,
): Promise<{ people: Map<string, Person>; present: Map<string, Person[]> }> {
  const presentIds = new Map(list.items.map(({ id }) => [id, services.presentIn(id)]));
  const ids = list.items.flatMap(({ ownerId, changedBy }) => [ownerId, changedBy]);
  const people = await services.accounts.people([
    ...new Set([...ids, ...[...presentIds.values()].flat()]),
  ]);
  const present = new Map<string, Person[]>();
  for (const [id, userIds] of presentIds) {
    present.set(
      id,
      userIds.flatMap((userId) => people.get(userId) ?? []),
    );
  }
  return { people, present };
}

async function create(c: Context<Env>, services: Services): Promise<Response> {
  const viewer = viewerOf(c);
  const form = await c.req.parseBody();
  const text = typeof form.text === "string" ? form.text : "";
  // A form that carries an id makes one note, however often it is sent.
  const id = isId(form.id) ? form.id : services.clock.mintId();
  await services.documents.ask(id, {
    type: "create",
    userId: viewer.id,
    at: services.clock.now(),
    operationId: `create-${id}`,
    text,
  });
  return c.redirect(`/notes/${id}`, 303);
}

// --------------------------------------------------------------------------------------- note

async function show(c: Context<Env>, services: Services): Promise<Response> {
  const viewer = viewerOf(c);
  const id = documentIdOf(c);
  const opened = await openDocument(services, id, { userId: viewer.id, linkId: undefined });
  return showDocument(c, services, { id, opened });
}

/** Answers with the page of a note, for people and for guests who came by a link. */
export async function showDocument(
  c: Context<Env>,
  services: Services,
  options: {
    id: string;
    opened: Opened;
    /** The token of the link a guest came by. */
    key?: string;
    /** What was typed and could not be saved, and why. */
    refused?: { text: string; error: SuiteError; base: number };
  },
): Promise<Response> {
  const { id, opened, key, refused } = options;
  const document = await services.documentQueries.summary(id);
  const present = services.presentIn(id);
  const ids = document ? [document.ownerId, document.changedBy, ...present] : present;
  const people = await services.accounts.people(ids);
  const view = (
    <DocumentPage
      page={pageOf(c, services, takeNotice(c))}
      id={id}
      document={document}
      text={refused?.text ?? opened.text ?? ""}
      version={refused?.base ?? opened.version}
      operationId={services.clock.mintId()}
      role={opened.role}
      deletedAt={opened.deletedAt}
      people={people}
      linkKey={key}
      error={refused && `${refused.error.message}.`}
    />
  );
  return c.html(view, refused ? statusOf(refused.error.code) : 200);
}

/** The text of a note and what somebody may do with it. Throws `not_found` when they may not see it. */
export async function openDocument(services: Services, id: string, by: Principal): Promise<Opened> {
  const at = services.clock.now();
  const reply = await services.documents.ask(id, { type: "open", by, at, version: undefined });
  if (reply.type === "opened") return reply;
  throw new SuiteError("not_found", "Cannot open note: there is none with this id");
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
  const form = await c.req.parseBody();
  const base = Number(form.baseVersion);
  const { text, operation } = form;
  if (typeof text !== "string" || !Number.isSafeInteger(base) || base < 0) {
    throw new SuiteError("invalid", "Cannot save note: the form is incomplete");
  }
  const at = services.clock.now();
  const operationId = isOperationId(operation) ? operation : services.clock.mintId();
  try {
    await services.documents.ask(id, { type: "save", by, at, operationId, base, text });
  } catch (error) {
    if (!(error instanceof SuiteError) || error.code === "not_found") throw error;
    const opened = await openDocument(services, id, by);
    const refused = { text, error, base };
    return showDocument(c, services, key ? { id, opened, refused, key } : { id, opened, refused });
  }
  leaveNotice(c, "saved", id);
  return c.redirect(back, 303);
}

// ------------------------------------------------------------------------------------ actions

async function pin(c: Context<Env>, services: Services, pinned: boolean): Promise<Response> {
  const viewer = viewerOf(c);
  const id = documentIdOf(c);
  if ((await services.documentQueries.role(id, viewer.id)) === undefined) {
    throw new SuiteError("not_found", "Cannot pin note: there is none with this id");
  }
  await services.documentQueries.setPinned(id, viewer.id, pinned);
  services.staleLists([viewer.id]);
  return c.redirect(listBehind(c), 303);
}

async function act(
  c: Context<Env>,
  services: Services,
  type: "delete" | "restore" | "purge",
  notice: NoticeKind,
): Promise<Response> {
  const viewer = viewerOf(c);
  const id = documentIdOf(c);
  const by = { userId: viewer.id, linkId: undefined };
  await services.documents.ask(id, { type, by, at: services.clock.now() });
  leaveNotice(c, notice, id);
  return c.redirect(listBehind(c), 303);
}

/** The list somebody acted in, as they had it; the plain one when they came from elsewhere. */
function listBehind(c: Context<Env>): string {
  const from = c.req.header("HX-Current-URL") ?? c.req.header("Referer");
  if (from && URL.canParse(from)) {
    const { pathname, search } = new URL(from);
    if (pathname === "/notes" || pathname === "/") return pathname + search;
  }
  return "/notes";
}

/** Who is signed in; the middleware has let nobody else through. */
export function viewerOf(c: Context<Env>): Account {
  if (c.var.viewer) return c.var.viewer;
  throw new SuiteError("unauthenticated", "Cannot go on: expected somebody who is signed in");
}

/** The id in the path. Throws `not_found` when it cannot be one. */
export function documentIdOf(c: Context<Env>): string {
  const id = c.req.param("id");
  if (isId(id)) return id;
  throw new SuiteError("not_found", "Cannot open note: there is none with this id");
}

function oneOf<Value extends string>(
  text: string | undefined,
  known: ReadonlySet<string>,
  otherwise: Value,
): Value {
  return text !== undefined && known.has(text) ? (text as Value) : otherwise;
}
