import { describe, expect, test } from "bun:test";
import { limits } from "../../actors/mod.ts";
import { listed, pageFor, render } from "../../tests/support/pages.ts";
import { MONDAY_MORNING, person } from "../../tests/support/people.ts";
import { documentTitle } from "../parts/titles.ts";
import { DocumentListPage, type DocumentListProps, documentListUrl } from "./list.tsx";
import { DocumentSummaryFragment } from "./summary.tsx";

const grace = person("Grace Hopper");

function listOf(given: Partial<DocumentListProps> = {}): Promise<string> {
  return render(
    <DocumentListPage
      page={pageFor()}
      list={{ items: [], nextCursor: undefined }}
      people={new Map([[grace.id, grace]])}
      presence={new Map()}
      query=""
      sort="changed"
      scope="all"
      {...given}
    />,
  );
}

function items(...documents: ReturnType<typeof listed>[]) {
  return { list: { items: documents, nextCursor: undefined } };
}

describe("documentListUrl()", () => {
  test("leaves out what is usual", () => {
    const usual = { query: "", sort: "changed", scope: "all", limit: limits.pageItemsMax } as const;
    expect(documentListUrl(usual)).toBe("/notes");
  });

  test("keeps what was asked for", () => {
    const asked = { query: "a&b", sort: "title", scope: "mine", cursor: "c", limit: 100 } as const;
    expect(documentListUrl(asked)).toBe("/notes?q=a%26b&scope=mine&sort=title&cursor=c&limit=100");
  });
});

describe("DocumentListPage", () => {
  test("shows title, excerpt, owner, last change and who is in a note now", async () => {
    const plans = listed("Plans", { ownerId: grace.id, memberCount: 2, linkCount: 1 });
    const html = await listOf({ ...items(plans), presence: new Map([[plans.id, [grace]]]) });
    expect(html).toContain(">Plans</a>");
    expect(html).toContain("More about Plans");
    expect(html).toContain('<bdi class="row-name">Grace Hopper</bdi>');
    expect(html).toContain("5 min. ago");
    expect(html).toContain("Here now: ");
    expect(html).toContain("Shared with 2 people and by link");
  });

  test("lets owners share and delete, and others not", async () => {
    const mine = listed("Mine");
    const html = await listOf(items(mine));
    expect(html).toContain(`href="/notes/${mine.id}/share"`);
    expect(html).toContain(`formaction="/notes/${mine.id}/trash"`);
    const theirs = listed("Theirs", { role: "write", pinned: true });
    const other = await listOf(items(theirs));
    expect(other).not.toContain(`/notes/${theirs.id}/share`);
    expect(other).not.toContain(`/notes/${theirs.id}/trash`);
    expect(other).toContain(`formaction="/notes/${theirs.id}/unpin"`);
  });

  test("has one form with the token for all rows, which leads back to the same list", async () => {
    const html = await listOf({ ...items(listed("Plans")), query: "pl", scope: "mine" });
    expect(html).toContain('<input type="hidden" name="next" value="/notes?q=pl&amp;scope=mine"/>');
    expect(html).toContain('form="row-actions"');
  });

  test("restores from the trash, and asks before deleting for good", async () => {
    const gone = listed("Gone", { deletedAt: MONDAY_MORNING });
    const html = await listOf({ ...items(gone), scope: "trash" });
    expect(html).toContain(`formaction="/notes/${gone.id}/restore"`);
    expect(html).toMatch(/\/purge"[^>]*data-confirm="Delete this note for good/);
    expect(html).not.toContain("selection-bar");
  });

  test("grows in place up to a limit and turns the page beyond", async () => {
    const list = { items: [listed("Plans")], nextCursor: "next" };
    const html = await listOf({ list });
    expect(html).toContain('href="/notes?cursor=next"');
    expect(html).toContain('hx-get="/notes?limit=100"');
    const long = await listOf({ list, limit: limits.listItemsMax });
    expect(long).toContain('href="/notes?cursor=next"');
    expect(long).not.toContain(`limit=${limits.listItemsMax + limits.pageItemsMax}`);
  });

  test.each([
    ["Write the first note", {}],
    ["Nothing found", { query: "<b>plum" }],
    ["The trash is empty", { scope: "trash" }],
    ["Nothing is shared with you yet", { scope: "shared" }],
  ] as const)("says what to do when it is empty: %s", async (title, given) => {
    const html = await listOf(given);
    expect(html).toContain(`<h2>${title}</h2>`);
    expect(html).not.toContain("<b>plum");
  });

  test("escapes what people wrote, and names what has no title", async () => {
    const html = await listOf(
      items(listed("<img onerror=x>", { excerpt: "<script>" }), listed("")),
    );
    expect(html).not.toMatch(/<img|<script>/);
    expect(html).toContain(">Untitled</a>");
    expect(documentTitle({ title: "" })).toBe("Untitled");
  });

  test("of fifty notes stays small", async () => {
    const fifty = Array.from({ length: 50 }, (_, i) => listed(`Note ${i}`, { ownerId: grace.id }));
    const html = await listOf({ ...items(...fifty) });
    const compressed = Bun.gzipSync(new TextEncoder().encode(html)).length;
    expect(compressed).toBeLessThan(12_000);
  });
});

test("DocumentSummaryFragment is the same for everybody and replaces itself", async () => {
  const plans = listed("Plans", { ownerId: grace.id });
  const props = { document: plans, people: new Map([[grace.id, grace]]), present: [grace] };
  const html = await render(<DocumentSummaryFragment {...props} />);
  const target = `document-${plans.id}-summary`;
  expect(html).toStartWith(`<hx-partial hx-target="#${target}" hx-swap="outerMorph">`);
  expect(html).toContain(`<div id="${target}"`);
  expect(html).not.toMatch(/csrf|<form|formaction|token/);
});
