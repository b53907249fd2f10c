/**
 * One note as a line: in the list, on Today, and pushed to everybody who has it. Nothing in here depends
 * on who looks; times are rewritten in the browser.
 */

import type { DocumentSummary, Person } from "../../actors/mod.ts";
import { Avatar, AvatarStack, Time } from "../parts/components.tsx";
import { documentRowId, documentSummaryId } from "../parts/dom_ids.ts";
import { Icon } from "../parts/icons.tsx";
import type { Page } from "../parts/page.ts";
import { documentTitle } from "../parts/titles.ts";

/** What one line needs. */
export interface DocumentSummaryProps {
  document: DocumentSummary;
  people: ReadonlyMap<string, Person>;
  /** Who is in it now. */
  present: readonly Person[];
}

/** The shared part of a line, as it is pushed to everybody who has the note in their list. */
export function DocumentSummaryFragment(props: DocumentSummaryProps) {
  return (
    <hx-partial hx-target={`#${documentSummaryId(props.document.id)}`} hx-swap="outerMorph">
      <Summary {...props} />
    </hx-partial>
  );
}

/** A line; with a page its times are written for the viewer at once. */
export function Summary(props: DocumentSummaryProps & { page?: Page }) {
  const { document, people, present, page } = props;
  const owner = people.get(document.ownerId);
  const at = document.deletedAt ?? document.changedAt;
  return (
    <div id={documentSummaryId(document.id)} class="row-summary">
      <div class="row-text">
        <a
          id={`${documentRowId(document.id)}-link`}
          class="row-link"
          href={`/notes/${document.id}`}
          dir="auto"
          data-row-link
        >
          {documentTitle(document)}
        </a>
        <p class="row-excerpt" dir="auto">
          {document.excerpt}
        </p>
      </div>
      <span class="row-present">
        {present.length > 0 && (
          <>
            <span class="unseen">Here now: </span>
            <AvatarStack people={present} />
          </>
        )}
      </span>
      <span class="row-owner">
        {owner && (
          <>
            <Avatar person={owner} named />
            <bdi class="row-name">{owner.name}</bdi>
          </>
        )}
        <Shared document={document} />
      </span>
      <span class="row-time">
        <Time at={at} now={page?.now ?? at} {...(page ? { page } : {})} />
      </span>
    </div>
  );
}

function Shared(props: { document: DocumentSummary }) {
  const { memberCount, linkCount } = props.document;
  if (memberCount + linkCount === 0) return null;
  const with_ = [
    memberCount > 0 && `with ${memberCount} ${memberCount === 1 ? "person" : "people"}`,
    linkCount > 0 && "by link",
  ];
  const label = `Shared ${with_.filter(Boolean).join(" and ")}`;
  return (
    <span class="row-shared" title={label}>
      <Icon name={memberCount > 0 ? "people" : "link"} />
      <span class="unseen">{label}</span>
    </span>
  );
}
