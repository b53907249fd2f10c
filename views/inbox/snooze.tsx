/** For how long something stays out of the way: a few usual times, and any other. */

import { CsrfInput, Field, IconButton } from "../parts/components.tsx";
import { Icon } from "../parts/icons.tsx";
import type { Page } from "../parts/page.ts";
import { Layout } from "../shell/layout.tsx";

/** A usual time. */
export interface SnoozeChoice {
  label: string;
  /** Milliseconds since 1970. */
  at: number;
  /** The time in words, where the reader is. */
  when: string;
}

/** What the choice needs. */
export interface SnoozeProps {
  page: Page;
  /** The entries it is about. */
  ids: readonly string[];
  /** What they are called. */
  about: string;
  /** Where one goes on. */
  next: string;
  choices: readonly SnoozeChoice[];
  /** What is in the field for another time, and what is wrong with it. */
  other: { value: string; error?: string | undefined };
}

/** The choice as a page; its inner part is also the layer that `s` opens. */
export function SnoozePage(props: SnoozeProps) {
  return (
    <Layout
      page={props.page}
      title="Snooze"
      breadcrumb={[
        { href: props.next.startsWith("/inbox") ? props.next : "/inbox", label: "Inbox" },
      ]}
    >
      <div data-layer>
        <Choice {...props} />
      </div>
    </Layout>
  );
}

function Choice(props: SnoozeProps) {
  const { about, choices, other, page } = props;
  return (
    <div class="snooze">
      <form method="dialog" class="sheet-head">
        <p class="strong">Snooze</p>
        <IconButton icon="close" label="Close" />
      </form>
      <p class="snooze-about muted" dir="auto">
        {about}
      </p>
      <form method="post" action="/inbox/snooze" class="snooze-choices">
        <About {...props} />
        {choices.map(({ label, at, when }, index) => (
          <button
            type="submit"
            name="until"
            value={at}
            autofocus={index === 0 && other.error === undefined}
          >
            <Icon name="clock" />
            <span>{label}</span>
            <span class="muted">{when}</span>
          </button>
        ))}
      </form>
      <form method="post" action="/inbox/snooze" class="snooze-other" novalidate>
        <About {...props} />
        <Field
          label="Until another time"
          name="other"
          error={other.error}
          hint={`In ${page.viewer?.timeZone.replaceAll("_", " ") ?? "UTC"}`}
          input={{
            type: "datetime-local",
            value: other.value,
            required: true,
            autofocus: other.error !== undefined,
          }}
        />
        <button type="submit" class="button plain">
          Snooze
        </button>
      </form>
    </div>
  );
}

function About({ page, ids, next }: SnoozeProps) {
  return (
    <>
      <CsrfInput token={page.csrfToken} />
      <input type="hidden" name="next" value={next} />
      {ids.map((id) => (
        <input type="hidden" name="id" value={id} />
      ))}
    </>
  );
}
