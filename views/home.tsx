/** Today: where one left off, and what came in. */

import type { ListedDocument, Person } from "../actors/mod.ts";
import { Avatar, AvatarStack, EmptyState, readerOf, Time } from "./components.tsx";
import { documentTitle, NewDocument } from "./document_list.tsx";
import { Layout } from "./layout.tsx";
import type { Page } from "./page.ts";
import { hourOf } from "./times.ts";

/** What the first page shows. */
export interface HomePageProps {
  page: Page;
  /** The viewer's notes that changed last, newest first. */
  recent: readonly ListedDocument[];
  /** What others shared with the viewer, newest first. */
  shared: readonly ListedDocument[];
  people: ReadonlyMap<string, Person>;
  /** Who is in each document now. */
  presence: ReadonlyMap<string, readonly Person[]>;
}

/** The page at `/`. */
export function HomePage(props: HomePageProps) {
  const { page, recent, shared } = props;
  return (
    <Layout page={page} title={greeting(page)} actions={<NewDocument page={page} />}>
      <div
        id="today"
        class="today"
        data-topics="notes"
        hx-get="/"
        hx-trigger="stale"
        hx-target="#today"
        hx-select="#today"
        hx-swap="outerMorph"
        hx-sync="this:replace"
      >
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
            <Cards {...props} id="recent" title="Recent notes" documents={recent} href="/notes" />
            <Cards
              {...props}
              id="shared"
              title="Shared with you"
              documents={shared}
              href="/notes?scope=shared"
            />
          </>
        )}
      </div>
    </Layout>
  );
}

/** By the clock where the viewer is. */
function greeting(page: Page): string {
  const hour = hourOf(page.now, readerOf(page));
  const time = hour < 5 ? "night" : hour < 12 ? "morning" : hour < 18 ? "afternoon" : "evening";
  const name = page.viewer?.name.split(" ")[0] ?? "";
  return `Good ${time}${name && `, ${name}`}`;
}

function Cards(
  props: HomePageProps & {
    id: string;
    title: string;
    documents: readonly ListedDocument[];
    href: string;
  },
) {
  if (props.documents.length === 0) return null;
  return (
    <section aria-labelledby={`today-${props.id}`}>
      <div class="section-title">
        <h2 id={`today-${props.id}`}>{props.title}</h2>
        <a href={props.href}>All</a>
      </div>
      <ul class="cards" data-list>
        {props.documents.map((document) => (
          <Card {...props} document={document} />
        ))}
      </ul>
    </section>
  );
}

function Card(props: HomePageProps & { id: string; document: ListedDocument }) {
  const { page, document, people, presence } = props;
  const owner = people.get(document.ownerId);
  const present = presence.get(document.id) ?? [];
  const isMine = document.ownerId === page.viewer?.id;
  return (
    <li id={`today-${props.id}-${document.id}`} class="card" data-row>
      <a
        id={`today-${props.id}-${document.id}-link`}
        class="card-title"
        href={`/notes/${document.id}`}
        dir="auto"
        data-row-link
      >
        {documentTitle(document)}
      </a>
      <p class="card-excerpt" dir="auto">
        {document.excerpt}
      </p>
      <p class="card-foot">
        {owner && !isMine && (
          <>
            <Avatar person={owner} named />
            <bdi class="row-name">{owner.name}</bdi>
          </>
        )}
        <Time at={document.changedAt} now={page.now} page={page} />
        {present.length > 0 && (
          <span class="card-present">
            <span class="unseen">Here now: </span>
            <AvatarStack people={present} />
          </span>
        )}
      </p>
    </li>
  );
}
