/**
 * One note. The page is a form that saves; where a script runs, the editor island takes the same
 * elements over (see `static/document.ts`), and every keystroke is shared as it is typed.
 */

import { raw } from "hono/html";
import {
  type DocumentRole,
  type DocumentSummary,
  limits,
  type Person,
  titleOf,
} from "../../actors/mod.ts";
import { Badge, Button, CsrfInput, LinkButton, Menu, Time } from "../parts/components.tsx";
import { Icon, type IconName } from "../parts/icons.tsx";
import type { Page } from "../parts/page.ts";
import { findShortcut, type ShortcutId, shortcut } from "../parts/shortcuts.ts";
import { formatNumber } from "../parts/times.ts";
import { type ConfirmationId, confirmFirst } from "../shell/confirmations.tsx";
import { Layout } from "../shell/layout.tsx";
import type { RenderedPart } from "./markdown.ts";

/** What a note's page shows. */
export interface DocumentPageProps {
  page: Page;
  id: string;
  /** As lists know it; a new note may not have got there yet. */
  document: DocumentSummary | undefined;
  text: string;
  words: number;
  /** What stands in the page for a text that is too long to be drawn at once. */
  placeholder?: string | undefined;
  version: number;
  /** Tells the version from another one with its number; see docs/protocol.md. */
  etag?: string | undefined;
  /** Of the save that the form would be, so that a form sent twice saves once. */
  operationId: string;
  role: DocumentRole;
  deletedAt: number | undefined;
  /** The owner and who changed it last, by id. */
  people: ReadonlyMap<string, Person>;
  /** The rendered text; undefined on a page to write on whose island has to ask for it. */
  rendered: RenderedPart | undefined;
  /** Whether the viewer hears of what others change. */
  watching: boolean;
  /** The token of the link by which a guest came. */
  linkKey?: string | undefined;
  /** Why the last save was refused. What was typed is in `text`. */
  error?: string | undefined;
}

/** The page of a note: to write, or only to read. */
export function DocumentPage(props: DocumentPageProps) {
  const { page, linkKey } = props;
  const isTrashed = props.deletedAt !== undefined;
  const canWrite = props.role !== "read" && !isTrashed;
  return (
    <Layout
      page={page}
      title={titleOf(props.text) || "Untitled"}
      fill
      breadcrumb={page.viewer && [{ href: "/notes", label: "Notes" }]}
      liveUrl={linkKey && `/live?v=1&key=${encodeURIComponent(linkKey)}`}
      actions={<Actions {...props} />}
    >
      {isTrashed && <TrashNotice {...props} />}
      {props.error && (
        <p class="editor-notice danger" role="alert">
          {props.error}
        </p>
      )}
      {canWrite ? <Editor {...props} /> : <Reader {...props} />}
    </Layout>
  );
}

/** Where the note's forms go. */
function noteUrl(props: DocumentPageProps): string {
  return props.linkKey ? `/shared/${props.linkKey}` : `/notes/${props.id}`;
}

function Actions(props: DocumentPageProps) {
  const { page, id, role } = props;
  const off = page.viewer?.shortcuts === false;
  const isOwner = role === "owner" && props.deletedAt === undefined;
  return (
    <>
      <ul id="editor-people" class="people" aria-label="Here now" />
      {page.viewer && props.deletedAt === undefined && <Watch {...props} />}
      {isOwner && (
        <LinkButton href={`/notes/${id}/share`} icon="addPerson" keys="note.share" keysOff={off}>
          <span class="wide-label">Share</span>
        </LinkButton>
      )}
      {page.viewer && (
        <Menu label="More about this note">
          <Facts {...props} />
          {isOwner && <MenuAction {...props} verb="trash" label="Delete" icon="trash" />}
          {role !== "owner" && (
            <MenuAction
              {...props}
              verb="leave"
              label="Remove from my list"
              icon="close"
              confirm="leave"
            />
          )}
        </Menu>
      )}
    </>
  );
}

/** On for owners, and for others when they want it; then changes come to the inbox. */
function Watch(props: DocumentPageProps) {
  const { page, id, watching } = props;
  const label = watching
    ? "Watching: changes by others come to your inbox"
    : "Watch: have changes by others come to your inbox";
  const off = page.viewer?.shortcuts === false;
  return (
    <form method="post" action={`/notes/${id}/${watching ? "unwatch" : "watch"}`}>
      <CsrfInput token={page.csrfToken} />
      <Button
        kind="quiet"
        icon="bell"
        attributes={{
          id: "note-watch",
          "aria-pressed": watching ? "true" : "false",
          ...shortcut("note.watch", { label, off }),
        }}
      >
        <span class="wide-label">Watch</span>
      </Button>
    </form>
  );
}

function MenuAction(
  props: DocumentPageProps & {
    verb: string;
    label: string;
    icon: IconName;
    confirm?: ConfirmationId;
  },
) {
  return (
    <form method="post" action={`/notes/${props.id}/${props.verb}`}>
      <CsrfInput token={props.page.csrfToken} />
      <button type="submit" class="danger" {...(props.confirm ? confirmFirst(props.confirm) : {})}>
        <Icon name={props.icon} />
        {props.label}
      </button>
    </form>
  );
}

function Facts(props: DocumentPageProps) {
  const { page, document, people } = props;
  if (!document) return null;
  const facts = [
    { label: "Owner", value: <bdi>{people.get(document.ownerId)?.name}</bdi> },
    { label: "Created", value: <Time at={document.createdAt} now={page.now} page={page} /> },
    { label: "Changed", value: <Time at={document.changedAt} now={page.now} page={page} /> },
    { label: "Changed by", value: <bdi>{people.get(document.changedBy)?.name ?? "A guest"}</bdi> },
  ];
  return (
    <dl class="facts">
      {facts.map(({ label, value }) => (
        <>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </>
      ))}
    </dl>
  );
}

function TrashNotice(props: DocumentPageProps) {
  const { page, id, role } = props;
  return (
    <div class="editor-notice warning">
      <p>This note is in the trash.</p>
      {role === "owner" && (
        <form method="post" action={`/notes/${id}/restore`}>
          <CsrfInput token={page.csrfToken} />
          <input type="hidden" name="next" value={`/notes/${id}`} />
          <Button icon="restore">Restore</Button>
        </form>
      )}
    </div>
  );
}

// -------------------------------------------------------------------------------- to write

/** What the island says when it comes to be so. */
const WORDS = {
  "data-saved": "Saved",
  "data-saving": "Saving…",
  "data-offline": "Offline. Your changes are kept on this device.",
  "data-refused": "Not saved",
  "data-read": "You may only read this note now.",
  "data-write": "You may write now. Reload to begin.",
  "data-trashed": "This note was moved to the trash.",
  "data-restored": "This note was taken out of the trash. Reload to go on.",
  "data-revoked": "This note is no longer shared with you.",
  "data-purged": "This note was deleted for good.",
  "data-missing": "This note was deleted for good, or is no longer shared with you.",
  "data-copyable": "You can still copy the text.",
  "data-waiting": "What is not saved waits on this device until you may write again.",
  "data-lost": "What was not saved can still be copied.",
};

/** What the island has to know of a note. Its elements are its own, so pages are not morphed into it. */
function islandOf(props: DocumentPageProps) {
  return {
    id: "editor",
    class: "editor",
    "data-island": "document",
    "data-note": props.id,
    "data-version": props.version,
    "data-etag": props.etag,
    "data-role": props.role,
    "data-user": props.page.viewer?.id,
    "data-key": props.linkKey,
    "data-part": props.rendered?.part ?? 1,
    "data-mentions-src": props.page.viewer && props.page.assets.mentions,
    "hx-morph-skip": "true",
    ...WORDS,
  };
}

function Editor(props: DocumentPageProps) {
  const { page, version, etag } = props;
  return (
    <section
      {...islandOf(props)}
      aria-label="Editor"
      data-view="write"
      data-failed="The editor could not be loaded. You can still write: press Save before you leave."
    >
      {/* Sent only where the island does not run: then a whole page comes, and tries it again. */}
      <form method="post" action={noteUrl(props)} class="editor-form" hx-boost="false">
        <CsrfInput token={page.csrfToken} />
        <input type="hidden" name="baseVersion" value={version} />
        <input type="hidden" name="baseEtag" value={etag} />
        <input type="hidden" name="operation" value={props.operationId} />
        <Toolbar {...props} />
        <Parts {...props} />
        <div class="editor-panes">
          <Pane {...props} />
          <Preview blocks={props.rendered?.blocks ?? []} />
        </div>
      </form>
    </section>
  );
}

const FORMATS: readonly { format: string; keys?: ShortcutId; label: string; icon: IconName }[] = [
  { format: "bold", keys: "editor.bold", label: "Bold", icon: "bold" },
  { format: "italic", keys: "editor.italic", label: "Italic", icon: "italic" },
  { format: "link", keys: "editor.link", label: "Link", icon: "link" },
  { format: "code", keys: "editor.code", label: "Code", icon: "code" },
  { format: "list", label: "List", icon: "list" },
  { format: "task", label: "Task list", icon: "tasks" },
];

const VIEWS: readonly { view: string; label: string; icon: IconName }[] = [
  { view: "write", label: "Write", icon: "pencil" },
  { view: "split", label: "Write and read", icon: "columns" },
  { view: "read", label: "Read", icon: "eye" },
];

function Toolbar(props: DocumentPageProps) {
  return (
    <div class="editor-bar" role="toolbar" aria-label="Formatting" aria-controls="editor-text">
      <div class="tools needs-script">
        {FORMATS.map(({ format, keys, label, icon }) => (
          <Tool icon={icon} label={label} keys={keys} attributes={{ "data-format": format }} />
        ))}
        <span class="tools-gap" />
        <Tool icon="undo" label="Undo" keys="editor.undo" attributes={{ "data-undo": "" }} />
        <Tool icon="redo" label="Redo" keys="editor.redo" attributes={{ "data-redo": "" }} />
      </div>
      <EditorFacts {...props} />
      <div class="tools views needs-script">
        {VIEWS.map(({ view, label, icon }) => (
          <Tool
            icon={icon}
            label={label}
            keys="editor.view"
            attributes={{
              "data-keys": undefined,
              "data-view": view,
              "aria-pressed": view === "write" ? "true" : "false",
            }}
          />
        ))}
        {/* The key goes on to the next view, wherever it is pressed. */}
        <button type="button" hidden data-next-view="" {...shortcut("editor.view")}>
          {findShortcut("editor.view").label}
        </button>
      </div>
      <Button kind="primary" attributes={{ "data-save": "", ...shortcut("editor.save") }}>
        Save
      </Button>
    </div>
  );
}

function Tool(props: {
  icon: IconName;
  label: string;
  keys?: ShortcutId | undefined;
  attributes: Record<string, string | undefined>;
}) {
  return (
    <button
      type="button"
      class="icon-button quiet"
      aria-label={props.label}
      title={props.label}
      {...(props.keys ? shortcut(props.keys, { label: props.label }) : {})}
      {...props.attributes}
    >
      <Icon name={props.icon} />
    </button>
  );
}

/** The mirror is measured to find where a caret is, so it must break lines as the textarea does. */
function Pane(props: DocumentPageProps) {
  return (
    <section class="editor-pane" aria-label="Text" data-around="" tabindex={-1}>
      <div id="editor-mirror" class="editor-text" aria-hidden="true" />
      <div id="editor-carets" class="editor-carets" aria-hidden="true" />
      <label class="unseen" for="editor-text">
        Text of the note
      </label>
      {/* HTML drops one line break after the tag; the text's own first one must not be it. */}
      <textarea
        id="editor-text"
        class="editor-text"
        name="text"
        // What a browser restores would be an older text, and count as an edit.
        autocomplete="off"
        dir="auto"
        data-keys={findShortcut("note.write").keys}
        maxlength={limits.textUnitsMax}
        spellcheck
        autocapitalize="sentences"
        placeholder="The first line becomes the title"
        autofocus={props.version === 0}
      >
        {`\n${props.placeholder ?? props.text}`}
      </textarea>
      <div id="editor-mentions" class="mentions" role="listbox" aria-label="People" hidden />
    </section>
  );
}

function EditorFacts(props: DocumentPageProps) {
  const { words } = props;
  return (
    <p class="editor-facts">
      <span id="editor-status" role="status" />
      <span id="editor-words">
        {formatNumber(words, props.page.viewer?.language ?? "en")} {words === 1 ? "word" : "words"}
      </span>
    </p>
  );
}

/** Where a note that is too long to be shown at once goes on. */
function Parts(props: DocumentPageProps) {
  const { part, parts } = props.rendered ?? { part: 1, parts: 1 };
  if (parts === 1) return null;
  const url = noteUrl(props);
  return (
    <nav class="editor-parts" aria-label="Parts of this note">
      <span>
        This note is too long to show at once. Part {part} of {parts}
      </span>
      {part > 1 && (
        <a href={`${url}?part=${part - 1}`} rel="prev">
          Previous
        </a>
      )}
      {part < parts && (
        <a href={`${url}?part=${part + 1}`} rel="next">
          Next
        </a>
      )}
      <a href={`${url}/text`} hx-boost="false">
        Plain text
      </a>
    </nav>
  );
}

/** It scrolls, so the keyboard must reach it. */
function Preview(props: { blocks: readonly string[] }) {
  return (
    <section id="editor-preview" class="editor-preview prose" tabindex={0} aria-label="Preview">
      {props.blocks.map((block) => raw(block))}
    </section>
  );
}

// --------------------------------------------------------------------------------- to read

function Reader(props: DocumentPageProps) {
  return (
    <section
      {...islandOf(props)}
      aria-label="Note"
      data-view="read"
      data-failed="Part of this page could not be loaded. Reload to see what others change."
    >
      <div class="editor-bar">
        <Badge tone="info">Read only</Badge>
        <EditorFacts {...props} />
      </div>
      <Parts {...props} />
      <div class="editor-panes">
        <Preview blocks={props.rendered?.blocks ?? []} />
      </div>
    </section>
  );
}
