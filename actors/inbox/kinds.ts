/**
 * What people are told about. A new source is a row here, what makes it in
 * `actors/workers/inbox_notifier.ts`, and words for it in `views/inbox/words.tsx`; nothing else
 * knows the kinds one by one.
 */

/** A way in which a notification reaches somebody, beside the inbox itself. */
export type Channel = "toast" | "push" | "email";

/** When a notification is sent by e-mail. */
export type EmailPace = "now" | "daily" | "never";

/** How one kind of notification reaches one person. */
export interface KindPreference {
  /** Whether it comes into the inbox at all. */
  inbox: boolean;
  /** Whether an open page says it. */
  toast: boolean;
  /** Whether devices show it when no page is open. */
  push: boolean;
  email: EmailPace;
}

/** One kind. */
interface NotificationKindRow {
  /** The place in the suite that it belongs to, and the filter that shows it. */
  app: NotificationApp;
  /** Whether only administrators get it. */
  forAdministrators?: boolean;
  /** Whether it comes in quiet hours too. */
  isUrgent?: boolean;
  /** Unless somebody wants it otherwise. */
  preference: KindPreference;
}

/** The apps that tell something. */
export type NotificationApp = "notes" | "calendar" | "files" | "meet" | "ops";

/** Every kind there is. */
export const notificationKinds = {
  "note.shared": {
    app: "notes",
    preference: { inbox: true, toast: true, push: true, email: "now" },
  },
  "note.mentioned": {
    app: "notes",
    preference: { inbox: true, toast: true, push: true, email: "now" },
  },
  "note.changed": {
    app: "notes",
    preference: { inbox: true, toast: false, push: false, email: "daily" },
  },
  "ops.quarantined": {
    app: "ops",
    forAdministrators: true,
    isUrgent: true,
    preference: { inbox: true, toast: true, push: true, email: "now" },
  },
  "ops.events_set_aside": {
    app: "ops",
    forAdministrators: true,
    isUrgent: true,
    preference: { inbox: true, toast: true, push: true, email: "now" },
  },
  "ops.outbox_stuck": {
    app: "ops",
    forAdministrators: true,
    isUrgent: true,
    preference: { inbox: true, toast: true, push: true, email: "now" },
  },
} as const satisfies Record<string, NotificationKindRow>;

/** The name of a kind. */
export type NotificationKind = keyof typeof notificationKinds;

/** Whether a text from outside is the name of a kind. */
export function isNotificationKind(text: unknown): text is NotificationKind {
  return typeof text === "string" && Object.hasOwn(notificationKinds, text);
}

/** The row of a kind, with what is the same for most filled in. */
export function notificationKind(kind: NotificationKind): Required<NotificationKindRow> {
  const row: NotificationKindRow = notificationKinds[kind];
  return { forAdministrators: false, isUrgent: false, ...row };
}
