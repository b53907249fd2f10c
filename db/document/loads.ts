/** What is read of a document as a whole, which the two databases do differently. */

import type { JournalEntry, StoredDocument, Tombstone } from "../../actors/mod.ts";

/** Loads of documents. */
export interface DocumentLoads {
  load(id: string): Promise<StoredDocument | Tombstone | undefined>;
  /** The entries behind a version, as many as are read at once; the first however long it is. */
  entriesAfter(id: string, version: number): Promise<JournalEntry[]>;
}
