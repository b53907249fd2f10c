/** Who may see a note: people, links, and the way in for those who come by a link. */

import type { Context } from "hono";
import { Hono } from "hono";
import {
  type DocumentLink,
  limits,
  type PersonId,
  parsePersonId,
  type SharedRole,
  SuiteError,
} from "../../actors/mod.ts";
import { DocumentSharePage } from "../../views/document/share.tsx";
import { findPerson, mayNameById, peopleSeenBy, searchPeople } from "../account/people.ts";
import type { Env } from "../http/env.ts";
import { readForm } from "../http/form.ts";
import { leaveNotice } from "../http/notice.ts";
import { pageOf } from "../http/page.ts";
import { requireViewer, viewerOf } from "../http/session.ts";
import { hashToken, serverSecret, sign } from "../http/tokens.ts";
import type { Services } from "../services.ts";
import { answerWithText, documentIdOf, openDocument, saveForm, showDocument } from "./pages.tsx";

const DAY_MS = 24 * 60 * 60 * 1_000;
/** How long a link lasts, by the word in the form. */
const EXPIRY_MS: Record<string, number | undefined> = {
  never: undefined,
  day: DAY_MS,
  week: 7 * DAY_MS,
  month: 30 * DAY_MS,
};

/** People who are offered at once. */
const CANDIDATES_MAX = 20;

/** `/notes/{id}/share` and `/shared/{token}`. */
export function shareRoutes(services: Services): Hono<Env> {
  const routes = new Hono<Env>();
  routes.use("/notes/:id/*", requireViewer);
  routes.get("/notes/:id/share", (c) => showShare(c, services));
  routes.post("/notes/:id/share", (c) => share(c, services));
  routes.post("/notes/:id/members/:userId", (c) => changeMember(c, services));
  routes.post("/notes/:id/links", (c) => addLink(c, services));
  routes.post("/notes/:id/links/:linkId/revoke", (c) => revokeLink(c, services));
  routes.post("/notes/:id/leave", (c) => leave(c, services));
  routes.get("/shared/:token", (c) => comeByLink(c, services));
  routes.get("/shared/:token/text", (c) => showTextByLink(c, services));
  routes.post("/shared/:token", (c) => saveByLink(c, services));
  return routes;
}

async function showShare(
  c: Context<Env>,
  services: Services,
  refused?: { person: string; error: string },
): Promise<Response> {
  const id = documentIdOf(c);
  await requireOwner(c, services, id);
  const described = await services.documents.ask(id, { type: "describe" });
  const document = await services.documentQueries.summary(id);
  if (described.type !== "described" || !document) {
    throw new SuiteError("not_found", "Cannot share note: there is none with this id");
  }
  const memberIds = described.members.map(({ userId }) => userId);
  const people = await peopleSeenBy(viewerOf(c), memberIds, services);
  const members = described.members.map((member) => ({
    ...member,
    person: people.get(member.userId),
  }));
  const view = (
    <DocumentSharePage
      page={pageOf(c, services)}
      document={document}
      members={members}
      links={await Promise.all(described.links.map((link) => withUrl(services, link)))}
      candidates={await candidatesOf(c, services, new Set(described.members.map((m) => m.userId)))}
      query={refused?.person ?? c.req.query("person") ?? ""}
      error={refused?.error}
    />
  );
  return c.html(view, refused ? 422 : 200);
}

/** Derived with the server's secret, so that the owner can copy a link whose hash alone is stored. */
export async function linkToken(
  services: Pick<Services, "accounts">,
  linkId: string,
): Promise<string> {
  return sign(`link:${linkId}`, await serverSecret(services.accounts));
}

async function withUrl(services: Services, link: DocumentLink) {
  const token = await linkToken(services, link.id);
  return { link, url: new URL(`/shared/${token}`, services.config.publicUrl).href };
}

/** People one may share with: those who match what was typed and do not have it yet. */
async function candidatesOf(c: Context<Env>, services: Services, members: ReadonlySet<string>) {
  const query = (c.req.query("person") ?? "").slice(0, limits.searchUnitsMax).trim();
  const found = await searchPeople(viewerOf(c), query, { limit: CANDIDATES_MAX, services });
  return found.filter(({ person }) => !members.has(person.id));
}

async function share(c: Context<Env>, services: Services): Promise<Response> {
  const id = documentIdOf(c);
  const form = await readForm(c);
  const person = form.person?.trim() ?? "";
  const userId = await findPerson(viewerOf(c), person, services);
  if (userId === undefined) {
    await requireOwner(c, services, id);
    const error =
      person === "" ? "Say who, by name or e-mail address." : `Nobody here is "${person}".`;
    return showShare(c, services, { person, error });
  }
  await setRole(c, services, { id, userId, role: roleIn(form.role) });
  return c.redirect(`/notes/${id}/share`, 303);
}

async function changeMember(c: Context<Env>, services: Services): Promise<Response> {
  const id = documentIdOf(c);
  const userId = parsePersonId(c.req.param("userId"));
  if (userId === undefined) throw noSuchPerson();
  const form = await readForm(c);
  const role = form.role === "none" ? undefined : roleIn(form.role);
  if (role !== undefined && !(await mayNameById(viewerOf(c), userId, services))) {
    throw noSuchPerson();
  }
  await setRole(c, services, { id, userId, role });
  return c.redirect(`/notes/${id}/share`, 303);
}

function noSuchPerson(): SuiteError {
  return new SuiteError("not_found", "Cannot share note: there is no person with this id");
}

async function setRole(
  c: Context<Env>,
  services: Services,
  to: { id: string; userId: PersonId; role: SharedRole | undefined },
): Promise<void> {
  const { id, userId, role } = to;
  const at = services.clock.now();
  await services.documents.ask(id, { type: "share", by: principalOf(c), at, userId, role });
  services.log.info("note shared", { audit: true, by: viewerOf(c).id, note: id, userId, role });
}

async function addLink(c: Context<Env>, services: Services): Promise<Response> {
  const id = documentIdOf(c);
  const form = await readForm(c);
  const { expires: expiry = "never" } = form;
  if (!Object.hasOwn(EXPIRY_MS, expiry)) {
    throw new SuiteError("invalid", "Cannot make a link: expected an expiry of the list");
  }
  const at = services.clock.now();
  const linkId = services.clock.mintId();
  const tokenHash = hashToken(await linkToken(services, linkId));
  const lasts = EXPIRY_MS[expiry];
  const link: DocumentLink = {
    id: linkId,
    role: roleIn(form.role),
    tokenHash,
    createdAt: at,
    expiresAt: lasts === undefined ? undefined : at + lasts,
  };
  await services.documents.ask(id, { type: "link", by: principalOf(c), at, link });
  services.log.info("link made", { audit: true, by: viewerOf(c).id, note: id, role: link.role });
  return c.redirect(`/notes/${id}/share`, 303);
}

async function revokeLink(c: Context<Env>, services: Services): Promise<Response> {
  const id = documentIdOf(c);
  const linkId = c.req.param("linkId") ?? "";
  const at = services.clock.now();
  await services.documents.ask(id, { type: "unlink", by: principalOf(c), at, linkId });
  services.log.info("link revoked", { audit: true, by: viewerOf(c).id, note: id });
  return c.redirect(`/notes/${id}/share`, 303);
}

/** Takes a note that somebody shared out of one's own list. */
async function leave(c: Context<Env>, services: Services): Promise<Response> {
  const id = documentIdOf(c);
  const by = principalOf(c);
  const at = services.clock.now();
  const userId = viewerOf(c).id;
  await services.documents.ask(id, { type: "share", by, at, userId, role: undefined });
  leaveNotice(c, "left", [id]);
  return c.redirect("/notes", 303);
}

// ------------------------------------------------------------------------------------ by link

async function comeByLink(c: Context<Env>, services: Services): Promise<Response> {
  const key = c.req.param("token") ?? "";
  const { documentId, link } = await findLink(services, key);
  if (c.var.viewer) {
    const userId = c.var.viewer.id;
    const at = services.clock.now();
    await services.documents.ask(documentId, { type: "join", userId, linkId: link.id, at });
    return c.redirect(`/notes/${documentId}`, 303);
  }
  const by = { userId: undefined, linkId: link.id };
  const opened = await openDocument(services, documentId, by);
  return showDocument(c, services, { id: documentId, opened, by, key });
}

async function showTextByLink(c: Context<Env>, services: Services): Promise<Response> {
  const { documentId, link } = await findLink(services, c.req.param("token") ?? "");
  const by = { userId: c.var.viewer?.id, linkId: link.id };
  return answerWithText(c, services, await openDocument(services, documentId, by));
}

async function saveByLink(c: Context<Env>, services: Services): Promise<Response> {
  const key = c.req.param("token") ?? "";
  const { documentId, link } = await findLink(services, key);
  const by = { userId: c.var.viewer?.id, linkId: link.id };
  c.set("mayWriteByLink", link.role === "write");
  return saveForm(c, services, { id: documentId, by, back: `/shared/${key}`, key });
}

async function findLink(services: Services, token: string) {
  const { documentQueries, clock } = services;
  const found = await documentQueries.link(hashToken(token), clock.now());
  if (found) return found;
  throw new SuiteError("not_found", "Cannot open note: the link is not valid, or no longer");
}

// ------------------------------------------------------------------------------------- helpers

function principalOf(c: Context<Env>) {
  return { userId: viewerOf(c).id, linkId: undefined };
}

async function requireOwner(c: Context<Env>, services: Services, id: string): Promise<void> {
  const role = await services.documentQueries.role(id, viewerOf(c).id);
  if (role === "owner") return;
  if (role === undefined) {
    throw new SuiteError("not_found", "Cannot open note: there is none with this id");
  }
  throw new SuiteError("forbidden", "Cannot share note: only its owner may");
}

function roleIn(value: unknown): SharedRole {
  if (value === "write" || value === "read") return value;
  throw new SuiteError("invalid", 'Cannot share note: expected a role of "write" or "read"');
}
