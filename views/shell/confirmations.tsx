/**
 * Actions that cannot be undone, and what is asked before them. A script asks in a dialog of the browser;
 * without one the server asks, on a page of its own. An action listed here cannot be reached unasked.
 */

import { Button, CsrfInput, HiddenFields, LinkButton } from "../parts/components.tsx";
import type { Page } from "../parts/page.ts";
import { Layout } from "./layout.tsx";

/** What is asked before an action. */
export interface Confirmation {
  /** The route of the action. */
  path: string;
  question: string;
  /** What it means to go on. */
  consequence: string;
  /** What the button says that goes on. */
  label: string;
  /** Where one goes on who does not want to; the page of what the action is about where it is not given. */
  cancel?: string;
}

const CONFIRMATIONS = {
  purge: {
    path: "/notes/:id/purge",
    question: "Delete this note for good?",
    consequence: "This cannot be undone.",
    label: "Delete for good",
  },
  leave: {
    path: "/notes/:id/leave",
    question: "Remove this note from your list?",
    consequence: "Only its owner can share it with you again.",
    label: "Remove from my list",
  },
  discardEvent: {
    path: "/ops/events/discard",
    question: "Discard this event?",
    consequence: "People are never told what it says, and it cannot be replayed.",
    label: "Discard",
    cancel: "/ops",
  },
} as const satisfies Record<string, Confirmation>;

/** The name of an action that asks first. */
export type ConfirmationId = keyof typeof CONFIRMATIONS;

/** All of them. */
export const confirmations: readonly Confirmation[] = Object.values(CONFIRMATIONS);

/** The field of a form that says the person was asked. The script sets it, too. */
export const CONFIRMED_FIELD = "confirmed";

/** The attribute of a button that asks before it sends its form. */
export function confirmFirst(id: ConfirmationId): { "data-confirm": string } {
  const { question, consequence } = CONFIRMATIONS[id];
  return { "data-confirm": `${question} ${consequence}` };
}

/** Asks, with the form as it came. */
export function ConfirmPage(props: {
  page: Page;
  confirmation: Confirmation;
  /** Where the form goes. */
  action: string;
  fields: readonly (readonly [string, string])[];
  /** Where one goes on who does not want to. */
  cancel: string;
}) {
  const { page, confirmation, action, fields, cancel } = props;
  return (
    <Layout page={page} title={confirmation.question}>
      <form class="form" method="post" action={action}>
        <p>{confirmation.consequence}</p>
        <CsrfInput token={page.csrfToken} />
        <HiddenFields fields={[...fields, [CONFIRMED_FIELD, "1"]]} />
        <div class="form-actions">
          <Button kind="danger">{confirmation.label}</Button>
          <LinkButton href={cancel}>Cancel</LinkButton>
        </div>
      </form>
    </Layout>
  );
}
