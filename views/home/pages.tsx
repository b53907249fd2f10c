/** Today: where one left off, and what came in. */

import type { InboxEntry, ListedDocument, Person } from "../../actors/mod.ts";
import { NewDocument } from "../document/list.tsx";
import { Summary } from "../document/summary.tsx";
import { EntryRow } from "../inbox/entry.tsx";
import { RowForm } from "../inbox/list.tsx";
import { EmptyState, readerOf } from "../parts/components.tsx";
import { documentRowId } from "../parts/dom_ids.ts";
import type { Page } from "../parts/page.ts";
import { hourOf } from "../parts/times.ts";
import { Layout } from "../shell/layout.tsx";

/** What the first page shows. */
export interface HomePageProps {
  page: Page;
  /** What waits in the inbox, newest first; only the first few. */
  waiting: readonly InboxEntry[];
  /** The viewer's own notes, the one that changed last first. */
  recent: readonly ListedDocument[];
  /** What others shared with the viewer, newest first. */
  shared: readonly ListedDocument[];
  people: ReadonlyMap<string, Person>;
  /** Who is in each document now. */
  presence: ReadonlyMap<string, readonly Person[]>;
}

/** The page at `/`. */
export function HomePage(props: HomePageProps) {
  const { page, waiting, recent, shared } = props;
  return (
    <Layout page={page} title={greeting(page)} actions={<NewDocument page={page} />}>
      <div
        id="today"
        class="today"
        data-list
        data-topics="notes inbox"
        data-since={page.now}
        hx-get="/"
        hx-trigger="stale"
        hx-target="#today"
        hx-select="#today"
        hx-swap="outerMorph"
        hx-sync="this:replace"
      >
        {waiting.length > 0 && <Waiting page={page} waiting={waiting} />}
        {recent.length + shared.length === 0 ? (
          <EmptyState
            icon="note"
            title="A quiet day"
            text="Write the first note. Whoever you share it with can write along."
          >
            <NewDocument page={page} />
          </EmptyState>
        ) : (
          <>
            <Part
              {...props}
              id="recent"
              title="Your notes"
              documents={recent}
              href="/notes?scope=mine"
              look="cards"
            />
            <Part
              {...props}
              id="shared"
              title="Shared with you"
              documents={shared}
              href="/notes?scope=shared"
              look="rows"
            />
          </>
        )}
      </div>
    </Layout>
  );
}

/** The same lines as in the inbox, with all that one does there. */
function Waiting({ page, waiting }: Pick<HomePageProps, "page" | "waiting">) {
  return (
    <section aria-labelledby="today-waiting">
      <RowForm page={page} next="/" />
      <div class="section-title">
        <h2 id="today-waiting">Unread</h2>
        <a href="/inbox">
          {page.unread > waiting.length ? `All ${page.unread}` : "Inbox"}
          <span class="unseen"> in the inbox</span>
        </a>
      </div>
      <ul class="rows">
        {waiting.map((entry) => (
          <EntryRow page={page} entry={entry} view="unread" />
        ))}
      </ul>
    </section>
  );
}

/** By the clock where the viewer is. */
function greeting(page: Page): string {
  const hour = hourOf(page.now, readerOf(page));
  const isDark = hour < 5 || hour >= 18;
  const time = isDark ? "evening" : hour < 12 ? "morning" : "afternoon";
  const name = page.viewer?.name.split(" ")[0] ?? "";
  return `Good ${time}${name && `, ${name}`}`;
}

interface PartProps extends HomePageProps {
  id: string;
  title: string;
  documents: readonly ListedDocument[];
  href: string;
  look: "cards" | "rows";
}

/** Both looks are made of the same lines as the list of notes, so what is pushed fits them too. */
function Part(props: PartProps) {
  if (props.documents.length === 0) return null;
  return (
    <section aria-labelledby={`today-${props.id}`}>
      <div class="section-title">
        <h2 id={`today-${props.id}`}>{props.title}</h2>
        <a href={props.href}>
          All<span class="unseen"> of {props.title.toLowerCase()}</span>
        </a>
      </div>
      <ul class={props.look}>
        {props.documents.map((document) => (
          <li
            id={documentRowId(document.id)}
            class={props.look === "cards" ? "card" : "row"}
            data-row
          >
            <Summary
              document={document}
              people={props.people}
              present={props.presence.get(document.id) ?? []}
              page={props.page}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
