/**
 * The inbox: what is unread first, by day, and all about one thing in one line. A line that changes is
 * pushed as a fragment; when lines come, go or move, the list fetches itself.
 */

import type { Child } from "hono/jsx";
import {
  type InboxEntry,
  type InboxView,
  type Page as ListPage,
  limits,
  type NotificationApp,
  notificationKinds,
} from "../../actors/mod.ts";
import { CsrfInput, EmptyState, LinkButton, readerOf } from "../parts/components.tsx";
import { domIds } from "../parts/dom_ids.ts";
import { Icon, type IconName } from "../parts/icons.tsx";
import type { Page } from "../parts/page.ts";
import { type ShortcutId, shortcut } from "../parts/shortcuts.ts";
import { formatDay } from "../parts/times.ts";
import { Layout } from "../shell/layout.tsx";
import { EntryRow } from "./entry.tsx";
import { appNames } from "./words.tsx";

/** What an inbox shows, and how it was asked for. */
export interface InboxProps {
  page: Page;
  list: ListPage<InboxEntry>;
  view: InboxView;
  /** Only what comes from there. */
  app?: NotificationApp | undefined;
  /** Where this part of the list begins, when not at the beginning. */
  cursor?: string | undefined;
  /** How many lines were asked for. */
  limit?: number | undefined;
  /** How long entries are kept. */
  keptDays: number;
}

const VIEWS: readonly { view: InboxView; label: string }[] = [
  { view: "inbox", label: "Inbox" },
  { view: "unread", label: "Unread" },
  { view: "snoozed", label: "Snoozed" },
  { view: "archived", label: "Archived" },
];

/** The page at `/inbox`. */
export function InboxPage(props: InboxProps) {
  return (
    <Layout
      page={props.page}
      title="Inbox"
      actions={
        <LinkButton kind="quiet" icon="bell" href="/settings/notifications">
          Preferences
        </LinkButton>
      }
    >
      <InboxList {...props} />
    </Layout>
  );
}

/** Where an inbox with these settings is found; what is usual is left out. */
export function inboxUrl(
  props: Partial<Pick<InboxProps, "view" | "app" | "cursor" | "limit">>,
): string {
  const { view = "inbox", app, cursor, limit } = props;
  const parameters = new URLSearchParams();
  if (view !== "inbox") parameters.set("view", view);
  if (app) parameters.set("app", app);
  if (cursor) parameters.set("cursor", cursor);
  if (limit && limit > limits.pageItemsMax) parameters.set("limit", String(limit));
  const query = parameters.toString();
  return query ? `/inbox?${query}` : "/inbox";
}

const SWAP_LIST = {
  "hx-target": `#${domIds.inboxList}`,
  "hx-select": `#${domIds.inboxList}`,
  "hx-swap": "outerMorph",
};

/** The part of the page that fetches itself again. */
function InboxList(props: InboxProps) {
  const { page, list } = props;
  const url = inboxUrl(props);
  return (
    <section
      id={domIds.inboxList}
      class="inbox-list"
      aria-label="Notifications"
      data-topics="inbox"
      data-since={page.now}
      hx-get={url}
      hx-trigger="stale"
      hx-sync="this:replace"
      {...SWAP_LIST}
    >
      <div class="list-bar">
        <Views {...props} />
        <div class="inbox-tools">
          <Apps {...props} />
          <ReadAll {...props} />
        </div>
      </div>
      <RowForm page={page} next={url}>
        <input type="hidden" name="until" value={page.now} />
        {props.app && <input type="hidden" name="app" value={props.app} />}
      </RowForm>
      {list.items.length > 0 ? <Days {...props} /> : <NothingListed {...props} />}
      {list.nextCursor && <More {...props} />}
      <SelectionBar {...props} />
    </section>
  );
}

/** The one form of all lines: each button says where it goes. */
export function RowForm(props: { page: Page; next: string; children?: Child }) {
  return (
    <form id={domIds.rowActions} method="post">
      <CsrfInput token={props.page.csrfToken} />
      <input type="hidden" name="next" value={props.next} />
      {props.children}
    </form>
  );
}

function Views({ view, app }: InboxProps) {
  return (
    <nav class="tabs" aria-label="Which notifications">
      {VIEWS.map((each) => (
        <a
          href={inboxUrl({ view: each.view, app })}
          {...(each.view === view ? { "aria-current": "page" } : {})}
        >
          {each.label}
        </a>
      ))}
    </nav>
  );
}

/** The apps that tell somebody something. */
function appsOf(page: Page): NotificationApp[] {
  const isAdministrator = page.viewer?.role === "administrator";
  const rows = Object.values(notificationKinds).filter(
    (row) => isAdministrator || !("forAdministrators" in row && row.forAdministrators),
  );
  return [...new Set(rows.map(({ app }) => app))];
}

/** One app alone needs no choice. */
function Apps({ page, view, app }: InboxProps) {
  const apps = appsOf(page);
  if (apps.length < 2 && app === undefined) return null;
  return (
    <form id="inbox-filter" class="list-sort" method="get" action="/inbox">
      {view !== "inbox" && <input type="hidden" name="view" value={view} />}
      <label class="unseen" for="inbox-app">
        From
      </label>
      <select
        id="inbox-app"
        name="app"
        hx-get="/inbox"
        hx-trigger="change"
        hx-include="#inbox-filter"
        hx-replace-url="true"
        {...SWAP_LIST}
      >
        <option value="">Every app</option>
        {[...new Set([...apps, ...(app ? [app] : [])])].map((each) => (
          <option value={each} selected={each === app}>
            {appNames[each]}
          </option>
        ))}
      </select>
      <button type="submit" class="button plain without-script">
        Apply
      </button>
    </form>
  );
}

/** Only what one had before one's eyes: what came later stays unread. */
function ReadAll({ page, view, list, app }: InboxProps) {
  if (view === "snoozed" || view === "archived") return null;
  if (!list.items.some(({ readAt }) => readAt === undefined)) return null;
  const label = app ? `Mark all from ${appNames[app]} as read` : "Mark all as read";
  return (
    <button
      type="submit"
      id="inbox-read-all"
      class="button plain"
      form={domIds.rowActions}
      formaction="/inbox/read-all"
      {...shortcut("inbox.readAll", { label, off: page.viewer?.shortcuts === false })}
    >
      <Icon name="tasks" />
      Mark all as read
    </button>
  );
}

// ---------------------------------------------------------------------------------------- days

/** Lines that stand together: what is new, then the rest, each by day. */
function groupsOf(props: InboxProps): { title: string; entries: InboxEntry[] }[] {
  const { page, list, view } = props;
  const groups: { title: string; entries: InboxEntry[] }[] = [];
  for (const entry of list.items) {
    const day = formatDay(entry.at, page.now, readerOf(page));
    const isNew = view === "inbox" && entry.readAt === undefined;
    const title = isNew ? `Unread · ${day}` : day;
    const last = groups.at(-1);
    if (last?.title === title) last.entries.push(entry);
    else groups.push({ title, entries: [entry] });
  }
  return groups;
}

function Days(props: InboxProps) {
  return (
    <section
      id={domIds.inboxItems}
      data-list
      tabindex={-1}
      aria-label={VIEWS.find(({ view }) => view === props.view)?.label}
    >
      {groupsOf(props).map(({ title, entries }) => {
        const id = `inbox-day-${title.replace(/[^\p{L}\p{N}]+/gu, "-").toLowerCase()}`;
        return (
          <section aria-labelledby={id} id={`${id}-lines`} class="inbox-day">
            <h2 id={id}>{title}</h2>
            <ol class="rows">
              {entries.map((entry) => (
                <EntryRow page={props.page} entry={entry} view={props.view} />
              ))}
            </ol>
          </section>
        );
      })}
    </section>
  );
}

/** Grows the list in place; without a script, and when it is long, it turns the page. */
function More(props: InboxProps) {
  const { list, limit = limits.pageItemsMax, cursor } = props;
  const next = inboxUrl({ ...props, cursor: list.nextCursor, limit: undefined });
  const grown = inboxUrl({ ...props, cursor, limit: limit + limits.pageItemsMax });
  const canGrow = limit + limits.pageItemsMax <= limits.listItemsMax;
  return (
    <p class="list-more">
      <a
        id="inbox-more"
        class="button plain"
        href={next}
        {...(canGrow
          ? { "hx-get": grown, "hx-trigger": "click", "hx-replace-url": "true", ...SWAP_LIST }
          : {})}
      >
        Show more
      </a>
    </p>
  );
}

/** What can be done with all selected lines; the style sheet shows it when there are any. */
function SelectionBar({ page, view }: InboxProps) {
  const off = page.viewer?.shortcuts === false;
  const isArchived = view === "archived";
  return (
    <fieldset class="selection-bar">
      <legend class="unseen">Selected notifications</legend>
      <span aria-hidden="true">Selected</span>
      <BulkAction
        action={isArchived ? "/inbox/unarchive" : "/inbox/archive"}
        label={isArchived ? "Move to the inbox" : "Archive"}
        icon={isArchived ? "inbox" : "archive"}
        keys="inbox.archive"
        off={off}
      />
      <BulkAction
        action="/inbox/read"
        look="for-unread"
        label="Mark as read"
        icon="read"
        keys="inbox.read"
        off={off}
      />
      <BulkAction
        action="/inbox/unread"
        look="for-read"
        label="Mark as unread"
        icon="unread"
        keys="inbox.read"
        off={off}
      />
      <button
        type="button"
        class="button plain"
        form={domIds.rowActions}
        formaction="/inbox/snooze"
        data-opens={domIds.snooze}
        {...shortcut("inbox.snooze", { off })}
      >
        <Icon name="clock" />
        Snooze
      </button>
    </fieldset>
  );
}

function BulkAction(props: {
  action: string;
  label: string;
  icon: IconName;
  keys: ShortcutId;
  /** For which of the selected lines it is. */
  look?: "for-read" | "for-unread";
  off: boolean;
}) {
  return (
    <button
      type="submit"
      class={props.look ? `button plain ${props.look}` : "button plain"}
      form={domIds.rowActions}
      formaction={props.action}
      {...shortcut(props.keys, { label: props.label, off: props.off })}
    >
      <Icon name={props.icon} />
      {props.label}
    </button>
  );
}

// --------------------------------------------------------------------------------------- empty

function NothingListed({ view, app, cursor, keptDays }: InboxProps) {
  if (cursor !== undefined) {
    return <EmptyState icon="check" title="That was all" text="There is nothing older." />;
  }
  const where = app ? ` from ${appNames[app]}` : "";
  switch (view) {
    case "inbox":
      return (
        <EmptyState
          icon="check"
          title="You are all caught up"
          text={`What others share with you${where}, and whatever else you want to hear of, comes here by itself.`}
        >
          <LinkButton href="/settings/notifications">Choose what you hear of</LinkButton>
        </EmptyState>
      );
    case "unread":
      return (
        <EmptyState
          icon="check"
          title="You are all caught up"
          text={`Nothing${where} is unread. What you have read is in the inbox.`}
        />
      );
    case "snoozed":
      return (
        <EmptyState
          icon="clock"
          title="Nothing is snoozed"
          text="Snooze what you want out of the way for now: it comes back when you say."
        />
      );
    case "archived":
      return (
        <EmptyState
          icon="archive"
          title="Nothing is archived"
          text={`What you archive stays here for ${keptDays} days. Something new about it brings it back.`}
        />
      );
  }
}
