/**
 * All about one thing as a line: in the inbox, on Today, and pushed to every page of its person. Nothing
 * in the summary depends on who looks; times are rewritten in the browser.
 */

import type { InboxEntry, InboxView, Notification } from "../../actors/mod.ts";
import { Avatar, IconButton, LinkButton, Menu, Time } from "../parts/components.tsx";
import { domIds, inboxRowId, inboxSummaryId } from "../parts/dom_ids.ts";
import { Icon, type IconName } from "../parts/icons.tsx";
import type { Page } from "../parts/page.ts";
import { type ShortcutId, shortcut } from "../parts/shortcuts.ts";
import { InboxCount } from "../shell/inbox_count.tsx";
import {
  NotificationLine,
  notificationText,
  notificationTitle,
  notificationWords,
} from "./words.tsx";

/** What one line needs. */
export interface EntryRowProps {
  page: Page;
  entry: InboxEntry;
  view: InboxView;
}

/** A line of a list, with everything one does with it. */
export function EntryRow({ page, entry, view }: EntryRowProps) {
  const title = notificationTitle(entry);
  const off = page.viewer?.shortcuts === false;
  return (
    <li id={inboxRowId(entry.id)} class="row entry" data-row>
      <input
        type="checkbox"
        class="row-select needs-script"
        form={domIds.rowActions}
        name="id"
        value={entry.id}
        aria-label={`Select ${title}`}
        data-row-select
        data-read={entry.readAt === undefined ? undefined : ""}
        {...shortcut("list.select", { off })}
      />
      <EntrySummary entry={entry} page={page} />
      <ArchiveButton entry={entry} off={off} />
      <Menu label={`Actions for ${title}`}>
        <EntryActions entry={entry} view={view} off={off} />
      </Menu>
    </li>
  );
}

/** The one thing that one does most, within reach. */
function ArchiveButton(props: { entry: InboxEntry; off: boolean }) {
  const { entry, off } = props;
  const isArchived = entry.archivedAt !== undefined;
  return (
    <IconButton
      icon={isArchived ? "inbox" : "archive"}
      label={isArchived ? "Move to the inbox" : "Archive"}
      attributes={{
        form: domIds.rowActions,
        formaction: actionUrl(isArchived ? "unarchive" : "archive", entry.id),
        "data-advance": "",
        ...shortcut("inbox.archive", {
          label: isArchived ? "Move to the inbox" : "Archive",
          off,
        }),
      }}
    />
  );
}

function EntryActions(props: { entry: InboxEntry; view: InboxView; off: boolean }) {
  const { entry, off } = props;
  const { id } = entry;
  const isRead = entry.readAt !== undefined;
  return (
    <>
      <EntryLink
        href={`/inbox/${id}`}
        label={entry.items > 1 ? `All ${entry.items}, and why` : "Details"}
        icon="list"
        keys="inbox.details"
        off={off}
      />
      <EntryAction
        action={actionUrl(isRead ? "unread" : "read", id)}
        label={isRead ? "Mark as unread" : "Mark as read"}
        icon={isRead ? "unread" : "read"}
        keys="inbox.read"
        off={off}
      />
      {entry.snoozedUntil !== undefined && (
        <EntryAction
          action={actionUrl("wake", id)}
          label="Wake now"
          icon="bell"
          keys="inbox.wake"
          off={off}
        />
      )}
      <EntryLink
        href={actionUrl("snooze", id)}
        label="Snooze"
        icon="clock"
        keys="inbox.snooze"
        opens={domIds.snooze}
        off={off}
      />
      <EntryAction
        action={`/inbox/${id}/mute`}
        label="Mute this"
        icon="mute"
        keys="inbox.mute"
        off={off}
      />
    </>
  );
}

function EntryAction(props: {
  action: string;
  label: string;
  icon: IconName;
  keys: ShortcutId;
  off: boolean;
}) {
  return (
    <button
      type="submit"
      form={domIds.rowActions}
      formaction={props.action}
      data-advance
      {...shortcut(props.keys, { label: props.label, off: props.off })}
    >
      <Icon name={props.icon} />
      {props.label}
    </button>
  );
}

function EntryLink(props: {
  href: string;
  label: string;
  icon: IconName;
  keys: ShortcutId;
  opens?: string;
  off: boolean;
}) {
  return (
    <a
      href={props.href}
      data-opens={props.opens}
      {...shortcut(props.keys, { label: props.label, off: props.off })}
    >
      <Icon name={props.icon} />
      {props.label}
    </a>
  );
}

/** Where an action on one entry is sent. */
export function actionUrl(
  verb: "read" | "unread" | "archive" | "unarchive" | "snooze" | "wake",
  id: string,
): string {
  return `/inbox/${verb}?id=${id}`;
}

/** The shared part of a line, pushed to all pages that show it. */
export function InboxEntryFragment(props: { entry: InboxEntry }) {
  const id = inboxSummaryId(props.entry.id);
  return (
    <hx-partial hx-target={`#${id}`} hx-swap="outerMorph">
      <EntrySummary entry={props.entry} />
    </hx-partial>
  );
}

/** The words of a line; with a page its times are written for the viewer at once. */
function EntrySummary(props: { entry: InboxEntry; page?: Page }) {
  const { entry, page } = props;
  const { id, items, unreadItems, readAt } = entry;
  const isUnread = readAt === undefined;
  return (
    <div id={inboxSummaryId(id)} class={isUnread ? "entry-summary unread" : "entry-summary"}>
      <EntryFace entry={entry} />
      <div class="row-text">
        <a
          id={`${inboxRowId(id)}-link`}
          class="row-link"
          href={`/inbox/${id}/open`}
          dir="auto"
          data-row-link
        >
          {notificationTitle(entry)}
        </a>
        <p class="row-excerpt">
          <NotificationLine told={entry} />
        </p>
      </div>
      {items > 1 && (
        <a class="entry-items" href={`/inbox/${id}`}>
          {isUnread && unreadItems > 1 ? `${unreadItems} new` : `${items}`}
          <span class="unseen"> of {items} about this: show all</span>
        </a>
      )}
      <span class="row-time">
        <EntryTime entry={entry} {...(page ? { page } : {})} />
      </span>
      {isUnread && <span class="unseen">Unread</span>}
    </div>
  );
}

/** Who did it, or what kind of thing it is where nobody did. */
export function EntryFace(props: { entry: Pick<Notification, "byId" | "byName" | "kind"> }) {
  const { byId, byName, kind } = props.entry;
  const { icon } = notificationWords(kind);
  return (
    <span class="entry-face">
      {byId !== undefined && byName !== undefined ? (
        <>
          <Avatar person={{ id: byId, name: byName }} named />
          <Icon name={icon} />
        </>
      ) : (
        <span class="avatar more">
          <Icon name={icon} />
        </span>
      )}
    </span>
  );
}

/** When it happened; of what sleeps, when it comes back. */
function EntryTime({ entry, page }: { entry: InboxEntry; page?: Page }) {
  const { snoozedUntil, at } = entry;
  const time = (
    <Time at={snoozedUntil ?? at} now={page?.now ?? entry.at} {...(page ? { page } : {})} />
  );
  if (snoozedUntil === undefined) return time;
  return (
    <span class="entry-snoozed">
      <Icon name="clock" />
      <span class="unseen">Snoozed until </span>
      {time}
    </span>
  );
}

// -------------------------------------------------------------------------------------- count

/** The count as it is pushed to every page of its person. */
export function InboxCountFragment(props: { unread: number }) {
  return (
    <hx-partial hx-target={`#${domIds.inboxCount}`} hx-swap="outerMorph">
      <InboxCount unread={props.unread} />
    </hx-partial>
  );
}

// -------------------------------------------------------------------------------------- toast

/** Something new, said politely on every open page; several at once are one. */
export function NewsToastFragment(props: {
  /** The newest thing, and how many there are with it. */
  notification: Notification;
  entry: InboxEntry;
  count: number;
}) {
  const { notification, entry, count } = props;
  return (
    <hx-partial hx-target={`#${domIds.news}`} hx-swap="innerHTML">
      <div class="toast" data-island="toast">
        <p dir="auto">
          {count === 1 ? notificationText(notification) : `${count} new notifications`}
        </p>
        <LinkButton kind="quiet" href={count === 1 ? `/inbox/${entry.id}/open` : "/inbox"}>
          Open
        </LinkButton>
        <IconButton
          icon="close"
          label="Dismiss"
          attributes={{ type: "button", "data-dismiss": "" }}
        />
      </div>
    </hx-partial>
  );
}
