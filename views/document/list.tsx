/** Notes: the list. A line that changes is pushed as a fragment; when lines move, the list fetches itself. */

import {
  type DocumentScope,
  type DocumentSort,
  type ListedDocument,
  type Page as ListPage,
  limits,
  type Person,
} from "../../actors/mod.ts";
import { Button, CsrfInput, EmptyState, Menu } from "../parts/components.tsx";
import { documentRowId, domIds } from "../parts/dom_ids.ts";
import { Icon, type IconName } from "../parts/icons.tsx";
import type { Page } from "../parts/page.ts";
import { type ShortcutId, shortcut } from "../parts/shortcuts.ts";
import { documentTitle } from "../parts/titles.ts";
import { type ConfirmationId, confirmFirst } from "../shell/confirmations.tsx";
import { Layout } from "../shell/layout.tsx";
import { Summary } from "./summary.tsx";

/** What a list shows, and how it was asked for. */
export interface DocumentListProps {
  page: Page;
  list: ListPage<ListedDocument>;
  /** Owners, by id. */
  people: ReadonlyMap<string, Person>;
  /** Who is in each document now. */
  presence: ReadonlyMap<string, readonly Person[]>;
  query: string;
  sort: DocumentSort;
  scope: DocumentScope;
  /** Where this part of the list begins, when not at the beginning. */
  cursor?: string | undefined;
  /** How many lines were asked for. */
  limit?: number | undefined;
}

const SCOPES: readonly { scope: DocumentScope; label: string }[] = [
  { scope: "all", label: "All" },
  { scope: "mine", label: "Mine" },
  { scope: "shared", label: "Shared" },
  { scope: "trash", label: "Trash" },
];

const SORTS: readonly { sort: DocumentSort; label: string }[] = [
  { sort: "changed", label: "Last change" },
  { sort: "created", label: "Created" },
  { sort: "title", label: "Title" },
];

/** The page of all notes. */
export function DocumentListPage(props: DocumentListProps) {
  return (
    <Layout
      page={props.page}
      title="Notes"
      actions={
        <>
          <SearchForm {...props} />
          <NewDocument page={props.page} />
        </>
      }
    >
      <DocumentList {...props} />
    </Layout>
  );
}

/** The form that makes a note. */
export function NewDocument(props: { page: Page; label?: string }) {
  const off = props.page.viewer?.shortcuts === false;
  return (
    <form method="post" action="/notes">
      <CsrfInput token={props.page.csrfToken} />
      <Button kind="primary" icon="plus" keys="create" keysOff={off}>
        {props.label ?? "New note"}
      </Button>
    </form>
  );
}

/** Where a list with these settings is found; what is usual is left out. */
export function documentListUrl(
  props: Pick<DocumentListProps, "query" | "sort" | "scope" | "cursor" | "limit">,
): string {
  const parameters = new URLSearchParams();
  if (props.query) parameters.set("q", props.query);
  if (props.scope !== "all") parameters.set("scope", props.scope);
  if (props.sort !== "changed") parameters.set("sort", props.sort);
  if (props.cursor) parameters.set("cursor", props.cursor);
  if (props.limit && props.limit !== limits.pageItemsMax) {
    parameters.set("limit", String(props.limit));
  }
  const query = parameters.toString();
  return query ? `/notes?${query}` : "/notes";
}

/** Stands outside of the list, so that a list that comes back does not disturb the typing. */
function SearchForm(props: DocumentListProps) {
  const off = props.page.viewer?.shortcuts === false;
  return (
    <search class="search" aria-label="Search the list" data-around="" tabindex={-1}>
      <form
        id="document-search"
        method="get"
        action="/notes"
        hx-get="/notes"
        hx-trigger="input delay:120ms, submit"
        hx-replace-url="true"
        hx-sync="this:replace"
        {...SWAP_LIST}
      >
        <Icon name="search" />
        <input
          id="document-query"
          name="q"
          type="search"
          value={props.query}
          maxlength={limits.searchUnitsMax}
          placeholder="Search notes"
          aria-label="Search notes"
          autocomplete="off"
          {...shortcut("list.search", { label: "Search notes", off })}
        />
      </form>
    </search>
  );
}

const SWAP_LIST = {
  "hx-target": `#${domIds.documentList}`,
  "hx-select": `#${domIds.documentList}`,
  "hx-swap": "outerMorph",
};

/** The part of the page that fetches itself again. */
function DocumentList(props: DocumentListProps) {
  const { page, list, scope, query } = props;
  const url = documentListUrl(props);
  return (
    <section
      id={domIds.documentList}
      class="document-list"
      data-topics="notes"
      data-since={page.now}
      hx-get={url}
      hx-trigger="stale"
      hx-sync="this:replace"
      {...SWAP_LIST}
    >
      <div class="list-bar">
        <Scopes {...props} />
        <Sorts {...props} />
      </div>
      <form id={domIds.rowActions} method="post">
        <CsrfInput token={page.csrfToken} />
        <input type="hidden" name="next" value={url} />
      </form>
      <p class="unseen" role="status">
        {query && `${list.items.length}${list.nextCursor ? " or more" : ""} found`}
      </p>
      {list.items.length > 0 ? <Rows {...props} /> : <NothingListed {...props} />}
      {list.nextCursor && <More {...props} />}
      {scope !== "trash" && <SelectionBar />}
    </section>
  );
}

function Scopes(props: DocumentListProps) {
  return (
    <nav class="tabs" aria-label="Which notes">
      {SCOPES.map(({ scope, label }) => (
        <a
          href={documentListUrl({ query: props.query, sort: props.sort, scope })}
          {...(scope === props.scope ? { "aria-current": "page" } : {})}
        >
          {label}
        </a>
      ))}
    </nav>
  );
}

function Sorts(props: DocumentListProps) {
  return (
    <div class="list-sort">
      {props.scope !== "all" && (
        <input
          id="document-scope"
          type="hidden"
          name="scope"
          value={props.scope}
          form="document-search"
        />
      )}
      <label class="unseen" for="document-sort">
        Sort by
      </label>
      <select
        id="document-sort"
        name="sort"
        form="document-search"
        hx-get="/notes"
        hx-trigger="change"
        hx-include="#document-search, #document-scope"
        hx-replace-url="true"
        {...SWAP_LIST}
      >
        {SORTS.map(({ sort, label }) => (
          <option value={sort === "changed" ? "" : sort} selected={sort === props.sort}>
            {label}
          </option>
        ))}
      </select>
      <button type="submit" form="document-search" class="button plain without-script">
        Apply
      </button>
    </div>
  );
}

function Rows(props: DocumentListProps) {
  return (
    <ol
      id={domIds.documentItems}
      class="rows"
      data-list
      tabindex={-1}
      aria-label={props.scope === "trash" ? "Deleted notes" : "Notes"}
    >
      {props.list.items.map((document) => (
        <Row {...props} document={document} />
      ))}
    </ol>
  );
}

function Row(props: DocumentListProps & { document: ListedDocument }) {
  const { document, people, presence, page } = props;
  const title = documentTitle(document);
  const off = page.viewer?.shortcuts === false;
  return (
    <li id={documentRowId(document.id)} class="row" data-row>
      {props.scope !== "trash" && (
        <input
          type="checkbox"
          class="row-select needs-script"
          form={domIds.rowActions}
          name="id"
          value={document.id}
          aria-label={`Select ${title}`}
          data-row-select
          data-owned={document.role === "owner" ? "" : undefined}
          {...shortcut("list.select", { off })}
        />
      )}
      <span class="row-mark">
        {document.pinned && (
          <>
            <Icon name="pin" />
            <span class="unseen">Pinned</span>
          </>
        )}
      </span>
      <Summary
        document={document}
        people={people}
        present={presence.get(document.id) ?? []}
        page={page}
      />
      <Menu label={`Actions for ${title}`}>
        <RowActions document={document} off={off} />
      </Menu>
    </li>
  );
}

function RowActions(props: { document: ListedDocument; off: boolean }) {
  const { document, off } = props;
  const isOwner = document.role === "owner";
  if (document.deletedAt !== undefined) {
    return (
      <>
        <RowAction document={document} verb="restore" label="Restore" icon="restore" off={off} />
        <RowAction
          document={document}
          verb="purge"
          label="Delete for good"
          icon="trash"
          danger
          confirm="purge"
          off={off}
        />
      </>
    );
  }
  return (
    <>
      <RowAction
        document={document}
        verb={document.pinned ? "unpin" : "pin"}
        label={document.pinned ? "Unpin" : "Pin to the top"}
        icon={document.pinned ? "unpin" : "pin"}
        keys="notes.pin"
        off={off}
      />
      {isOwner && (
        <>
          <a href={`/notes/${document.id}/share`}>
            <Icon name="addPerson" />
            Share
          </a>
          <RowAction
            document={document}
            verb="trash"
            label="Delete"
            icon="trash"
            keys="list.delete"
            danger
            off={off}
          />
        </>
      )}
    </>
  );
}

function RowAction(props: {
  document: ListedDocument;
  verb: "pin" | "unpin" | "trash" | "restore" | "purge";
  label: string;
  icon: IconName;
  keys?: ShortcutId;
  danger?: boolean;
  /** The question that comes first. */
  confirm?: ConfirmationId;
  off: boolean;
}) {
  return (
    <button
      type="submit"
      form={domIds.rowActions}
      formaction={`/notes/${props.document.id}/${props.verb}`}
      class={props.danger ? "danger" : undefined}
      {...(props.confirm ? confirmFirst(props.confirm) : {})}
      {...(props.keys ? shortcut(props.keys, { label: props.label, off: props.off }) : {})}
    >
      <Icon name={props.icon} />
      {props.label}
    </button>
  );
}

/** What can be done with all selected notes; the style sheet shows it when there are any. */
function SelectionBar() {
  return (
    <fieldset class="selection-bar">
      <legend class="unseen">Selected notes</legend>
      <span aria-hidden="true">Selected notes</span>
      <button
        type="submit"
        class="button plain"
        form={domIds.rowActions}
        formaction="/notes/pin"
        {...shortcut("notes.pin", { label: "Pin" })}
      >
        <Icon name="pin" />
        Pin
      </button>
      <button
        type="submit"
        class="button danger"
        form={domIds.rowActions}
        formaction="/notes/trash"
        {...shortcut("list.delete")}
      >
        <Icon name="trash" />
        Delete
      </button>
    </fieldset>
  );
}

/** Grows the list in place; without a script, and when it is long, it turns the page. */
function More(props: DocumentListProps) {
  const { list, limit = limits.pageItemsMax, cursor } = props;
  const next = documentListUrl({ ...props, cursor: list.nextCursor, limit: undefined });
  const grown = documentListUrl({ ...props, cursor, limit: limit + limits.pageItemsMax });
  const canGrow = limit + limits.pageItemsMax <= limits.listItemsMax;
  return (
    <p class="list-more">
      <a
        id="document-more"
        class="button plain"
        href={next}
        {...(canGrow
          ? { "hx-get": grown, "hx-trigger": "click", "hx-replace-url": "true", ...SWAP_LIST }
          : {})}
      >
        Show more
      </a>
    </p>
  );
}

function NothingListed(props: DocumentListProps) {
  if (props.query) {
    return (
      <EmptyState
        icon="search"
        title="Nothing found"
        text={`No note here contains “${props.query}”. Look in All, or try fewer words.`}
      />
    );
  }
  switch (props.scope) {
    case "trash":
      return (
        <EmptyState
          icon="trash"
          title="The trash is empty"
          text="Notes that you delete wait here for 30 days."
        />
      );
    case "shared":
      return (
        <EmptyState
          icon="people"
          title="Nothing is shared with you yet"
          text="Notes that others share with you appear here by themselves."
        />
      );
    default:
      return (
        <EmptyState
          icon="note"
          title="Write the first note"
          text="The first line becomes its title. It is yours alone until you share it."
        >
          <NewDocument page={props.page} />
        </EmptyState>
      );
  }
}
