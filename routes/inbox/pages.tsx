/** The inbox as pages and forms: every action works without a script, and each can be taken back. */

import { type Context, Hono } from "hono";
import {
  type InboxEntry,
  type InboxOperationOf,
  type InboxReply,
  type InboxView,
  inboxDays,
  isId,
  limits,
  type NotificationApp,
  SuiteError,
} from "../../actors/mod.ts";
import { InboxDetailsPage } from "../../views/inbox/details.tsx";
import { InboxPage } from "../../views/inbox/list.tsx";
import { SnoozePage } from "../../views/inbox/snooze.tsx";
import { appNames, notificationTitle } from "../../views/inbox/words.tsx";
import type { Env } from "../http/env.ts";
import { readForm, readValues } from "../http/form.ts";
import { leaveNotice, takeNotice } from "../http/notice.ts";
import { localPath } from "../http/origin.ts";
import { isPart, pageOf } from "../http/page.ts";
import { requireViewer, viewerOf } from "../http/session.ts";
import type { Services } from "../services.ts";
import type { InboxNoticeKind } from "./notices.ts";
import { fieldTime, parseFieldTime, snoozeChoices, snoozeError } from "./snooze_times.ts";

const VIEWS: ReadonlySet<string> = new Set<InboxView>(["inbox", "unread", "snoozed", "archived"]);
const DELIVERIES_SHOWN = 20;

/** `/inbox` and below. */
export function inboxRoutes(services: Services): Hono<Env> {
  const routes = new Hono<Env>();
  routes.use("/inbox/*", requireViewer);

  routes.get("/inbox", (c) => showList(c, services));
  routes.get("/inbox/snooze", (c) => showSnooze(c, services));
  routes.get("/inbox/:id", (c) => showEntry(c, services));
  routes.get("/inbox/:id/open", (c) => open(c, services));

  for (const type of ["read", "unread", "archive", "unarchive"] as const) {
    routes.post(`/inbox/${type}`, (c) => change(c, services, type));
  }
  routes.post("/inbox/snooze", (c) => snooze(c, services));
  routes.post("/inbox/wake", (c) => wake(c, services));
  routes.post("/inbox/read-all", (c) => readAll(c, services));
  routes.post("/inbox/unread-all", (c) => unreadAll(c, services));
  routes.post("/inbox/unmute", (c) => unmute(c, services));
  routes.post("/inbox/:id/mute", (c) => mute(c, services));
  return routes;
}

// --------------------------------------------------------------------------------------- pages

async function showList(c: Context<Env>, services: Services): Promise<Response> {
  const viewer = viewerOf(c);
  const view = c.req.query("view") ?? "";
  const wanted = Number(c.req.query("limit")) || limits.pageItemsMax;
  const options = {
    view: VIEWS.has(view) ? (view as InboxView) : "inbox",
    app: appOf(c.req.query("app")),
    cursor: c.req.query("cursor"),
    limit: Math.min(limits.listItemsMax, Math.max(1, Math.trunc(wanted))),
  };
  const [list, keptDays] = await Promise.all([
    services.inboxQueries.list(viewer.id, options),
    inboxDays(services.accounts),
  ]);
  const page = pageOf(c, services, takeNotice(c));
  return c.html(<InboxPage page={page} list={list} keptDays={keptDays} {...options} />);
}

function appOf(text: string | undefined): NotificationApp | undefined {
  return text !== undefined && Object.hasOwn(appNames, text)
    ? (text as NotificationApp)
    : undefined;
}

/** Whoever looks at an entry has read it; a page that fetches itself again looks at nothing. */
async function showEntry(c: Context<Env>, services: Services): Promise<Response> {
  const { inboxQueries } = services;
  const viewer = viewerOf(c);
  const entry = await entryOf(c, services);
  if (entry.readAt === undefined && !isPart(c)) {
    const { unread } = await ask(c, services, { type: "read", ids: [entry.id] });
    c.set("unread", unread);
  }
  const [items, deliveries, mutes] = await Promise.all([
    inboxQueries.items(viewer.id, entry.id, limits.entryItemsShownMax),
    inboxQueries.deliveries(viewer.id, entry.id, DELIVERIES_SHOWN),
    inboxQueries.mutes(viewer.id),
  ]);
  return c.html(
    <InboxDetailsPage
      page={pageOf(c, services, takeNotice(c))}
      entry={entry}
      items={items}
      deliveries={deliveries}
      isMuted={mutes.some(({ subject }) => subject === entry.subject)}
    />,
  );
}

/** A click on a line reads it, and leads to what it is about. */
async function open(c: Context<Env>, services: Services): Promise<Response> {
  const entry = await entryOf(c, services);
  if (entry.readAt === undefined) await ask(c, services, { type: "read", ids: [entry.id] });
  return c.redirect(localPath(entry.path), 303);
}

async function showSnooze(c: Context<Env>, services: Services): Promise<Response> {
  const { timeZone } = viewerOf(c);
  const now = services.clock.now();
  const ids = await entryIdsOf(c);
  const choices = snoozeChoices(now, viewerOf(c));
  const suggested = choices.find(({ label }) => label === "Tomorrow morning")?.at ?? now;
  const value = fieldTime(suggested, timeZone);
  return await snoozePage(c, services, { ids, next: await nextOf(c), other: { value } });
}

async function snoozePage(
  c: Context<Env>,
  services: Services,
  given: { ids: readonly string[]; next: string; other: { value: string; error?: string } },
): Promise<Response> {
  const { ids, next, other } = given;
  const viewer = viewerOf(c);
  const [first] = ids;
  const only = ids.length === 1 && first ? await findEntry(c, services, first) : undefined;
  const view = (
    <SnoozePage
      page={pageOf(c, services)}
      ids={ids}
      about={only ? notificationTitle(only) : `${ids.length} notifications`}
      next={next}
      choices={snoozeChoices(services.clock.now(), viewer)}
      other={other}
    />
  );
  return c.html(view, other.error === undefined ? 200 : 422);
}

// -------------------------------------------------------------------------------------- changes

const NOTICES = {
  read: "inbox_read",
  unread: "inbox_unread",
  archive: "inbox_archived",
  unarchive: "inbox_unarchived",
} as const;

async function change(
  c: Context<Env>,
  services: Services,
  type: keyof typeof NOTICES,
): Promise<Response> {
  const { entries } = await ask(c, services, { type, ids: await entryIdsOf(c) });
  return await goOn(c, NOTICES[type], entries);
}

async function snooze(c: Context<Env>, services: Services): Promise<Response> {
  const { timeZone } = viewerOf(c);
  const form = await readForm(c);
  const preset = form.until ?? c.req.query("until");
  const until = preset === undefined ? parseFieldTime(form.other ?? "", timeZone) : Number(preset);
  const error = snoozeError(until, services.clock.now());
  const ids = await entryIdsOf(c);
  if (error !== undefined || until === undefined) {
    const other = { value: form.other ?? "", error: error ?? "" };
    return await snoozePage(c, services, { ids, next: await nextOf(c), other });
  }
  const { entries } = await ask(c, services, { type: "snooze", ids, until });
  return await goOn(c, "inbox_snoozed", entries, until);
}

async function wake(c: Context<Env>, services: Services): Promise<Response> {
  const ids = await entryIdsOf(c);
  const before = await findEntry(c, services, ids[0] ?? "");
  const { entries } = await ask(c, services, { type: "wake", ids });
  return await goOn(c, "inbox_woken", entries, before?.snoozedUntil);
}

async function readAll(c: Context<Env>, services: Services): Promise<Response> {
  const form = await readForm(c);
  const at = services.clock.now();
  const until = Number(form.until) || at;
  const filter = { until: Math.min(until, at), app: appOf(form.app) };
  await services.inboxes.ask(viewerOf(c).id, { type: "read_all", filter, at });
  return await goOn(c, "inbox_all_read", [], at);
}

async function unreadAll(c: Context<Env>, services: Services): Promise<Response> {
  const readAt = Number(c.req.query("at"));
  if (!Number.isSafeInteger(readAt)) {
    throw new SuiteError("invalid", "Cannot mark as unread: expected the time it was read at");
  }
  await services.inboxes.ask(viewerOf(c).id, { type: "unread_all", readAt });
  return await goOn(c, "inbox_all_unread", []);
}

async function mute(c: Context<Env>, services: Services): Promise<Response> {
  const entry = await entryOf(c, services);
  const at = services.clock.now();
  await services.inboxes.ask(viewerOf(c).id, { type: "mute", id: entry.id, at });
  return await goOn(c, "inbox_muted", [entry], entry.archivedAt === undefined ? 1 : 0);
}

/** By an entry, or by what it is about where no entry is left. */
async function unmute(c: Context<Env>, services: Services): Promise<Response> {
  const { subject, id } = { ...(await readForm(c)), ...c.req.query() } as Record<string, string>;
  const at = services.clock.now();
  const entry = id === undefined ? undefined : await findEntry(c, services, id);
  const muted = entry?.subject ?? subject;
  if (muted === undefined) throw nothingThere();
  await services.inboxes.ask(viewerOf(c).id, { type: "unmute", subject: muted, at });
  if (entry && c.req.query("unarchive") === "1") {
    await ask(c, services, { type: "unarchive", ids: [entry.id] });
  }
  return await goOn(c, "inbox_unmuted", entry ? [entry] : []);
}

type EntryOperation = InboxOperationOf<
  "read" | "unread" | "archive" | "unarchive" | "snooze" | "wake"
>;
type Timeless<Operation> = Operation extends unknown ? Omit<Operation, "at"> : never;

function ask(
  c: Context<Env>,
  services: Services,
  operation: Timeless<EntryOperation>,
): Promise<InboxReply> {
  const at = services.clock.now();
  return services.inboxes.ask(viewerOf(c).id, { ...operation, at } as EntryOperation);
}

/** Back to the list, or to wherever one was, with a word and the way to take it back. */
async function goOn(
  c: Context<Env>,
  kind: InboxNoticeKind,
  entries: readonly InboxEntry[],
  time?: number,
): Promise<Response> {
  const ids = entries.map(({ id }) => id);
  const isAboutAll = kind === "inbox_all_read" || kind === "inbox_all_unread";
  if (ids.length > 0 || isAboutAll || kind === "inbox_unmuted") {
    leaveNotice(c, kind, time === undefined ? ids : [String(time), ...ids]);
  }
  return c.redirect(await nextOf(c), 303);
}

// ------------------------------------------------------------------------------------- requests

/** Those that the address names, or those that were selected in the form. */
async function entryIdsOf(c: Context<Env>): Promise<string[]> {
  const named = c.req.queries("id") ?? [];
  const isForm = named.length === 0 && c.req.method === "POST";
  const selected = isForm ? await readValues(c, "id") : [];
  const ids = [...new Set([...named, ...selected].filter(isId))];
  if (ids.length === 0) throw new SuiteError("invalid", "Cannot go on: expected notifications");
  return ids.slice(0, limits.entriesChangedMax);
}

/** Where the form wants to go on; else where one is: what is undone elsewhere keeps one there. */
async function nextOf(c: Context<Env>): Promise<string> {
  const wanted = c.req.method === "POST" ? (await readForm(c)).next : c.req.query("next");
  if (wanted !== undefined) return localPath(wanted);
  const current = c.req.header("HX-Current-URL") ?? c.req.header("Referer");
  if (current === undefined || !URL.canParse(current)) return "/inbox";
  const { pathname, search } = new URL(current);
  // An entry that one is done with, or the choice of a time, is no place to go on.
  return pathname.startsWith("/inbox/") ? "/inbox" : localPath(pathname + search);
}

async function entryOf(c: Context<Env>, services: Services): Promise<InboxEntry> {
  const entry = await findEntry(c, services, c.req.param("id") ?? "");
  if (entry === undefined) throw nothingThere();
  return entry;
}

async function findEntry(
  c: Context<Env>,
  services: Services,
  id: string,
): Promise<InboxEntry | undefined> {
  return isId(id) ? await services.inboxQueries.entry(viewerOf(c).id, id) : undefined;
}

function nothingThere(): SuiteError {
  return new SuiteError("not_found", "Cannot open notification: there is none with this id");
}
