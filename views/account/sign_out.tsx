/** Signing out, and what stays in the browser when one does. */

import { Button, CsrfInput } from "../parts/components.tsx";
import type { Page } from "../parts/page.ts";
import { Layout } from "../shell/layout.tsx";

/** What is known of unsaved text only in the browser; without a script the warning holds. */
const UNSAVED = {
  unknown:
    "If something you typed here could not be saved yet, it is still in this browser. Clearing deletes it for good.",
  none: "There is no unsaved text in this browser.",
  own: "Text that you typed in this browser is not saved yet. Clearing deletes it for good.",
  others:
    "Text that somebody else typed in this browser is not saved yet. Clearing deletes it for good.",
} as const;

/** The page to sign out, leaving things in the browser or clearing it. */
export function SignOutPage({ page }: { page: Page }) {
  return (
    <Layout page={page} title="Sign out">
      <section class="account-section" aria-labelledby="sign-out-kept">
        <h2 id="sign-out-kept">What this browser keeps</h2>
        <KeptList />
        <div
          data-island="kept"
          data-src={page.assets.kept}
          data-user={page.viewer?.id}
          aria-live="polite"
        >
          {Object.entries(UNSAVED).map(([state, text]) => (
            <p
              data-kept={state}
              class={state === "none" ? "muted" : "strong"}
              hidden={state !== "unknown"}
            >
              {text}
            </p>
          ))}
          <ul data-kept-notes />
        </div>
        <form method="post" action="/signout" hx-boost="false" class="form-actions">
          <CsrfInput token={page.csrfToken} />
          <Button kind="primary">Sign out</Button>
          <Button kind="danger" attributes={{ formaction: "/signout?clear=on" }}>
            Sign out and clear this browser
          </Button>
        </form>
      </section>
    </Layout>
  );
}

/** In plain words, also for the settings. */
export function KeptList() {
  return (
    <>
      <p class="muted">
        Pages and notes are not kept; they are fetched anew each time. After you sign out, this
        stays until you clear it or sign in again:
      </p>
      <ul class="account-points">
        <li>Text that you typed and that could not be saved yet, so that no words get lost.</li>
        <li>
          That you want to be notified on this device, and the small program that shows
          notifications. Nothing is sent to it while you are signed out.
        </li>
      </ul>
    </>
  );
}
