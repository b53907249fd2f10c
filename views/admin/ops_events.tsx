/** How events get on: what waits in outboxes, what could not be handled, and what chores leave out. */

import type { ParkedEvent } from "../../actors/mod.ts";
import { Badge, Button, CsrfInput, readerOf, Time } from "../parts/components.tsx";
import type { Page } from "../parts/page.ts";
import { formatNumber } from "../parts/times.ts";
import { confirmFirst } from "../shell/confirmations.tsx";

/** What the section shows. */
export interface OpsEventsProps {
  page: Page;
  /** Undefined while the database cannot be asked. */
  events: OpsEventsReport | undefined;
}

/** How the outboxes, the parked events and the chores of a node are. */
export interface OpsEventsReport {
  outboxes: readonly { name: string; oldestAt: number | undefined; waiting: number }[];
  parked: { waiting: number; setAside: number };
  /** Some of them, those that were set aside first. */
  events: readonly ParkedEvent[];
  sweeps: readonly OpsSweep[];
}

interface OpsSweep {
  name: string;
  failing: number;
  examples: readonly { key: string; failures: number; error: string; dueAt: number }[];
}

/** The sections "Events" and "Chores". */
export function OpsEvents({ page, events }: OpsEventsProps) {
  return (
    <>
      <section aria-labelledby="ops-events">
        <h2 id="ops-events">Events</h2>
        {events ? (
          <EventReport page={page} report={events} />
        ) : (
          <p class="muted">The database cannot be asked at the moment.</p>
        )}
      </section>
      {events && <Chores page={page} sweeps={events.sweeps} />}
    </>
  );
}

function EventReport({ page, report }: { page: Page; report: OpsEventsReport }) {
  const number = (value: number) => formatNumber(value, readerOf(page).language);
  const { outboxes, parked, events } = report;
  return (
    <>
      {outboxes.map(({ name, oldestAt, waiting }) => (
        <p class="muted">
          Outbox “{name}”:{" "}
          {oldestAt === undefined ? (
            "empty"
          ) : (
            <>
              {number(waiting)} waiting, the oldest since{" "}
              <Time at={oldestAt} now={page.now} page={page} />
            </>
          )}
        </p>
      ))}
      <p class="muted">
        {number(parked.setAside)} set aside · {number(parked.waiting)} waiting for another try
      </p>
      {parked.setAside > 1 && (
        <form method="post" action="/ops/events/replay">
          <CsrfInput token={page.csrfToken} />
          <input type="hidden" name="event" value="all" />
          <Button>Replay all that were set aside</Button>
        </form>
      )}
      <ul class="ops-parked">
        {events.map((event) => (
          <Parked page={page} event={event} />
        ))}
      </ul>
    </>
  );
}

function Parked({ page, event }: { page: Page; event: ParkedEvent }) {
  const { number, group, id, failures, error, since, state, dueAt } = event;
  const isSetAside = state === "set_aside";
  return (
    <li id={`parked-${number}`} class={isSetAside ? "set-aside" : undefined}>
      <div>
        <p>
          <strong>{event.event?.type ?? "Unreadable"}</strong> for <code>{group}</code>{" "}
          <Badge tone={isSetAside ? "danger" : "warning"}>
            {failures === 1 ? "1 failure" : `${failures} failures`}
          </Badge>
        </p>
        <p>
          <code>{id}</code>
        </p>
        <p class="ops-message">{error}</p>
        <p class="muted">
          Since <Time at={since} now={page.now} page={page} />
          {!isSetAside && (
            <>
              , tried again <Time at={dueAt} now={page.now} page={page} />
            </>
          )}
        </p>
      </div>
      <div class="ops-actions">
        <EventForm
          page={page}
          action="replay"
          event={event}
          label={isSetAside ? "Replay" : "Try now"}
        />
        {isSetAside && <EventForm page={page} action="discard" event={event} label="Discard" />}
      </div>
    </li>
  );
}

/** A button says what it is about to those who do not see where it stands. */
function EventForm(props: {
  page: Page;
  action: "replay" | "discard";
  event: ParkedEvent;
  label: string;
}) {
  const { page, action, event, label } = props;
  return (
    <form method="post" action={`/ops/events/${action}`}>
      <CsrfInput token={page.csrfToken} />
      <input type="hidden" name="event" value={event.number} />
      <Button
        kind={action === "discard" ? "danger" : "plain"}
        attributes={action === "discard" ? confirmFirst("discardEvent") : {}}
      >
        {label}
        <span class="unseen"> {event.id}</span>
      </Button>
    </form>
  );
}

// -------------------------------------------------------------------------------------- chores

function Chores({ page, sweeps }: { page: Page; sweeps: readonly OpsSweep[] }) {
  const number = (value: number) => formatNumber(value, readerOf(page).language);
  const failing = sweeps.filter((sweep) => sweep.failing > 0);
  return (
    <section aria-labelledby="ops-chores">
      <h2 id="ops-chores">Chores</h2>
      {failing.length === 0 && <p class="muted">Nothing is left undone on this node.</p>}
      {failing.map(({ name, failing: count, examples }) => (
        <>
          <p>
            <Badge tone="warning">{number(count)}</Badge> {name}: left for later
          </p>
          <ul class="ops-letters">
            {examples.map(({ key, failures, error, dueAt }) => (
              <li>
                <p>
                  <code>{key}</code> failed {number(failures)} {failures === 1 ? "time" : "times"},
                  tried again{" "}
                  <span class="muted">
                    <Time at={dueAt} now={page.now} page={page} />
                  </span>
                </p>
                <p class="ops-message">{error}</p>
              </li>
            ))}
          </ul>
        </>
      ))}
    </section>
  );
}
