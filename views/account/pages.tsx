/** Signing up and signing in, and what to do when a form came without a session. */

import { limits, type Role } from "../../actors/mod.ts";
import {
  Button,
  CsrfInput,
  ErrorSummary,
  Field,
  HiddenFields,
  LinkButton,
} from "../parts/components.tsx";
import type { Page } from "../parts/page.ts";
import { AuthLayout, Layout } from "../shell/layout.tsx";

/** What is wrong with each field. */
type Errors = Readonly<Record<string, string>>;

const PASSWORD_HINT = `${limits.passwordUnitsMin} characters or more. A few random words are good.`;

/** The form to sign in. */
export function SignInPage(props: {
  page: Page;
  email: string;
  /** Where to go on to. */
  next: string;
  errors?: Errors | undefined;
  /** Why it did not work, when no field is to blame. */
  problem?: { title: string; text?: string } | undefined;
  isSignUpOpen: boolean;
}) {
  const { email, next, errors, problem } = props;
  return (
    <AuthLayout page={props.page} title="Sign in">
      <form class="form" method="post" action="/signin">
        <Problem problem={problem} errors={errors} />
        {next !== "/" && <input type="hidden" name="next" value={next} />}
        <Field
          label="E-mail address"
          name="email"
          error={errors?.email}
          input={{
            type: "email",
            value: email,
            autocomplete: "username",
            required: true,
            autofocus: email === "",
            maxlength: limits.emailUnitsMax,
          }}
        />
        <Field
          label="Password"
          name="password"
          error={errors?.password}
          input={{
            type: "password",
            autocomplete: "current-password",
            required: true,
            maxlength: limits.passwordUnitsMax,
          }}
        />
        <Button kind="primary">Sign in</Button>
      </form>
      {props.isSignUpOpen && (
        <p>
          New here? <a href="/signup">Make an account</a>
        </p>
      )}
    </AuthLayout>
  );
}

/** What a sign-up form shows. */
export interface SignUpProps {
  page: Page;
  role: Role;
  /** How the person came, to be sent along with the form. */
  tokens: { setup?: string | undefined; invitation?: string | undefined };
  name: string;
  email: string;
  errors?: Errors | undefined;
  problem?: { title: string; text?: string } | undefined;
}

/** The form to make an account. */
export function SignUpPage(props: SignUpProps) {
  const { tokens, errors, problem } = props;
  const isSetup = Boolean(tokens.setup);
  return (
    <AuthLayout page={props.page} title={isSetup ? "Set up the suite" : "Make an account"}>
      <p class="muted">
        {isSetup ? "The first account is the administrator's." : roleText(props.role)}
      </p>
      <form class="form" method="post" action="/signup">
        <Problem problem={problem} errors={errors} />
        {Object.entries(tokens).map(
          ([name, value]) => value && <input type="hidden" name={name} value={value} />,
        )}
        <input type="hidden" name="timeZone" data-own-time-zone />
        <Field
          label="Name"
          name="name"
          error={errors?.name}
          hint="As others will see it."
          input={{ value: props.name, autocomplete: "name", required: true, dir: "auto" }}
        />
        <Field
          label="E-mail address"
          name="email"
          error={errors?.email}
          input={{
            type: "email",
            value: props.email,
            autocomplete: "username",
            required: true,
            maxlength: limits.emailUnitsMax,
          }}
        />
        <NewPasswordField label="Password" error={errors?.password} />
        <Button kind="primary">{isSetup ? "Make the account" : "Sign up"}</Button>
      </form>
      {!isSetup && (
        <p>
          Do you have an account? <a href="/signin">Sign in</a>
        </p>
      )}
    </AuthLayout>
  );
}

/** Takes the focus, so that whoever does not see the page hears that something is wrong. */
function Problem(props: {
  problem?: { title: string; text?: string } | undefined;
  errors?: Errors | undefined;
}) {
  if (props.problem) return <ErrorSummary {...props.problem} />;
  if (props.errors) return <ErrorSummary title="Not quite" text="Look at what is marked below." />;
  return null;
}

/** Where a new password is chosen. It is never sent back to be shown. */
export function NewPasswordField(props: { label: string; error?: string | undefined }) {
  return (
    <Field
      label={props.label}
      name="password"
      error={props.error}
      hint={props.error ? undefined : PASSWORD_HINT}
      input={{
        type: "password",
        autocomplete: "new-password",
        required: true,
        minlength: limits.passwordUnitsMin,
        maxlength: limits.passwordUnitsMax,
      }}
    />
  );
}

function roleText(role: Role): string {
  if (role === "administrator") return "You are invited as an administrator.";
  if (role === "guest") return "You are invited as a guest: you see what is shared with you.";
  return "You will be a member of this suite.";
}

/** Why an account cannot be made now. */
export type ClosedReason = "not_set_up" | "by_invitation" | "link_is_dead" | "signed_in";

const CLOSED: Record<ClosedReason, { title: string; text: string }> = {
  not_set_up: {
    title: "Not set up yet",
    text:
      "Nobody has an account here. Whoever started the server finds a link in what it printed; " +
      "it makes the administrator's account. A new link is printed with every start.",
  },
  by_invitation: {
    title: "By invitation",
    text: "Ask an administrator of this suite for an invitation link.",
  },
  link_is_dead: {
    title: "This link does not work anymore",
    text: "It was used, withdrawn, or is too old. Ask whoever gave it to you for a new one.",
  },
  signed_in: {
    title: "You have an account",
    text: "You are signed in. To make another account, sign out first.",
  },
};

/** Says how to get in when one cannot sign up right now. */
export function NoWayInPage(props: { page: Page; reason: ClosedReason }) {
  const { title, text } = CLOSED[props.reason];
  const isSignedIn = props.reason === "signed_in";
  return (
    <AuthLayout page={props.page} title={title}>
      <p>{text}</p>
      {props.reason !== "not_set_up" && (
        <LinkButton href={isSignedIn ? "/" : "/signin"}>
          {isSignedIn ? "Go to the suite" : "Sign in"}
        </LinkButton>
      )}
    </AuthLayout>
  );
}

/** Keeps what was typed in a form that came without a session, or from before the last sign-in. */
export function SendAgainPage(props: {
  page: Page;
  reason: "stale" | "signed_out";
  action: string;
  fields: readonly (readonly [string, string])[];
}) {
  const { page, reason, action, fields } = props;
  const title = reason === "stale" ? "Send it once more" : "You were signed out";
  const Frame = page.viewer || page.partial ? Layout : AuthLayout;
  return (
    <Frame page={page} title={title}>
      <p>
        {reason === "stale"
          ? "This form is from before you last signed in, so it was not accepted yet."
          : "Your session has ended, so this was not accepted yet."}{" "}
        What you typed is kept on this page.
      </p>
      {reason === "signed_out" && (
        <p>
          <SignInElsewhere />, then come back and send it again.
        </p>
      )}
      <form class="form" method="post" action={action} hx-boost="false">
        <CsrfInput token={page.csrfToken} />
        <HiddenFields fields={fields} />
        <div class="form-actions">
          <Button kind="primary">Send again</Button>
        </div>
      </form>
    </Frame>
  );
}

/** What somebody sees whose form is too large to be kept on a page: the browser has it still. */
export function ReloadPage(props: { page: Page; reason: "stale" | "signed_out" }) {
  const { page, reason } = props;
  const title = reason === "stale" ? "Send it once more" : "You were signed out";
  const Frame = page.viewer || page.partial ? Layout : AuthLayout;
  return (
    <Frame page={page} title={title}>
      <p>
        {reason === "stale"
          ? "This form is from before you last signed in, so it was not accepted yet."
          : "Your session has ended, so this was not accepted yet."}{" "}
        It is too long to be kept on this page, but your browser still has what you typed.
      </p>
      {reason === "signed_out" && (
        <p>
          <SignInElsewhere />, then come back and reload this page. When your browser asks, let it
          send the form again.
        </p>
      )}
      {reason === "stale" && <p>Go back, copy the text, and send it from a new page.</p>}
    </Frame>
  );
}

function SignInElsewhere() {
  return (
    <a href="/signin" target="_blank" rel="noopener" hx-boost="false">
      Sign in in a new tab
    </a>
  );
}
