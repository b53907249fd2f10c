/** Today, ops, errors and the palette. */

import { describe, expect, test } from "bun:test";
import type { ClusterReport, ParkedEvent, SystemReport } from "../actors/mod.ts";
import { noteEvent } from "../tests/support/events.ts";
import { listed, pageFor, render } from "../tests/support/pages.ts";
import { MONDAY_MORNING, person } from "../tests/support/people.ts";
import { formatDuration, OpsPage } from "./admin/ops.tsx";
import type { OpsEventsReport } from "./admin/ops_events.tsx";
import { HomePage } from "./home/pages.tsx";
import { shortcuts } from "./parts/shortcuts.ts";
import { type Command, findCommands } from "./shell/commands.ts";
import { ErrorPage } from "./shell/errors.tsx";
import { PaletteResults, SearchPage, ShortcutsPage } from "./shell/palette.tsx";

const grace = person("Grace Hopper");
const people = new Map([[grace.id, grace]]);

describe("HomePage", () => {
  test.each([
    [2, "evening"],
    [9, "morning"],
    [15, "afternoon"],
    [21, "evening"],
  ])("greets by the viewer's clock: at %p it is %p", async (hour, part) => {
    const page = pageFor({ now: Date.UTC(2026, 10, 23, hour) });
    const html = await render(
      <HomePage
        page={page}
        waiting={[]}
        recent={[]}
        shared={[]}
        people={people}
        presence={new Map()}
      />,
    );
    expect(html).toContain(`>Good ${part}, Ada</h1>`);
    expect(html).toContain("A quiet day");
  });

  test("shows one's own notes and what others shared", async () => {
    const mine = listed("Mine");
    const theirs = listed("Theirs", { ownerId: grace.id, role: "read" });
    const presence = new Map([[theirs.id, [grace]]]);
    const html = await render(
      <HomePage
        page={pageFor()}
        waiting={[]}
        recent={[mine]}
        shared={[theirs]}
        people={people}
        presence={presence}
      />,
    );
    expect(html).toMatch(/Your notes[\s\S]*>Mine<[\s\S]*Shared with you[\s\S]*>Theirs</);
    expect(html).toContain("Here now");
    expect(html).toContain('data-topics="notes inbox"');
  });
});

const report: SystemReport = {
  uptimeMs: 93_784_000,
  residentBytes: 412_000_000,
  isDraining: true,
  kinds: [
    {
      kind: "document",
      live: 1_200,
      loading: 0,
      restarting: 0,
      quarantined: 1,
      leaving: 0,
      waiting: 3,
      waitingMax: 2,
      subscribed: 4,
      operations: 10,
      overloads: 0,
      turns: 9,
      turnMs: { turns: 9, p50: 0.25, p99: 12.6, max: 14 },
      commits: 5,
      batchesPerCommit: 1.5,
      restarts: 2,
      passivations: 1,
    },
  ],
  quarantined: [{ address: "document:01J", message: "<b>boom", crashes: 5, since: MONDAY_MORNING }],
  busiest: [{ address: "document:01K", waiting: 2, turns: 3, lastTurnMs: 0.1, idleMs: 0 }],
  deadLetters: {
    counts: { busy: 2 },
    recent: [
      {
        at: MONDAY_MORNING,
        address: "document:01J",
        reason: "busy",
        operation: "edit",
        message: "Cannot deliver: full",
      },
    ],
  },
};

const node = {
  loop: {
    stalls: 2,
    worstMs: 81,
    waits: 1,
    recent: [{ ms: 90, workMs: 81, cause: "document edit 80 ms", at: MONDAY_MORNING }],
  },
  workers: { workers: 2, running: 1, waiting: 0, done: 7, ended: 1, refused: 3 },
};

const parkedEvent: ParkedEvent = {
  ...{
    number: 7,
    group: "inbox",
    id: "document.shared:1",
    state: "set_aside",
    failures: 12,
    unsettled: 0,
  },
  ...{ error: "Error: <i>boom", since: MONDAY_MORNING, dueAt: MONDAY_MORNING },
  event: noteEvent("document.shared:1", { type: "document.shared" }),
};
const events: OpsEventsReport = {
  outboxes: [{ name: "document", oldestAt: MONDAY_MORNING - 600_000, waiting: 1_234 }],
  parked: { waiting: 1, setAside: 2 },
  events: [parkedEvent, { ...parkedEvent, number: 8, state: "waiting", event: undefined }],
  sweeps: [
    { name: "quiet", failing: 0, examples: [] },
    {
      ...{ name: "trash", failing: 3 },
      examples: [{ key: "document:1", failures: 2, error: "No", dueAt: MONDAY_MORNING }],
    },
  ],
};

describe("OpsPage", () => {
  test("shows what waits in outboxes and what was set aside, with what can be done", async () => {
    const html = await render(
      <OpsPage page={pageFor()} report={report} events={events} {...node} />,
    );
    expect(html).toMatch(/1,234\s*(?:<!-- -->)?\s*waiting, the oldest since/);
    expect(html).toContain("document.shared</strong>");
    expect(html).toContain("&lt;i&gt;boom");
    expect(html).toContain("Unreadable");
    const forms = [...html.matchAll(/action="\/ops\/events\/(\w+)".*?name="event" value="(\w+)"/g)];
    expect(forms.map(([, action, event]) => `${action} ${event}`)).toEqual([
      ...["replay all", "replay 7", "discard 7", "replay 8"],
    ]);
    expect(html).toContain("Try now");
    expect(html).toContain("trash: left for later");
    expect(html).not.toContain("quiet: left for later");
  });

  test("says so where events cannot be asked for", async () => {
    const html = await render(
      <OpsPage page={pageFor()} report={report} events={undefined} {...node} />,
    );
    expect(html).toContain("The database cannot be asked at the moment.");
  });

  test("shows what held the main thread, and how the workers are", async () => {
    const html = await render(
      <OpsPage page={pageFor()} report={report} events={events} {...node} />,
    );
    expect(html).toContain("Stalls: 2, the worst of 81 ms.");
    expect(html).toContain("Waits for the machine: 1.");
    expect(html).toContain("document edit 80 ms");
    expect(html).toMatch(/1\s*(?:<!-- -->)?ended for their time or memory/);
  });

  test("shows the system and releases what is quarantined", async () => {
    const html = await render(
      <OpsPage page={pageFor()} report={report} events={events} {...node} />,
    );
    expect(html).toContain("1 d 2 h");
    expect(html).toContain("412 MB");
    expect(html).toContain("<td>1,200</td>");
    expect(html).toContain("<td>0.25 ms</td>");
    expect(html).toContain("<td>13 ms</td>");
    expect(html).toContain("&lt;b&gt;boom");
    expect(html).toContain('name="address" value="document:01J"');
    expect(html).toContain("busy: 2");
    expect(html).toContain("Leaving");
    expect(html).toContain('hx-trigger="every 2s"');
  });

  test("names the nodes, which of them this is, and what it does not reach", async () => {
    const cluster: ClusterReport = {
      id: "01EAST",
      name: "east",
      standing: "aside",
      seesRegister: false,
      seesTable: false,
      shards: 1_024,
      nodes: [
        { id: "01EAST", name: "east", takesShards: false },
        { id: "01WEST", name: "west", takesShards: true },
      ],
      asks: 0,
      unread: 0,
    };
    const html = await render(
      <OpsPage page={pageFor()} report={report} cluster={cluster} events={events} {...node} />,
    );
    expect(html).toContain("this node");
    expect(html).toContain("<td>1,024</td>");
    expect(html).toContain("aside");
    expect(html).toContain("does not reach Redis and the database");
  });

  test("is calm when there is nothing to see", async () => {
    const nothing = { ...report, quarantined: [], busiest: [], isDraining: false };
    const quiet = { ...nothing, deadLetters: { counts: {}, recent: [] }, residentBytes: 0 };
    const html = await render(
      <OpsPage page={pageFor()} report={quiet} events={events} {...node} />,
    );
    expect(html).toContain("None: everything that was sent has arrived.");
    expect(html).toContain("No actor is live");
    expect(html).toContain("0.0 B");
  });

  test.each([
    [0, "0 s"],
    [999, "0 s"],
    [61_000, "1 min 1 s"],
    [3_600_000, "1 h"],
    [90_061_000, "1 d 1 h"],
  ])("formatDuration(%p) is %p", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe("ErrorPage", () => {
  test("offers to try again what passes, and the way home otherwise", async () => {
    const busy = await render(
      <ErrorPage page={pageFor()} status={503} title="Busy" text="Cannot open note: full." />,
    );
    expect(busy).toMatch(/href="\/notes"[^>]*>[\s\S]*Try again/);
    const missing = await render(
      <ErrorPage page={pageFor()} status={404} title="Nothing here" text="<script>" />,
    );
    expect(missing).not.toContain("Try again");
    expect(missing).not.toContain("<script>");
    expect(missing).toContain("Go to Today");
  });

  test("leads strangers to the door", async () => {
    const page = pageFor({ viewer: undefined });
    const html = await render(<ErrorPage page={page} status={418} title="?" text="?" />);
    expect(html).toMatch(/href="\/signin" class="button primary"/);
  });
});

describe("PaletteResults", () => {
  const nothing = { documents: [], people: [] };

  test("lists notes, people and commands as options with ids", async () => {
    const plans = listed("Plans");
    const html = await render(
      <PaletteResults page={pageFor()} query="" documents={[plans]} people={[grace]} />,
    );
    expect(html).toContain("Recent notes");
    expect(html).toContain(`id="palette-note-${plans.id}" role="option"`);
    expect(html).toContain("Notes with <bdi>Grace Hopper</bdi>");
    expect(html).toMatch(/action="\/notes"[\s\S]*New note/);
  });

  test("finds commands by any of their words, and only those one may use", async () => {
    const found = await render(<PaletteResults page={pageFor()} query="OPS go" {...nothing} />);
    expect(found).toContain("Go to Ops");
    expect(found).not.toContain("Go to Notes");
    const page = pageFor({ viewer: person("Grace") });
    const hidden = await render(<PaletteResults page={page} query="<ops" {...nothing} />);
    expect(hidden).toContain("Nothing found for “&lt;ops”.");
  });
});

describe("findCommands()", () => {
  const { viewer } = pageFor();
  const ids = (commands: readonly Command[]) => commands.map(({ id }) => id);
  const named = (query: string) => ids(findCommands(query, viewer).named);

  test.each([
    ["settings", "settings"],
    ["Sign out", "sign-out"],
    ["log", "sign-out"],
    ["theme", "theme"],
    ["dark", "theme"],
    ["appearance", "theme"],
    ["unread", "unread"],
    ["trash", "trash"],
    ["password", "password"],
    ["new", "create"],
  ])("takes %j for the name of a command", (query, id) => {
    expect(named(query)).toEqual([id]);
  });

  test("takes only its beginning for a name, and lists the rest below", () => {
    const { named, others } = findCommands("note", viewer);
    expect(ids(named)).toEqual(["notes"]);
    expect(ids(others)).toEqual(["create"]);
    expect(findCommands("read", viewer).named).toEqual([]);
  });

  test("lists every command once when nothing is typed", () => {
    const { named, others } = findCommands(" ", viewer);
    expect(named).toEqual([]);
    expect(new Set(ids(others)).size).toBe(others.length);
  });
});

test("PaletteResults lists a command before notes that have its name", async () => {
  const documents = [listed("Settings of the harbor")];
  const html = await render(
    <PaletteResults page={pageFor()} query="settings" documents={documents} people={[]} />,
  );
  expect(html.indexOf("palette-command-settings")).toBeLessThan(html.indexOf("palette-note-"));
  const other = await render(
    <PaletteResults page={pageFor()} query="harbor" documents={documents} people={[]} />,
  );
  expect(other).not.toContain("palette-command-");
});

describe("SearchPage", () => {
  test("is the palette without a script", async () => {
    const found = await render(
      <SearchPage page={pageFor()} query="plans" documents={[listed("Plans")]} people={[]} />,
    );
    expect(found).toContain('action="/search"');
    expect(found).toContain(">Plans</a>");
    const none = await render(
      <SearchPage page={pageFor()} query="plans" documents={[]} people={[]} />,
    );
    expect(none).toContain("Nothing found");
  });
});

test("ShortcutsPage lists every shortcut, and says when single keys are off", async () => {
  const html = await render(<ShortcutsPage page={pageFor()} />);
  for (const { label } of shortcuts) expect(html).toContain(`<dt>${label}</dt>`);
  expect(html).not.toContain("Single keys are off");
  const page = pageFor({ viewer: person("Grace", { shortcuts: false }) });
  expect(await render(<ShortcutsPage page={page} />)).toContain("Single keys are off");
});
