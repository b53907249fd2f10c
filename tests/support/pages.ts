/** What views are given in tests: a page somebody looks at, and notes to show. */

import { type ListedDocument, systemClock, toPersonId } from "../../actors/mod.ts";
import type { Page } from "../../views/parts/page.ts";
import { MONDAY_MORNING, person } from "./people.ts";

/** The surroundings of a page that Ada, an administrator, looks at. */
export function pageFor(given: Partial<Page> = {}): Page {
  return {
    viewer: person("Ada Lovelace", { role: "administrator", language: "en" }),
    path: "/notes",
    csrfToken: "token-of-ada",
    unread: 0,
    partial: false,
    assets: {
      css: "/static/app-1.css",
      app: "/static/app-1.js",
      editor: "/static/document-1.js",
      mentions: "/static/document_mentions-1.js",
      icon: "/static/icon-1.svg",
      touchIcon: "/static/icon_192-1.png",
      pushDevices: "/static/push_devices-1.js",
      device: "/static/device-1.js",
      kept: "/static/kept-1.js",
    },
    now: MONDAY_MORNING,
    ...given,
  };
}

/** A note as a list shows it. */
export function listed(title: string, given: Partial<ListedDocument> = {}): ListedDocument {
  const ownerId = given.ownerId ?? toPersonId(systemClock.mintId());
  return {
    id: systemClock.mintId(),
    title,
    excerpt: `More about ${title}`,
    ownerId,
    createdAt: MONDAY_MORNING - 3_600_000,
    changedAt: MONDAY_MORNING - 300_000,
    changedBy: ownerId,
    deletedAt: undefined,
    words: 12,
    memberCount: 0,
    linkCount: 0,
    role: "owner",
    pinned: false,
    ...given,
  };
}

/** The HTML of a view. */
export async function render(node: unknown): Promise<string> {
  return String(await node);
}
