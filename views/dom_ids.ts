/** The ids that the server, the socket and the islands agree on. */

/** Places of the shell. */
export const domIds = {
  main: "main",
  title: "page-title",
  rail: "rail",
  toasts: "toasts",
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
