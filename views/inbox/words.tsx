/** What each kind of notification says, in one place: in the inbox, in a toast, on a device, in a mail. */

import type {
  Delivery,
  InboxEntry,
  Notification,
  NotificationApp,
  NotificationKind,
  NotificationReason,
} from "../../actors/mod.ts";
import type { IconName } from "../parts/icons.tsx";

/** The words of one kind. */
interface NotificationWords {
  icon: IconName;
  /** What it is called where one chooses how to be told. */
  label: string;
  /** Below the name of what it is about, behind the name of who did it. */
  line: string;
  /** By itself, behind the name of who did it. */
  sentence(title: string): string;
}

const WORDS: Record<NotificationKind, NotificationWords> = {
  "note.shared": {
    icon: "addPerson",
    label: "A note is shared with you",
    line: "shared this with you",
    sentence: (title) => `shared “${title}” with you`,
  },
  "note.mentioned": {
    icon: "mention",
    label: "You are mentioned in a note",
    line: "mentioned you here",
    sentence: (title) => `mentioned you in “${title}”`,
  },
  "note.changed": {
    icon: "pencil",
    label: "A note that you watch changes",
    line: "made changes",
    sentence: (title) => `changed “${title}”`,
  },
  "ops.quarantined": {
    icon: "warning",
    label: "A part of the suite is stopped",
    line: "stopped after it failed again and again",
    sentence: (title) => `“${title}” was stopped after it failed again and again`,
  },
  "ops.events_set_aside": {
    icon: "warning",
    label: "Events could not be handled",
    line: "could not be handled and were set aside",
    sentence: () => "some events could not be handled and were set aside",
  },
  "ops.outbox_stuck": {
    icon: "warning",
    label: "Events do not leave their outbox",
    line: "has been stuck for several minutes",
    sentence: (title) => `${title} has been stuck for several minutes`,
  },
};

/** The icon and the name of a kind. */
export function notificationWords(
  kind: NotificationKind,
): Pick<NotificationWords, "icon" | "label"> {
  return WORDS[kind];
}

/** What is called nothing. */
export function notificationTitle({ title }: Pick<InboxEntry, "title">): string {
  return title.trim() === "" ? "Untitled" : title;
}

/** `Grace shared “Plans” with you`: for toasts, devices and mails. */
export function notificationText(told: Pick<Notification, "kind" | "title" | "byName">): string {
  const sentence = WORDS[told.kind].sentence(notificationTitle(told));
  return told.byName === undefined ? capitalize(sentence) : `${told.byName} ${sentence}`;
}

/** Who did what, as a line below the name of what it is about. */
export function NotificationLine(props: { told: Pick<Notification, "kind" | "byName"> }) {
  const { kind, byName } = props.told;
  const { line } = WORDS[kind];
  if (byName === undefined) return <>{capitalize(line)}</>;
  return (
    <>
      <bdi>{byName}</bdi> {line}
    </>
  );
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What an app is called. */
export const appNames: Record<NotificationApp, string> = {
  notes: "Notes",
  calendar: "Calendar",
  files: "Files",
  meet: "Meet",
  ops: "Operations",
};

/** Why somebody is told, as a whole sentence. */
export const reasonTexts: Record<NotificationReason, string> = {
  shared: "You are told because somebody shared it with you.",
  mentioned: "You are told because somebody wrote your name in it.",
  watching: "You are told because you watch it: it is yours, or you asked to hear of changes.",
  administrator: "You are told because you are an administrator.",
};

/** What a way out of the suite is called. */
export const channelNames: Record<Delivery["channel"], string> = {
  push: "Web push",
  email: "E-mail",
};

/** How a delivery stands. */
export function deliveryText({ state, attempts, pace }: Delivery): string {
  const tries = attempts > 1 ? ` after ${attempts} tries` : "";
  switch (state) {
    case "waiting":
      if (attempts > 0) return `waits for another try, ${attempts} failed`;
      return pace === "daily" ? "waits for the daily e-mail" : "waits to be sent";
    case "sent":
      return `sent${tries}`;
    case "skipped":
      return "was not needed";
    case "failed":
      return `failed${tries}`;
  }
}
