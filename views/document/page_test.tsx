import { describe, expect, test } from "bun:test";
import { systemClock } from "../../actors/mod.ts";
import { listed, pageFor, render } from "../../tests/support/pages.ts";
import { MONDAY_MORNING, person } from "../../tests/support/people.ts";
import { renderBlocks } from "./markdown.ts";
import { DocumentPage, type DocumentPageProps } from "./page.tsx";

const grace = person("Grace Hopper");
const plans = listed("Plans", { ownerId: grace.id, words: 1 });

const TEXT = "# Plans\nwith *Grace*";

function noteOf(given: Partial<DocumentPageProps> = {}): Promise<string> {
  const props: DocumentPageProps = {
    page: pageFor(),
    id: plans.id,
    document: plans,
    text: TEXT,
    words: 3,
    version: 7,
    operationId: systemClock.mintId(),
    role: "owner",
    deletedAt: undefined,
    people: new Map([[grace.id, grace]]),
    rendered: { part: 1, parts: 1, blocks: renderBlocks(given.text ?? TEXT, [grace]) },
    watching: false,
    ...given,
  };
  return render(<DocumentPage {...props} />);
}

describe("DocumentPage", () => {
  test("is a form that saves against the version it shows", async () => {
    const html = await noteOf();
    expect(html).toContain(`<form method="post" action="/notes/${plans.id}"`);
    expect(html).toContain('name="baseVersion" value="7"');
    expect(html).toContain("data-save");
    expect(html).toContain('id="page-title" tabindex="-1" dir="auto">Plans</h1>');
  });

  test("tells the island what it has to know", async () => {
    const html = await noteOf();
    expect(html).toMatch(/<section id="editor"[^>]*data-island="document"/);
    expect(html).toContain(`data-note="${plans.id}"`);
    expect(html).toContain('data-version="7"');
    expect(html).toContain('data-role="owner"');
    for (const id of ["text", "mirror", "carets", "preview", "people", "status", "words"]) {
      expect(html).toContain(`id="editor-${id}"`);
    }
  });

  test("keeps the first line break of a text, which HTML would drop", async () => {
    const html = await noteOf({ text: "\nsecond line" });
    expect(html).toMatch(/<textarea[^>]*>\n\nsecond line<\/textarea>/);
  });

  test("does not let a text end its textarea", async () => {
    const html = await noteOf({ text: "</textarea><script>alert(1)</script>" });
    expect(html).not.toContain("<script>alert");
    expect(html.match(/<\/textarea>/g)).toHaveLength(1);
  });

  test("is rendered for those who may only read", async () => {
    const html = await noteOf({ role: "read" });
    expect(html).not.toContain("<textarea");
    expect(html).toContain("<em>Grace</em>");
    expect(html).toContain("Read only");
    expect(html).not.toContain("/share");
    expect(html).toContain(`action="/notes/${plans.id}/leave"`);
  });

  test("in the trash is not written to, and its owner can restore it", async () => {
    const html = await noteOf({ deletedAt: MONDAY_MORNING });
    expect(html).not.toContain("<textarea");
    expect(html).toContain(`action="/notes/${plans.id}/restore"`);
    const other = await noteOf({ deletedAt: MONDAY_MORNING, role: "write" });
    expect(other).toContain("in the trash");
    expect(other).not.toContain("/restore");
  });

  test("of a guest saves by the link and connects by it", async () => {
    const page = pageFor({ viewer: undefined });
    const html = await noteOf({ page, role: "write", linkKey: "k3y" });
    expect(html).toContain('action="/shared/k3y"');
    expect(html).toContain('hx-ws:connect="/live?v=1&amp;key=k3y"');
    expect(html).not.toContain("Breadcrumb");
  });

  test("says why a save was refused, beside what was typed", async () => {
    const html = await noteOf({ error: "Cannot save note: the disk is full.", text: "typed" });
    expect(html).toMatch(/role="alert">\s*Cannot save note: the disk is full\./);
    expect(html).toContain("typed</textarea>");
  });

  test("is there before lists know of it", async () => {
    const html = await noteOf({ document: undefined, text: "", words: 0 });
    expect(html).toContain(">Untitled</h1>");
    expect(html).toContain("0 words");
  });

  test("comes without the preview when it has to be asked for", async () => {
    const html = await noteOf({ rendered: undefined });
    expect(html).toMatch(/id="editor-preview"[^>]*><\/section>/);
    expect(html).not.toContain("Parts of this note");
  });

  test("leads from part to part when it is too long to be shown at once", async () => {
    const partsOf = async (part: number, given: Partial<DocumentPageProps> = {}) => {
      const html = await noteOf({ rendered: { part, parts: 3, blocks: ["<p>x</p>"] }, ...given });
      return [...html.matchAll(/<a href="([^"]+(?:\?part=\d|\/text))"/g)].map(([, href]) => href);
    };
    const url = `/notes/${plans.id}`;
    expect(await partsOf(1)).toEqual([`${url}?part=2`, `${url}/text`]);
    expect(await partsOf(2, { role: "read" })).toEqual([
      `${url}?part=1`,
      `${url}?part=3`,
      `${url}/text`,
    ]);
    expect(await partsOf(3, { linkKey: "key" })).toEqual([
      "/shared/key?part=2",
      "/shared/key/text",
    ]);
  });

  test("is watched by those who have an account, with a form and a key", async () => {
    const html = await noteOf({ role: "read" });
    expect(html).toContain(`action="/notes/${plans.id}/watch"`);
    expect(html).toMatch(/id="note-watch" aria-pressed="false"[^>]* data-keys="w"/);
    const watched = await noteOf({ watching: true });
    expect(watched).toContain(`action="/notes/${plans.id}/unwatch"`);
    expect(watched).toContain("Watching: changes by others come to your inbox (W)");
    const off = person("Ada", { shortcuts: false });
    expect(await noteOf({ page: pageFor({ viewer: off }) })).not.toContain('data-keys="w"');
    for (const none of [{ page: pageFor({ viewer: undefined }) }, { deletedAt: MONDAY_MORNING }]) {
      expect(await noteOf({ ...none, role: "write" })).not.toContain("note-watch");
    }
  });

  test("marks those whom it names, to write and to read", async () => {
    const text = "For @Grace Hopper and @Ada";
    for (const role of ["write", "read"] as const) {
      const html = await noteOf({ text, role });
      expect(html.match(/<bdi class="mention"/g)).toHaveLength(1);
      expect(html).toContain(`data-mention="${grace.id}">@Grace Hopper</bdi>`);
    }
  });

  test("offers people to those who write with an account", async () => {
    expect(await noteOf()).toContain('data-mentions-src="/static/document_mentions-1.js"');
    const guest = { page: pageFor({ viewer: undefined }), linkKey: "k", role: "write" } as const;
    expect(await noteOf(guest)).not.toContain("data-mentions-src");
  });
});
