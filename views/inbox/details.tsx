/** One entry opened: everything in it, why it came, how it got here, and what one can do about it. */

import type { Delivery, InboxEntry, InboxItem } from "../../actors/mod.ts";
import { Badge, Button, CsrfInput, LinkButton, Time } from "../parts/components.tsx";
import { domIds } from "../parts/dom_ids.ts";
import { Icon } from "../parts/icons.tsx";
import type { Page } from "../parts/page.ts";
import { shortcut } from "../parts/shortcuts.ts";
import { Layout } from "../shell/layout.tsx";
import { actionUrl, EntryFace } from "./entry.tsx";
import {
  channelNames,
  deliveryText,
  NotificationLine,
  notificationTitle,
  reasonTexts,
} from "./words.tsx";

/** What the page shows. */
export interface InboxDetailsProps {
  page: Page;
  entry: InboxEntry;
  /** The newest things in it, newest first. */
  items: readonly InboxItem[];
  /** What left by channels, newest first. */
  deliveries: readonly Delivery[];
  isMuted: boolean;
}

/** The page at `/inbox/{id}`. */
export function InboxDetailsPage(props: InboxDetailsProps) {
  const { page, entry } = props;
  const url = `/inbox/${entry.id}`;
  return (
    <Layout
      page={page}
      title={notificationTitle(entry)}
      breadcrumb={[{ href: "/inbox", label: "Inbox" }]}
      actions={<Actions {...props} />}
    >
      <div
        id={domIds.inboxEntry}
        class="inbox-details"
        data-topics="inbox"
        data-since={page.now}
        hx-get={url}
        hx-trigger="stale"
        hx-sync="this:replace"
        hx-target={`#${domIds.inboxEntry}`}
        hx-select={`#${domIds.inboxEntry}`}
        hx-swap="outerMorph"
      >
        <State {...props} />
        <Items {...props} />
        <div>
          <Why {...props} />
          <Deliveries {...props} />
        </div>
      </div>
    </Layout>
  );
}

function Actions({ page, entry }: InboxDetailsProps) {
  const off = page.viewer?.shortcuts === false;
  const isArchived = entry.archivedAt !== undefined;
  const archive = isArchived ? "Move to the inbox" : "Archive";
  return (
    <form method="post" class="page-actions">
      <CsrfInput token={page.csrfToken} />
      <input type="hidden" name="next" value="/inbox" />
      <Button
        icon={isArchived ? "inbox" : "archive"}
        attributes={{
          formaction: actionUrl(isArchived ? "unarchive" : "archive", entry.id),
          ...shortcut("entry.archive", { label: archive, off }),
        }}
      >
        {archive}
      </Button>
      <Button
        icon="unread"
        keys="entry.unread"
        keysOff={off}
        attributes={{ formaction: actionUrl("unread", entry.id) }}
      >
        Mark as unread
      </Button>
      {entry.snoozedUntil !== undefined && (
        <Button
          icon="bell"
          keys="entry.wake"
          keysOff={off}
          attributes={{ formaction: actionUrl("wake", entry.id) }}
        >
          Wake
        </Button>
      )}
      <LinkButton
        icon="clock"
        keys="entry.snooze"
        keysOff={off}
        href={actionUrl("snooze", entry.id)}
        attributes={{ "data-opens": domIds.snooze }}
      >
        Snooze
      </LinkButton>
      <LinkButton kind="primary" keys="entry.open" keysOff={off} href={`/inbox/${entry.id}/open`}>
        Open
      </LinkButton>
    </form>
  );
}

/** Where it is, if not simply in the inbox. */
function State({ page, entry, isMuted }: InboxDetailsProps) {
  const { snoozedUntil, archivedAt, withdrawnAt } = entry;
  if (!isMuted && [snoozedUntil, archivedAt, withdrawnAt].every((at) => at === undefined)) {
    return null;
  }
  return (
    <p class="inbox-state">
      {snoozedUntil !== undefined && (
        <Badge tone="info">
          <Icon name="clock" />
          Snoozed until <Time at={snoozedUntil} now={page.now} page={page} />
        </Badge>
      )}
      {archivedAt !== undefined && <Badge>Archived</Badge>}
      {isMuted && <Badge tone="warning">Muted</Badge>}
      {withdrawnAt !== undefined && <Badge>No longer there for you</Badge>}
    </p>
  );
}

function Items({ page, entry, items }: InboxDetailsProps) {
  const rest = entry.items - items.length;
  return (
    <section aria-labelledby="entry-items">
      <div class="section-title">
        <h2 id="entry-items">What happened</h2>
      </div>
      <ol class="rows">
        {items.map((item) => (
          <li class="row">
            <EntryFace entry={item} />
            <p class="row-text">
              <span>
                <NotificationLine told={item} />
              </span>
            </p>
            <span class="row-time">
              <Time at={item.at} now={page.now} page={page} />
            </span>
          </li>
        ))}
      </ol>
      {rest > 0 && <p class="muted inbox-rest">and {rest} older</p>}
    </section>
  );
}

function Why({ page, entry, isMuted }: InboxDetailsProps) {
  const off = page.viewer?.shortcuts === false;
  return (
    <section aria-labelledby="entry-why">
      <div class="section-title">
        <h2 id="entry-why">Why you see this</h2>
      </div>
      <p>{reasonTexts[entry.reason]}</p>
      <form method="post" class="form-actions inbox-why">
        <CsrfInput token={page.csrfToken} />
        <input type="hidden" name="id" value={entry.id} />
        <input type="hidden" name="next" value={`/inbox/${entry.id}`} />
        <Button
          icon={isMuted ? "bell" : "mute"}
          attributes={{
            id: "entry-mute",
            formaction: isMuted ? "/inbox/unmute" : `/inbox/${entry.id}/mute`,
            ...shortcut("entry.mute", { label: isMuted ? "Unmute this" : "Mute this", off }),
          }}
        >
          {isMuted ? "Unmute this" : "Mute this"}
        </Button>
        <a href="/settings/notifications">Choose what you hear of</a>
      </form>
    </section>
  );
}

function Deliveries({ page, entry, deliveries }: InboxDetailsProps) {
  return (
    <section aria-labelledby="entry-deliveries">
      <div class="section-title">
        <h2 id="entry-deliveries">How it reached you</h2>
      </div>
      <ol class="rows">
        {deliveries.map((delivery) => (
          <li class="row">
            <Icon name={delivery.channel === "push" ? "bell" : "unread"} />
            <div class="row-text">
              <p>
                <span class="strong">{channelNames[delivery.channel]}</span>{" "}
                {deliveryText(delivery)}
              </p>
              {delivery.answer && <p class="muted">{delivery.answer}</p>}
            </div>
            <span class="row-time">
              <Time at={delivery.doneAt ?? delivery.dueAt} now={page.now} page={page} />
            </span>
          </li>
        ))}
        <li class="row">
          <Icon name="inbox" />
          <p class="row-text">
            <span>
              <span class="strong">Inbox</span> on every page and device of yours
            </span>
          </p>
          <span class="row-time">
            <Time at={entry.at} now={page.now} page={page} />
          </span>
        </li>
      </ol>
    </section>
  );
}
