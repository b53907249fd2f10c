/** The settings of one person. */

import type { Account, Session, Theme } from "../../actors/mod.ts";
import { limits } from "../../actors/mod.ts";
import {
  Badge,
  Button,
  CheckboxField,
  CsrfInput,
  ErrorSummary,
  Field,
  LinkButton,
  SelectField,
  Time,
} from "../parts/components.tsx";
import type { Page } from "../parts/page.ts";
import { Layout } from "../shell/layout.tsx";
import { NewPasswordField } from "./pages.tsx";
import { KeptList } from "./sign_out.tsx";

/** One choice of a list. */
interface Option {
  value: string;
  label: string;
}

type Errors = Readonly<Record<string, string>>;

/** What the page shows. */
export interface SettingsProps {
  page: Page;
  viewer: Account;
  /** What the form holds: what is saved, or what was typed and refused. */
  values: Pick<Account, "name" | "timeZone" | "language" | "shortcuts"> & { theme: string };
  errors?: Errors;
  passwordErrors?: Errors;
  passwordProblem?: { title: string; text: string };
  sessions: readonly Session[];
  currentSessionId: string;
  languages: readonly Option[];
  timeZones: readonly Option[];
}

/** The page. */
export function SettingsPage(props: SettingsProps) {
  return (
    <Layout page={props.page} title="Settings">
      <SettingsTabs current="account" />
      <ProfileSection {...props} />
      <PasswordSection {...props} />
      <SessionsSection {...props} />
      <BrowserSection />
    </Layout>
  );
}

const TABS = [
  { name: "account", href: "/settings", label: "You" },
  { name: "notifications", href: "/settings/notifications", label: "Notifications" },
] as const;

/** The pages of settings. */
export function SettingsTabs(props: { current: (typeof TABS)[number]["name"] }) {
  return (
    <nav class="tabs settings-tabs" aria-label="Settings">
      {TABS.map(({ name, href, label }) => (
        <a href={href} {...(name === props.current ? { "aria-current": "page" } : {})}>
          {label}
        </a>
      ))}
    </nav>
  );
}

const THEMES: readonly { value: Theme; label: string }[] = [
  { value: "system", label: "As the device has it" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
];

/** The theme and the shortcuts belong to the shell, so the whole page comes again after saving. */
function ProfileSection({ page, values, errors, viewer, languages, timeZones }: SettingsProps) {
  return (
    <section class="account-section" aria-labelledby="settings-profile">
      <h2 id="settings-profile">You and how things look</h2>
      <form class="form" method="post" action="/settings" hx-boost="false">
        <CsrfInput token={page.csrfToken} />
        {errors && <ErrorSummary title="Not saved" text="Look at what is marked below." />}
        <Field
          label="Name"
          name="name"
          error={errors?.name}
          hint={`As others see it. You sign in as ${viewer.email}.`}
          input={{
            value: values.name,
            autocomplete: "name",
            required: true,
            dir: "auto",
            maxlength: limits.nameUnitsMax,
          }}
        />
        <SelectField
          label="Time zone"
          name="timeZone"
          value={values.timeZone}
          options={timeZones}
          error={errors?.timeZone}
        />
        <SelectField
          label="Dates and numbers"
          name="language"
          value={values.language}
          options={languages}
          error={errors?.language}
          hint="How dates and numbers are written. The suite itself speaks English."
        />
        <SelectField
          label="Theme"
          name="theme"
          value={values.theme}
          options={THEMES}
          error={errors?.theme}
        />
        <CheckboxField
          label="Shortcuts of a single key"
          name="shortcuts"
          checked={values.shortcuts}
          hint="Such as J, K and C. Switch them off if they get in the way of how you type or speak."
        />
        <div class="form-actions">
          <Button kind="primary">Save</Button>
        </div>
      </form>
    </section>
  );
}

function PasswordSection({ page, viewer, passwordErrors, passwordProblem }: SettingsProps) {
  return (
    <section class="account-section" aria-labelledby="settings-password">
      <h2 id="settings-password">Password</h2>
      <p class="muted">A new one signs out all your other browsers.</p>
      <form class="form" method="post" action="/settings/password">
        <CsrfInput token={page.csrfToken} />
        {passwordProblem && <ErrorSummary {...passwordProblem} />}
        {passwordErrors && (
          <ErrorSummary title="Not changed" text="Look at what is marked below." />
        )}
        {/* Tells password managers whose password it is. */}
        <input type="text" name="username" value={viewer.email} autocomplete="username" hidden />
        <Field
          label="Current password"
          name="currentPassword"
          error={passwordErrors?.currentPassword}
          input={{
            type: "password",
            autocomplete: "current-password",
            required: true,
            maxlength: limits.passwordUnitsMax,
          }}
        />
        <NewPasswordField label="New password" error={passwordErrors?.password} />
        <div class="form-actions">
          <Button>Change password</Button>
        </div>
      </form>
    </section>
  );
}

function SessionsSection({ page, sessions, currentSessionId }: SettingsProps) {
  return (
    <section class="account-section" aria-labelledby="settings-sessions">
      <h2 id="settings-sessions">Where you are signed in</h2>
      <form method="post" action="/settings/sessions/others/end">
        <CsrfInput token={page.csrfToken} />
        <ul class="account-rows">
          {sessions.map((session) => (
            <SessionRow page={page} session={session} isCurrent={session.id === currentSessionId} />
          ))}
        </ul>
        {sessions.length > 1 && (
          <div class="form-actions">
            <Button>Sign out everywhere else</Button>
          </div>
        )}
      </form>
    </section>
  );
}

function BrowserSection() {
  return (
    <section class="account-section" aria-labelledby="settings-browser">
      <h2 id="settings-browser">What this browser keeps</h2>
      <KeptList />
      <div class="form-actions">
        <LinkButton href="/signout">Sign out and clear this browser</LinkButton>
      </div>
    </section>
  );
}

function SessionRow(props: { page: Page; session: Session; isCurrent: boolean }) {
  const { page, session, isCurrent } = props;
  const label = `Sign out ${session.device}, ${session.address}`;
  return (
    <li class="account-row">
      <div class="account-row-text">
        <p class="strong">
          {session.device} {isCurrent && <Badge tone="ok">This browser</Badge>}
        </p>
        <p class="muted">
          {session.address} · last used <Time at={session.lastUsedAt} now={page.now} page={page} />{" "}
          · signed in <Time at={session.createdAt} now={page.now} page={page} />
        </p>
      </div>
      {!isCurrent && (
        <Button
          attributes={{ formaction: `/settings/sessions/${session.id}/end`, "aria-label": label }}
        >
          Sign out
        </Button>
      )}
    </li>
  );
}
