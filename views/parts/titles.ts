/** What things are called that have no name yet. */

/** The title of a note; an empty one has none yet. */
export function documentTitle(document: { title: string }): string {
  return document.title || "Untitled";
}
