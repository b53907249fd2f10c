/** Who may see a note: people, and links. Plain forms; every answer is this page again. */

import type {
  DocumentLink,
  DocumentSummary,
  Person,
  PersonId,
  SharedRole,
} from "../../actors/mod.ts";
import {
  Avatar,
  Badge,
  Button,
  CsrfInput,
  IconButton,
  SelectField,
  Time,
} from "../parts/components.tsx";
import { Icon } from "../parts/icons.tsx";
import type { Page } from "../parts/page.ts";
import { shortcut } from "../parts/shortcuts.ts";
import { documentTitle } from "../parts/titles.ts";
import { Layout } from "../shell/layout.tsx";

/** What the page of sharing shows. */
export interface DocumentSharePageProps {
  page: Page;
  document: DocumentSummary;
  members: readonly ShareMember[];
  links: readonly { link: DocumentLink; url: string }[];
  /** People one may share with, who match the query. */
  candidates: readonly { person: Person; key: string }[];
  query: string;
  /** Why nobody was added. */
  error?: string | undefined;
}

/** A member of the note; without a person where there is no account. */
interface ShareMember {
  userId: PersonId;
  role: SharedRole;
  person: Person | undefined;
}

const ROLES = [
  { value: "write", label: "Can write" },
  { value: "read", label: "Can read" },
] as const;

const EXPIRIES = [
  { value: "never", label: "Until it is revoked" },
  { value: "day", label: "For a day" },
  { value: "week", label: "For a week" },
  { value: "month", label: "For 30 days" },
] as const;

/** The page where a note is shared. */
export function DocumentSharePage(props: DocumentSharePageProps) {
  const { page, document } = props;
  const title = documentTitle(document);
  return (
    <Layout
      page={page}
      title="Share"
      breadcrumb={[
        { href: "/notes", label: "Notes" },
        { href: `/notes/${document.id}`, label: title },
      ]}
    >
      <div class="share">
        <section aria-labelledby="share-people">
          <h2 id="share-people">People</h2>
          <p class="muted">
            They find “<bdi>{title}</bdi>” in their own list.
          </p>
          <AddPerson {...props} />
          <Members {...props} />
        </section>
        <section aria-labelledby="share-links">
          <h2 id="share-links">Links</h2>
          <p class="muted">Whoever has a link can open the note, also without an account.</p>
          <Links {...props} />
          <AddLink {...props} />
        </section>
      </div>
    </Layout>
  );
}

function shareUrl(props: DocumentSharePageProps, below = "share"): string {
  return `/notes/${props.document.id}/${below}`;
}

// ----------------------------------------------------------------------------------- people

/** Typing finds people; a full address or name can be sent as it is. */
function AddPerson(props: DocumentSharePageProps) {
  const { query, error } = props;
  const url = shareUrl(props);
  return (
    <div class={error ? "share-add invalid" : "share-add"}>
      <form
        method="get"
        action={url}
        class="share-search"
        aria-label="Find somebody"
        data-around=""
        tabindex={-1}
        hx-get={url}
        hx-trigger="input delay:150ms, submit"
        hx-target="#share-found"
        hx-select="#share-found"
        hx-swap="outerMorph"
        hx-sync="this:replace"
      >
        <label class="unseen" for="share-person">
          Find somebody by name or address
        </label>
        <input
          id="share-person"
          name="person"
          type="search"
          value={query}
          placeholder="Find somebody by name or e-mail address"
          autocomplete="off"
          {...shortcut("list.search", { label: "Find somebody" })}
          {...(error ? { "aria-invalid": "true", "aria-describedby": "share-person-error" } : {})}
        />
        <button type="submit" class="button plain without-script">
          Find
        </button>
      </form>
      {error && (
        <p class="field-error" id="share-person-error">
          <Icon name="circleAlert" />
          {error}
        </p>
      )}
      <div id="share-found" class="share-found" role="status">
        {query && !error && <Candidates {...props} />}
      </div>
    </div>
  );
}

function Candidates(props: DocumentSharePageProps) {
  const { page, candidates, query } = props;
  if (candidates.length === 0) {
    return (
      <p class="muted">
        Nobody else here is called “<bdi>{query}</bdi>”. A link works for anybody.
      </p>
    );
  }
  return (
    <ul class="share-list panel" aria-label="Found">
      {candidates.map(({ person, key }) => (
        <li class="share-row">
          <PersonName person={person} />
          <form method="post" action={shareUrl(props)} class="share-controls">
            <CsrfInput token={page.csrfToken} />
            <input type="hidden" name="person" value={key} />
            <RoleSelect id={`role-new-${person.id}`} person={person} value="write" />
            <Button kind="primary">Add</Button>
          </form>
        </li>
      ))}
    </ul>
  );
}

function Members(props: DocumentSharePageProps) {
  const { page, members } = props;
  return (
    <ul class="share-list" aria-label="People with access">
      {page.viewer && (
        <li class="share-row">
          <PersonName person={page.viewer} />
          <Badge>Owner</Badge>
        </li>
      )}
      {members.map(({ userId, person, role }) =>
        person ? (
          <Member {...props} person={person} role={role} />
        ) : (
          <UnknownMember {...props} userId={userId} />
        ),
      )}
    </ul>
  );
}

function Member(props: DocumentSharePageProps & { person: Person; role: SharedRole }) {
  const { page, person, role } = props;
  const url = shareUrl(props, `members/${person.id}`);
  return (
    <li class="share-row" id={`member-${person.id}`}>
      <PersonName person={person} />
      <div class="share-controls">
        <form method="post" action={url} class="share-controls">
          <CsrfInput token={page.csrfToken} />
          <RoleSelect id={`role-${person.id}`} person={person} value={role} submits />
          <button type="submit" class="button plain without-script">
            Change
          </button>
        </form>
        <RemoveMember page={page} url={url} name={person.name} />
      </div>
    </li>
  );
}

/** Takes a place of the note, and can only be removed. */
function UnknownMember(props: DocumentSharePageProps & { userId: PersonId }) {
  const { page, userId } = props;
  return (
    <li class="share-row" id={`member-${userId}`}>
      <div class="share-person">
        <span class="share-icon">
          <Icon name="circleAlert" />
        </span>
        <div>
          <p class="strong">Unknown person</p>
          <p class="muted">
            No account, <code>{userId}</code>
          </p>
        </div>
      </div>
      <div class="share-controls">
        <RemoveMember
          page={page}
          url={shareUrl(props, `members/${userId}`)}
          name={`unknown person ${userId}`}
        />
      </div>
    </li>
  );
}

function RemoveMember({ page, url, name }: { page: Page; url: string; name: string }) {
  return (
    <form method="post" action={url}>
      <CsrfInput token={page.csrfToken} />
      <input type="hidden" name="role" value="none" />
      <IconButton icon="close" label={`Remove ${name}`} />
    </form>
  );
}

function PersonName(props: { person: Person }) {
  const { person } = props;
  return (
    <div class="share-person">
      <Avatar person={person} named />
      <div>
        <p class="strong" dir="auto">
          {person.name}
        </p>
        {person.email && <p class="muted">{person.email}</p>}
      </div>
    </div>
  );
}

/** With `submits`, choosing is enough; without a script a button stands beside it. */
function RoleSelect(props: { id: string; person: Person; value: SharedRole; submits?: boolean }) {
  return (
    <select
      id={props.id}
      name="role"
      aria-label={`What ${props.person.name} may do`}
      {...(props.submits ? { "data-submits": "" } : {})}
    >
      {ROLES.map(({ value, label }) => (
        <option value={value} selected={value === props.value}>
          {label}
        </option>
      ))}
    </select>
  );
}

// ------------------------------------------------------------------------------------ links

function Links(props: DocumentSharePageProps) {
  if (props.links.length === 0) return null;
  return (
    <ul class="share-list" aria-label="Links">
      {props.links.map((item) => (
        <LinkRow {...props} {...item} />
      ))}
    </ul>
  );
}

function LinkRow(props: DocumentSharePageProps & { link: DocumentLink; url: string }) {
  const { page, link, url } = props;
  const name = link.role === "write" ? "Link to write" : "Link to read";
  return (
    <li class="share-row" id={`link-${link.id}`}>
      <div class="share-person">
        <span class="share-icon">
          <Icon name="link" />
        </span>
        <div>
          <p class="strong">{name}</p>
          <p class="muted">
            Made <Time at={link.createdAt} now={page.now} page={page} />
            <Expiry page={page} link={link} />
          </p>
        </div>
      </div>
      <div class="share-controls">
        <input
          class="share-url"
          type="text"
          readonly
          value={url}
          dir="ltr"
          aria-label={`Address: ${name}`}
        />
        <button type="button" class="button plain needs-script" data-copy={url}>
          <Icon name="copy" />
          Copy
        </button>
        <form method="post" action={shareUrl(props, `links/${link.id}/revoke`)}>
          <CsrfInput token={page.csrfToken} />
          <Button kind="danger">Revoke</Button>
        </form>
      </div>
    </li>
  );
}

function Expiry(props: { page: Page; link: DocumentLink }) {
  const { page, link } = props;
  if (link.expiresAt === undefined) return null;
  return (
    <>
      , {link.expiresAt <= page.now ? "expired" : "expires"}{" "}
      <Time at={link.expiresAt} now={page.now} page={page} />
    </>
  );
}

function AddLink(props: DocumentSharePageProps) {
  return (
    <form method="post" action={shareUrl(props, "links")} class="share-new-link">
      <CsrfInput token={props.page.csrfToken} />
      <SelectField name="role" id="link-role" label="Who has it" value="read" options={ROLES} />
      <SelectField
        name="expires"
        id="link-expires"
        label="It works"
        value="never"
        options={EXPIRIES}
      />
      <Button icon="link">Make a link</Button>
    </form>
  );
}
