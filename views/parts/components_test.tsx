import { describe, expect, test } from "bun:test";
import { pageFor, render } from "../../tests/support/pages.ts";
import { MONDAY_MORNING, person } from "../../tests/support/people.ts";
import {
  Avatar,
  AvatarStack,
  Button,
  CheckboxField,
  Dialog,
  EmptyState,
  ErrorSummary,
  Field,
  IconButton,
  initials,
  Keys,
  LinkButton,
  Menu,
  personColor,
  SelectField,
  Time,
  Toast,
} from "./components.tsx";

describe("Field", () => {
  test("ties its label, its error and its hint to the input", async () => {
    const html = await render(
      <Field label="Name" name="name" error="Enter a name." hint="As others see it." />,
    );
    expect(html).toContain('<label for="name">Name</label>');
    expect(html).toContain('aria-describedby="name-error name-hint"');
    expect(html).toContain('aria-invalid="true"');
    expect(html).toMatch(/id="name-error">.*Enter a name\./);
    expect(html).toContain('id="name-hint"');
  });

  test("says nothing about errors when there are none", async () => {
    const html = await render(<Field label="Name" name="name" input={{ value: "<b>" }} />);
    expect(html).not.toContain("aria-");
    expect(html).toContain('value="&lt;b&gt;"');
  });

  test("may have an id of its own where a page has its name twice", async () => {
    const html = await render(<Field label="Name" name="name" id="other" error="No." />);
    expect(html).toContain('for="other"');
    expect(html).toContain('id="other-error"');
  });
});

test("SelectField marks the chosen option", async () => {
  const options = [
    { value: "read", label: "Can read" },
    { value: "write", label: "Can write" },
  ];
  const html = await render(
    <SelectField label="Role" name="role" value="write" options={options} error="Choose one." />,
  );
  expect(html).toContain('<option value="read">');
  expect(html).toContain('<option value="write" selected="">');
  expect(html).toContain('aria-describedby="role-error"');
});

test("CheckboxField is checked or not", async () => {
  expect(await render(<CheckboxField label="On" name="on" checked />)).toContain('checked=""');
  const off = await render(<CheckboxField label="On" name="on" checked={false} hint="Why" />);
  expect(off).not.toContain("checked=");
  expect(off).toContain('value="on"');
});

test("ErrorSummary is read at once and takes the focus", async () => {
  const html = await render(<ErrorSummary title="Not saved" text="Look below." />);
  expect(html).toContain('role="alert"');
  expect(html).toContain("autofocus");
  expect(html).toContain("Look below.");
});

describe("buttons", () => {
  test("show their shortcut, unless single keys are off", async () => {
    const on = await render(<Button keys="create">New</Button>);
    expect(on).toContain('data-keys="c"');
    const off = await render(
      <Button keys="create" keysOff>
        New
      </Button>,
    );
    expect(off).not.toContain("data-keys");
  });

  test("of only an icon have a name", async () => {
    const html = await render(<IconButton icon="close" label="Dismiss" />);
    expect(html).toContain('aria-label="Dismiss"');
    expect(html).toContain('title="Dismiss"');
    expect(html).toContain('aria-hidden="true"');
  });

  test("may be links", async () => {
    const html = await render(
      <LinkButton href="/notes" kind="primary" icon="note">
        Notes
      </LinkButton>,
    );
    expect(html).toStartWith('<a href="/notes" class="button primary">');
  });
});

describe("people", () => {
  test.each([
    ["Ada Lovelace", "AL"],
    ["Ada", "A"],
    ["  jean   luc  picard ", "JP"],
    ["村上 春樹", "村春"],
    ["👩‍💻 Grace", "👩‍💻G"],
    ["", ""],
  ])("initials of %p are %p", (name, expected) => {
    expect(initials(name)).toBe(expected);
  });

  test("have one of twelve colors, always the same", () => {
    const ids = Array.from({ length: 200 }, () => person("Grace").id);
    const colors = ids.map(personColor);
    expect(colors).toEqual(ids.map(personColor));
    for (const color of colors) expect(color).toBeWithin(0, 12);
    expect(new Set(colors).size).toBeGreaterThan(6);
  });

  test("are named by their disc, but not twice", async () => {
    const grace = person("Grace <Hopper>");
    expect(await render(<Avatar person={grace} />)).toContain('aria-label="Grace &lt;Hopper&gt;"');
    expect(await render(<Avatar person={grace} named />)).toContain('aria-hidden="true"');
  });

  test("are counted when they are many", async () => {
    const crowd = ["Ada", "Grace", "Frida", "Olena", "Naguib"].map((name) => person(name));
    const html = await render(<AvatarStack people={crowd} />);
    expect(html).toContain('aria-label="and Olena, Naguib"');
    expect(html).toContain("+2");
  });
});

describe("Time", () => {
  test("is written for the viewer, with the whole truth in the tooltip", async () => {
    const at = MONDAY_MORNING - 300_000;
    const html = await render(<Time at={at} now={MONDAY_MORNING} page={pageFor()} />);
    expect(html).toContain('datetime="2026-11-23T08:55:00.000Z"');
    expect(html).toContain('title="Monday, November 23, 2026 at 8:55');
    expect(html).toEndWith(">5 min. ago</time>");
  });

  test("is neutral without a viewer", async () => {
    const html = await render(<Time at={MONDAY_MORNING} now={MONDAY_MORNING} />);
    expect(html).toContain("UTC");
  });
});

describe("layers", () => {
  test("a toast offers to undo by a form", async () => {
    const html = await render(
      <Toast text="Deleted" csrfToken="t" undoAction="/notes/restore?id=1" />,
    );
    expect(html).toContain('<form method="post" action="/notes/restore?id=1">');
    expect(html).toContain('name="csrf" value="t"');
    expect(html).toContain('data-keys="z"');
    const plain = await render(<Toast text="Saved" csrfToken="t" keysOff />);
    expect(plain).not.toContain("<form");
  });

  test("a menu works without a script", async () => {
    const html = await render(<Menu label="More">Inside</Menu>);
    expect(html).toContain("<details");
    expect(html).toContain('aria-label="More"');
  });

  test("a dialog has a name", async () => {
    const html = await render(
      <Dialog id="sheet" label="Keys">
        x
      </Dialog>,
    );
    expect(html).toBe('<dialog id="sheet" class="dialog" aria-label="Keys">x</dialog>');
  });

  test("an empty state says what to do next", async () => {
    const html = await render(
      <EmptyState icon="note" title="Nothing" text="Write.">
        <Button>Write</Button>
      </EmptyState>,
    );
    expect(html).toContain("<h2>Nothing</h2>");
    expect(html).toContain("empty-actions");
  });

  test("keys are printed one after the other", async () => {
    const html = await render(<Keys caps={[["Ctrl", "K"], ["G"]]} />);
    expect(html.match(/<kbd>/g)).toHaveLength(3);
    expect(html).toContain("then");
  });
});
