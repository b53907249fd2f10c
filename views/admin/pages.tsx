/** The page of administrators: people and their roles, invitations, and who may sign up. */

import type { Account, Invitation, Role } from "../../actors/mod.ts";
import {
  Avatar,
  Badge,
  Button,
  CheckboxField,
  CsrfInput,
  Field,
  SelectField,
  Time,
} from "../parts/components.tsx";
import { Icon } from "../parts/icons.tsx";
import type { Page } from "../parts/page.ts";
import { Layout } from "../shell/layout.tsx";

const ROLES: readonly { value: Role; label: string }[] = [
  { value: "administrator", label: "Administrator" },
  { value: "member", label: "Member" },
  { value: "guest", label: "Guest" },
];

/** What the page shows. */
export interface AdminProps {
  page: Page;
  people: readonly Account[];
  invitations: readonly Invitation[];
  isSignUpOpen: boolean;
  /** How many days notifications are kept: what is saved, or what was typed and refused. */
  inboxDays: { value: string; min: number; max: number; error?: string };
  /** An invitation that was just made: its link is shown this once. */
  invitation?: { id: string; link: string; role: Role };
  roleError?: { userId: string; text: string };
  invitationErrors?: Readonly<Record<string, string>>;
}

/** The page. */
export function AdminPage(props: AdminProps) {
  return (
    <Layout page={props.page} title="Admin">
      <PeopleSection {...props} />
      <InvitationsSection {...props} />
      <SignUpSection {...props} />
      <InboxSection {...props} />
    </Layout>
  );
}

// ------------------------------------------------------------------------------------- people

function PeopleSection({ page, people, roleError }: AdminProps) {
  return (
    <section class="account-section" aria-labelledby="admin-people">
      <h2 id="admin-people">People</h2>
      <ul class="account-rows">
        {people.map((person) => (
          <PersonRow
            page={page}
            person={person}
            error={roleError?.userId === person.id ? roleError.text : undefined}
          />
        ))}
      </ul>
    </section>
  );
}

function PersonRow(props: { page: Page; person: Account; error: string | undefined }) {
  const { page, person, error } = props;
  const fieldId = `role-${person.id}`;
  return (
    <li class="account-row">
      <Avatar person={person} named />
      <div class="account-row-text">
        <p>
          <span class="strong" dir="auto">
            {person.name}
          </span>{" "}
          {person.id === page.viewer?.id && <Badge>You</Badge>}
        </p>
        <p class="muted">
          {person.email} · joined <Time at={person.createdAt} now={page.now} page={page} />
        </p>
        {error && (
          <p class="field-error" id={`${fieldId}-error`} role="alert">
            <Icon name="circleAlert" />
            {error}
          </p>
        )}
      </div>
      <form class="account-row-form" method="post" action={`/admin/people/${person.id}/role`}>
        <CsrfInput token={page.csrfToken} />
        <select
          id={fieldId}
          name="role"
          aria-label={`Role of ${person.name}`}
          {...(error ? { "aria-invalid": "true", "aria-describedby": `${fieldId}-error` } : {})}
        >
          {ROLES.map(({ value, label }) => (
            <option value={value} selected={value === person.role}>
              {label}
            </option>
          ))}
        </select>
        <Button attributes={{ "aria-label": `Save the role of ${person.name}` }}>Save</Button>
      </form>
    </li>
  );
}

// -------------------------------------------------------------------------------- invitations

function InvitationsSection(props: AdminProps) {
  const { page, invitations, invitation, invitationErrors } = props;
  const names = new Map(props.people.map(({ id, name }) => [id, name]));
  return (
    <section class="account-section" aria-labelledby="admin-invitations">
      <h2 id="admin-invitations">Invitations</h2>
      {invitation && <NewInvitation {...invitation} />}
      <form class="account-inline" method="post" action="/admin/invitations">
        <CsrfInput token={page.csrfToken} />
        <SelectField
          label="Invite somebody as"
          name="role"
          id="invitation-role"
          value="member"
          options={ROLES}
          error={invitationErrors?.role}
        />
        <Button kind="primary" icon="addPerson">
          Make a link
        </Button>
      </form>
      {invitations.length === 0 ? (
        <p class="muted">No invitations yet. A link makes one account and works for seven days.</p>
      ) : (
        <ul class="account-rows">
          {invitations.map((one) => (
            <InvitationRow page={page} invitation={one} names={names} />
          ))}
        </ul>
      )}
    </section>
  );
}

function NewInvitation({ link, role }: { link: string; role: Role }) {
  return (
    <div class="account-new-link">
      <Field
        label={`Link for a new ${role}`}
        name="link"
        hint="Copy it now: it is not shown again. It makes one account and works for seven days."
        input={{ value: link, readonly: true, autofocus: true, dir: "ltr" }}
      />
      <Button icon="copy" attributes={{ type: "button", "data-copy": link }}>
        Copy
      </Button>
    </div>
  );
}

function InvitationRow(props: {
  page: Page;
  invitation: Invitation;
  names: ReadonlyMap<string, string>;
}) {
  const { page, invitation, names } = props;
  const { id, role, createdBy, createdAt, expiresAt, usedBy } = invitation;
  const isOpen = usedBy === undefined && expiresAt > page.now;
  return (
    <li class="account-row">
      <div class="account-row-text">
        <p>
          <span class="strong">{ROLES.find(({ value }) => value === role)?.label}</span>{" "}
          <InvitationState {...props} />
        </p>
        <p class="muted">
          made by <span dir="auto">{names.get(createdBy) ?? "somebody"}</span>{" "}
          <Time at={createdAt} now={page.now} page={page} />
          {isOpen && (
            <>
              {" "}
              · works until <Time at={expiresAt} now={page.now} page={page} />
            </>
          )}
        </p>
      </div>
      {isOpen && (
        <form class="account-row-form" method="post" action={`/admin/invitations/${id}/withdraw`}>
          <CsrfInput token={page.csrfToken} />
          <Button kind="danger">Withdraw</Button>
        </form>
      )}
    </li>
  );
}

function InvitationState(props: {
  page: Page;
  invitation: Invitation;
  names: ReadonlyMap<string, string>;
}) {
  const { usedBy, expiresAt } = props.invitation;
  if (usedBy !== undefined) {
    return (
      <Badge tone="ok">
        used by <bdi>{props.names.get(usedBy) ?? "somebody"}</bdi>
      </Badge>
    );
  }
  if (expiresAt <= props.page.now) return <Badge>expired</Badge>;
  return <Badge tone="info">open</Badge>;
}

// ------------------------------------------------------------------------------------ sign-up

function SignUpSection({ page, isSignUpOpen }: AdminProps) {
  return (
    <section class="account-section" aria-labelledby="admin-sign-up">
      <h2 id="admin-sign-up">Signing up</h2>
      <form class="form" method="post" action="/admin/sign-up">
        <CsrfInput token={page.csrfToken} />
        <CheckboxField
          label="Anybody may make an account"
          name="open"
          checked={isSignUpOpen}
          hint="Whoever reaches this address becomes a member. Without it, an invitation is needed."
        />
        <div class="form-actions">
          <Button>Save</Button>
        </div>
      </form>
    </section>
  );
}

// -------------------------------------------------------------------------------------- inbox

function InboxSection({ page, inboxDays }: AdminProps) {
  const { value, min, max, error } = inboxDays;
  return (
    <section class="account-section" aria-labelledby="admin-inbox">
      <h2 id="admin-inbox">Notifications</h2>
      <form class="form" method="post" action="/admin/inbox" novalidate>
        <CsrfInput token={page.csrfToken} />
        <Field
          label="Days that notifications are kept"
          name="inboxDays"
          error={error}
          hint="Older ones are deleted from everybody's inbox, read or not. What is snoozed stays."
          input={{ type: "number", value, min, max, required: true, inputmode: "numeric" }}
        />
        <div class="form-actions">
          <Button>Save</Button>
        </div>
      </form>
    </section>
  );
}
