/** Search and commands, as a layer and as a page, and the sheet of all shortcuts. */

import { type ListedDocument, limits, type Person } from "../actors/mod.ts";
import { Avatar, Button, CsrfInput, EmptyState, IconButton, Keys, Time } from "./components.tsx";
import { documentTitle } from "./document_summary.tsx";
import { domIds } from "./dom_ids.ts";
import { Icon, type IconName } from "./icons.tsx";
import { Layout } from "./layout.tsx";
import type { Page } from "./page.ts";
import {
  findShortcut,
  keyCaps,
  type ShortcutId,
  type ShortcutScope,
  shortcut,
  shortcuts,
} from "./shortcuts.ts";

/** What was found for a query. */
export interface Findings {
  page: Page;
  query: string;
  /** Notes the viewer may see, best match first. */
  documents: readonly ListedDocument[];
  people: readonly Person[];
}

// ------------------------------------------------------------------------------------ palette

interface Command {
  id: string;
  label: string;
  icon: IconName;
  keys?: ShortcutId;
  href?: string;
  /** Where a form is sent. */
  action?: string;
  /** The layer it opens. */
  opens?: string;
  administrators?: boolean;
}

const COMMANDS: readonly Command[] = [
  { id: "create", label: "New note", icon: "plus", keys: "create", action: "/notes" },
  { id: "today", label: "Go to Today", icon: "house", keys: "go.today", href: "/" },
  { id: "notes", label: "Go to Notes", icon: "note", keys: "go.notes", href: "/notes" },
  { id: "inbox", label: "Go to Inbox", icon: "inbox", keys: "go.inbox", href: "/inbox" },
  {
    id: "read-all",
    label: "Mark all notifications as read",
    icon: "tasks",
    keys: "inbox.readAll",
    action: "/inbox/read-all",
  },
  { id: "snoozed", label: "Go to snoozed", icon: "clock", href: "/inbox?view=snoozed" },
  { id: "archived", label: "Go to archived", icon: "archive", href: "/inbox?view=archived" },
  { id: "trash", label: "Go to the trash", icon: "trash", href: "/notes?scope=trash" },
  {
    id: "settings",
    label: "Go to Settings",
    icon: "settings",
    keys: "go.settings",
    href: "/settings",
  },
  {
    id: "notifications",
    label: "Choose notifications",
    icon: "bell",
    href: "/settings/notifications",
  },
  { id: "admin", label: "Go to Admin", icon: "shield", href: "/admin", administrators: true },
  { id: "ops", label: "Go to Ops", icon: "activity", href: "/ops", administrators: true },
  {
    id: "sheet",
    label: "Keyboard shortcuts",
    icon: "keyboard",
    keys: "sheet",
    href: "/shortcuts",
    opens: domIds.sheet,
  },
];

/** What the palette lists: notes, people and commands. */
export function PaletteResults(props: Findings) {
  const { documents, people, query } = props;
  const commands = commandsFor(props);
  const isEmpty = documents.length + people.length + commands.length === 0;
  return (
    <>
      {documents.length > 0 && (
        <Group id="notes" title={query ? "Notes" : "Recent notes"}>
          {documents.map((document) => (
            <a {...option(`note-${document.id}`)} href={`/notes/${document.id}`}>
              <Icon name="note" />
              <span class="option-text" dir="auto">
                {documentTitle(document)}
              </span>
            </a>
          ))}
        </Group>
      )}
      {people.length > 0 && (
        <Group id="people" title="People">
          {people.map((person) => (
            <a
              {...option(`person-${person.id}`)}
              href={`/notes?q=${encodeURIComponent(person.name)}`}
            >
              <Avatar person={person} named />
              <span class="option-text">
                Notes with <bdi>{person.name}</bdi>
              </span>
            </a>
          ))}
        </Group>
      )}
      {commands.length > 0 && (
        <Group id="commands" title="Commands">
          {commands.map((command) => (
            <CommandOption page={props.page} command={command} />
          ))}
        </Group>
      )}
      {isEmpty && <p class="palette-none">Nothing found for “{query}”.</p>}
    </>
  );
}

function commandsFor({ page, query }: Findings): Command[] {
  const isAdministrator = page.viewer?.role === "administrator";
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return COMMANDS.filter(
    ({ label, administrators }) =>
      (isAdministrator || !administrators) &&
      words.every((word) => label.toLowerCase().includes(word)),
  );
}

function Group(props: { id: string; title: string; children?: unknown }) {
  const id = `palette-${props.id}`;
  return (
    // biome-ignore lint/a11y/useSemanticElements: the owner of options is a listbox or its groups.
    <div role="group" aria-labelledby={id}>
      <p id={id} class="palette-title">
        {props.title}
      </p>
      {props.children}
    </div>
  );
}

/** An option is chosen from the search field, so the Tab key does not stop at it. */
function option(id: string) {
  return { id: `palette-${id}`, role: "option", tabindex: -1, "aria-selected": "false" };
}

function CommandOption(props: { page: Page; command: Command }) {
  const { page, command } = props;
  const face = (
    <>
      <Icon name={command.icon} />
      <span class="option-text">{command.label}</span>
      {command.keys && <Keys caps={keyCaps(findShortcut(command.keys).keys)} />}
    </>
  );
  const attributes = option(`command-${command.id}`);
  if (command.action === undefined) {
    return (
      <a {...attributes} href={command.href} data-opens={command.opens}>
        {face}
      </a>
    );
  }
  return (
    <form method="post" action={command.action} role="presentation">
      <CsrfInput token={page.csrfToken} />
      <button type="submit" {...attributes}>
        {face}
      </button>
    </form>
  );
}

// ------------------------------------------------------------------------------------- search

/** The palette as a page, for those without a script. */
export function SearchPage(props: Findings) {
  const { page, query, documents } = props;
  return (
    <Layout page={page} title="Search">
      <search aria-label="Search" data-around="" tabindex={-1}>
        <form method="get" action="/search" class="search-page">
          <label class="unseen" for="search-query">
            Search everything
          </label>
          <input
            id="search-query"
            name="q"
            type="search"
            value={query}
            maxlength={limits.searchUnitsMax}
            placeholder="Search notes"
            autofocus={query === ""}
            {...shortcut("list.search", { off: page.viewer?.shortcuts === false })}
          />
          <Button kind="primary">Search</Button>
        </form>
      </search>
      {query && <Found {...props} />}
      {query && documents.length === 0 && (
        <EmptyState icon="search" title="Nothing found" text="Try fewer or other words." />
      )}
    </Layout>
  );
}

function Found(props: Findings) {
  const { page, documents } = props;
  return (
    <ul class="found" data-list aria-label="Found">
      {documents.map((document) => (
        <li data-row id={`found-${document.id}`}>
          <a
            id={`found-${document.id}-link`}
            href={`/notes/${document.id}`}
            dir="auto"
            data-row-link
          >
            {documentTitle(document)}
          </a>
          <p class="muted" dir="auto">
            {document.excerpt}
          </p>
          <p class="muted">
            <Time at={document.changedAt} now={page.now} page={page} />
          </p>
        </li>
      ))}
    </ul>
  );
}

// ---------------------------------------------------------------------------------- shortcuts

const SCOPES: readonly { scope: ShortcutScope; title: string }[] = [
  { scope: "everywhere", title: "Everywhere" },
  { scope: "list", title: "In lists" },
  { scope: "notes", title: "In the list of notes" },
  { scope: "inbox", title: "In the inbox" },
  { scope: "entry", title: "In a notification" },
  { scope: "note", title: "In a note" },
  { scope: "editor", title: "While writing" },
];

/** All shortcuts as a page; its inner part is also the layer that `?` opens. */
export function ShortcutsPage(props: { page: Page }) {
  const off = props.page.viewer?.shortcuts === false;
  return (
    <Layout page={props.page} title="Keyboard shortcuts">
      <div data-layer>
        <ShortcutsSheet off={off} />
      </div>
    </Layout>
  );
}

/** Every shortcut, by where it works. */
function ShortcutsSheet(props: { off: boolean }) {
  return (
    <div class="sheet">
      <form method="dialog" class="sheet-head">
        <p class="strong">Keyboard shortcuts</p>
        <IconButton icon="close" label="Close" attributes={{ autofocus: true }} />
      </form>
      {props.off && (
        <p class="sheet-off">
          Single keys are off. <a href="/settings">Switch them on in Settings</a>.
        </p>
      )}
      <div class="sheet-groups">
        {SCOPES.map(({ scope, title }) => (
          <section class="sheet-group">
            <h2>{title}</h2>
            <dl>
              {shortcuts
                .filter((each) => each.scope === scope)
                .map(({ label, keys }) => (
                  <div>
                    <dt>{label}</dt>
                    <dd>
                      <Keys caps={keyCaps(keys)} />
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </div>
  );
}
