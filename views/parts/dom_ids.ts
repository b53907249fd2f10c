/** The ids that the server, the socket and the islands agree on. */

/** Places of the shell. */
export const domIds = {
  main: "main",
  title: "page-title",
  rail: "rail",
  toasts: "toasts",
  news: "news",
  live: "live",
  connection: "connection",
  progress: "progress",
  palette: "palette",
  paletteInput: "palette-input",
  paletteResults: "palette-results",
  sheet: "sheet",
  documentList: "document-list",
  documentItems: "document-items",
  rowActions: "row-actions",
  inboxCount: "inbox-count",
  inboxList: "inbox-list",
  inboxItems: "inbox-items",
  inboxEntry: "inbox-entry",
  snooze: "snooze",
  ops: "ops-report",
} as const;

/** The row of a note in a list. */
export function documentRowId(id: string): string {
  return `document-${id}`;
}

/** The part of a row that is the same for everybody and is pushed when the note changes. */
export function documentSummaryId(id: string): string {
  return `document-${id}-summary`;
}

/** The line of an entry in the inbox. */
export function inboxRowId(id: string): string {
  return `inbox-${id}`;
}

/** The part of the line that is pushed when the entry changes. */
export function inboxSummaryId(id: string): string {
  return `inbox-${id}-summary`;
}
