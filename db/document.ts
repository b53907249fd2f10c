/** How documents are kept: what their actors write, the read side, search, and the outbox. */

import {
  type ActorStore,
  type DocumentQueries,
  type DocumentTypes,
  systemClock,
} from "../actors/mod.ts";
import { checkDocuments } from "./document/copy.ts";
import { readLineage } from "./document/lineage.ts";
import { documentSteps } from "./document/migrations/mod.ts";
import { SqlDocumentQueries } from "./document/queries.ts";
import { eraseRemains } from "./document/remains.ts";
import type { DocumentSchema } from "./document/schema.ts";
import { SqlDocumentStore } from "./document/store.ts";
import type { Service } from "./service.ts";
import { SqlOutbox } from "./sql/outbox.ts";

export { mintLineage } from "./document/lineage.ts";
export type { DocumentSchema };

/** The document service's stores. */
export interface DocumentPorts {
  documentStore: ActorStore<DocumentTypes>;
  documentQueries: DocumentQueries;
  /** Which line of history the documents belong to; see `document/lineage.ts`. */
  lineage: string;
}

/** Documents. */
export const document: Service<DocumentSchema, DocumentPorts> = {
  name: "document",
  steps: documentSteps,
  tables: [
    ...["document", "journal", "snapshot", "member", "link", "pin", "watch", "mention"],
    ...["outbox", "tombstone"],
  ],
  rebuilt: ["search", "setting"],
  keptIn: "both",
  leavesTraces: true,
  async open(database, { clock }) {
    const outbox = new SqlOutbox("document", database);
    const onEvents = () => outbox.written();
    const documentQueries = new SqlDocumentQueries(database, clock, { onEvents });
    const documentStore = new SqlDocumentStore(database, { onEvents });
    const lineage = await readLineage(database.kysely);
    return {
      ports: { documentStore, documentQueries, lineage },
      outbox,
      eraseDeleted: () => documentQueries.eraseDeleted(),
    };
  },
  prepareCopy: ({ kysely }) => eraseRemains(kysely, systemClock),
  checkCopy: checkDocuments,
};
