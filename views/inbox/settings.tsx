/** What one wants to be told, by which ways, and when not. */

import type { Child } from "hono/jsx";
import {
  type EmailPace,
  type InboxPreferences,
  type KindPreference,
  type NotificationKind,
  notificationKind,
  notificationKinds,
  preferenceFor,
} from "../../actors/mod.ts";
import { SettingsTabs } from "../account/settings.tsx";
import {
  Button,
  CheckboxField,
  CsrfInput,
  ErrorSummary,
  Field,
  Time,
} from "../parts/components.tsx";
import type { Page } from "../parts/page.ts";
import { Layout } from "../shell/layout.tsx";
import { notificationTitle, notificationWords } from "./words.tsx";

/** Something one hears no more of. */
export interface MutedThing {
  subject: string;
  title: string;
  at: number;
}

/** What the form holds: what is saved, or what was typed and refused. */
export interface PreferenceValues {
  kinds: InboxPreferences["kinds"];
  quiet: boolean;
  /** Times of the day as a field has them, such as `22:00`. */
  quietFrom: string;
  quietUntil: string;
  digest: string;
}

/** What the page shows. */
export interface NotificationSettingsProps {
  page: Page;
  values: PreferenceValues;
  errors?: Readonly<Record<string, string>>;
  mutes: readonly MutedThing[];
  /** What belongs to the devices of the person. */
  devices?: Child;
}

/** The page at `/settings/notifications`. */
export function NotificationSettingsPage(props: NotificationSettingsProps) {
  return (
    <Layout page={props.page} title="Settings">
      <SettingsTabs current="notifications" />
      <Preferences {...props} />
      {props.devices}
      <Mutes {...props} />
    </Layout>
  );
}

/** The kinds that somebody can be told of. */
export function kindsFor(page: Pick<Page, "viewer">): NotificationKind[] {
  const kinds = Object.keys(notificationKinds) as NotificationKind[];
  const isAdministrator = page.viewer?.role === "administrator";
  return kinds.filter((kind) => isAdministrator || !notificationKind(kind).forAdministrators);
}

function Preferences(props: NotificationSettingsProps) {
  const { page, values, errors } = props;
  return (
    <section class="account-section" aria-labelledby="notification-kinds">
      <h2 id="notification-kinds">What you hear of</h2>
      <form class="notification-form" method="post" action="/settings/notifications">
        <CsrfInput token={page.csrfToken} />
        {errors && <ErrorSummary title="Not saved" text="Look at what is marked below." />}
        <table class="kinds">
          <thead>
            <tr>
              <th scope="col">Kind</th>
              <th scope="col">Inbox</th>
              <th scope="col">On open pages</th>
              <th scope="col">Web push</th>
              <th scope="col">E-mail</th>
            </tr>
          </thead>
          <tbody>
            {kindsFor(page).map((kind) => (
              <KindRow
                kind={kind}
                preference={preferenceFor({ ...NO_PREFERENCES, kinds: values.kinds }, kind)}
              />
            ))}
          </tbody>
        </table>
        <p class="muted">
          What does not come into the inbox is not told by any other way either. An e-mail is sent
          only while something is still unread.
        </p>
        <Times {...props} />
        <div class="form-actions">
          <Button kind="primary">Save</Button>
        </div>
      </form>
    </section>
  );
}

const NO_PREFERENCES: InboxPreferences = {
  kinds: {},
  quietHours: undefined,
  digestMinutes: 0,
};

const WAYS = [
  { way: "inbox", label: "Inbox" },
  { way: "toast", label: "On pages" },
  { way: "push", label: "Push" },
] as const;

const PACES: readonly { pace: EmailPace; label: string }[] = [
  { pace: "now", label: "At once" },
  { pace: "daily", label: "Daily" },
  { pace: "never", label: "Never" },
];

function KindRow(props: { kind: NotificationKind; preference: KindPreference }) {
  const { kind, preference } = props;
  const { label } = notificationWords(kind);
  const id = `kind-${kind.replace(".", "-")}`;
  return (
    <tr>
      <th scope="row" id={id}>
        {label}
      </th>
      {WAYS.map(({ way, label: wayLabel }) => (
        <td>
          <label class="kind-way">
            <span class="unseen" aria-hidden="true">
              {wayLabel}
            </span>
            <input
              type="checkbox"
              name={`${kind}.${way}`}
              checked={preference[way]}
              aria-label={`${label}: ${wayLabel}`}
            />
          </label>
        </td>
      ))}
      <td>
        <label class="kind-pace">
          <span class="unseen" aria-hidden="true">
            E-mail
          </span>
          <select name={`${kind}.email`} aria-label={`${label}: e-mail`}>
            {PACES.map(({ pace, label: paceLabel }) => (
              <option value={pace} selected={pace === preference.email}>
                {paceLabel}
              </option>
            ))}
          </select>
        </label>
      </td>
    </tr>
  );
}

function Times({ page, values, errors }: NotificationSettingsProps) {
  const zone = page.viewer?.timeZone.replaceAll("_", " ") ?? "UTC";
  return (
    <>
      <fieldset class="notification-times">
        <legend>Quiet hours</legend>
        <CheckboxField
          label="Send nothing to my devices and mailbox at night"
          name="quiet"
          checked={values.quiet}
          hint="It waits until the quiet hours are over. The inbox itself goes on, and what is urgent comes through."
        />
        <div class="time-fields">
          <TimeField label="From" name="quietFrom" value={values.quietFrom} errors={errors} />
          <TimeField label="Until" name="quietUntil" value={values.quietUntil} errors={errors} />
        </div>
      </fieldset>
      <div class="time-fields">
        <TimeField label="Daily e-mail at" name="digest" value={values.digest} errors={errors} />
      </div>
      <p class="muted">
        Times are in {zone}, your <a href="/settings#timeZone">time zone</a>.
      </p>
    </>
  );
}

function TimeField(props: {
  label: string;
  name: "quietFrom" | "quietUntil" | "digest";
  value: string;
  errors: NotificationSettingsProps["errors"];
}) {
  const { label, name, value, errors } = props;
  return <Field label={label} name={name} error={errors?.[name]} input={{ type: "time", value }} />;
}

function Mutes({ page, mutes }: NotificationSettingsProps) {
  return (
    <section class="account-section" aria-labelledby="notification-mutes">
      <h2 id="notification-mutes">Muted</h2>
      {mutes.length === 0 ? (
        <p class="muted">
          Nothing. Mute a single note from its line in the inbox, with M: it is listed here then.
        </p>
      ) : (
        <ul class="account-rows">
          {mutes.map((muted) => (
            <li class="account-row">
              <div class="account-row-text">
                <p class="strong" dir="auto">
                  {notificationTitle(muted)}
                </p>
                <p class="muted">
                  muted <Time at={muted.at} now={page.now} page={page} />
                </p>
              </div>
              <form method="post" action="/inbox/unmute">
                <CsrfInput token={page.csrfToken} />
                <input type="hidden" name="next" value="/settings/notifications" />
                <input type="hidden" name="subject" value={muted.subject} />
                <Button attributes={{ "aria-label": `Unmute ${notificationTitle(muted)}` }}>
                  Unmute
                </Button>
              </form>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
