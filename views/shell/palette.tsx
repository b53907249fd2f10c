/** Search and commands, as a layer and as a page, and the sheet of all shortcuts. */

import { type ListedDocument, limits, type Person } from "../../actors/mod.ts";
import {
  Avatar,
  Button,
  CsrfInput,
  EmptyState,
  IconButton,
  Keys,
  Time,
} from "../parts/components.tsx";
import { Icon } from "../parts/icons.tsx";
import type { Page } from "../parts/page.ts";
import {
  findShortcut,
  keyCaps,
  type ShortcutScope,
  shortcut,
  shortcuts,
} from "../parts/shortcuts.ts";
import { documentTitle } from "../parts/titles.ts";
import { type Command, findCommands } from "./commands.ts";
import { Layout } from "./layout.tsx";

/** What was found for a query. */
export interface Findings {
  page: Page;
  query: string;
  /** Notes the viewer may see, best match first. */
  documents: readonly ListedDocument[];
  people: readonly Person[];
}

// ------------------------------------------------------------------------------------ palette

/** What the palette lists: commands by their name, notes, people, and commands that have the words, too. */
export function PaletteResults(props: Findings) {
  const { page, documents, people, query } = props;
  const { named, others } = findCommands(query, page.viewer);
  const isEmpty = documents.length + people.length + named.length + others.length === 0;
  return (
    <>
      <Commands page={page} id="commands" title="Commands" commands={named} />
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
      <Commands
        page={page}
        id="other-commands"
        title={named.length > 0 ? "Other commands" : "Commands"}
        commands={others}
      />
      <PageCommands />
      {isEmpty && <p class="palette-none">Nothing found for “{query}”.</p>}
    </>
  );
}

function Commands(props: { page: Page; id: string; title: string; commands: readonly Command[] }) {
  const { page, id, title, commands } = props;
  if (commands.length === 0) return null;
  return (
    <Group id={id} title={title}>
      {commands.map((command) => (
        <CommandOption page={page} command={command} />
      ))}
    </Group>
  );
}

/** The script lists here what the page itself can do. */
function PageCommands() {
  return (
    // biome-ignore lint/a11y/useSemanticElements: the owner of options is a listbox or its groups.
    <div id="palette-here" role="group" aria-label="On this page" hidden>
      <p class="palette-title">On this page</p>
    </div>
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
