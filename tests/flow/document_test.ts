/** Notes over plain HTTP, as a browser without JavaScript has them. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { limits } from "../../actors/mod.ts";
import { fieldValue } from "../support/account_suite.ts";
import { startSuite, type TestSuite } from "../support/suite.ts";
import { emailOf, inviteAndSignUp, signUp, Visitor } from "../support/visitor.ts";
import { waitFor } from "../support/wait_for.ts";

let suite: TestSuite;
let ada: Visitor;
let grace: Visitor;

beforeAll(async () => {
  suite = await startSuite();
  ada = await signUp(suite.setupLink, "Ada");
  grace = await inviteAndSignUp(ada, "Grace");
});

afterAll(() => suite.stop());

async function textOf(visitor: Visitor, note: string): Promise<string> {
  const { text } = await visitor.get(`/notes/${note}`);
  return decode(/<textarea[^>]*>\n?([\s\S]*?)<\/textarea>/.exec(text)?.[1] ?? "");
}

function decode(html: string): string {
  return html
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}

/** The fields of the editor's form, as a browser would send them. */
async function editorForm(visitor: Visitor, note: string) {
  const { text } = await visitor.get(`/notes/${note}`);
  return fieldsOf(text);
}

function fieldsOf(page: string) {
  const [baseVersion = "", baseEtag = "", operation = ""] = [
    fieldValue(page, "baseVersion"),
    fieldValue(page, "baseEtag"),
    fieldValue(page, "operation"),
  ];
  return { baseVersion, baseEtag, operation };
}

describe("a note without JavaScript", () => {
  test("is made, listed by its first line, changed and read", async () => {
    const note = await ada.createNote("# Plans\r\nwith Grace");
    expect(await textOf(ada, note)).toBe("# Plans\nwith Grace");
    const listed = await waitFor(async () => {
      const { text } = await ada.get("/notes");
      return text.includes(">Plans<") && text;
    });
    expect(listed).toContain("with Grace");
    const form = await editorForm(ada, note);
    const saved = await ada.post(`/notes/${note}`, { ...form, text: "# Plans\r\nwith everybody" });
    expect(saved).toMatchObject({ status: 303, location: `/notes/${note}` });
    expect((await ada.get(`/notes/${note}`)).text).toContain(">3 words<");
    expect((await ada.get(`/notes/${note}`)).text).toContain("Saved");
    expect(await textOf(ada, note)).toBe("# Plans\nwith everybody");
  });

  test("keeps a leading line break and text that looks like markup", async () => {
    const body = '\n\n</textarea><script>alert("x")</script> & \u{1F600}';
    const note = await ada.createNote(body);
    expect(await textOf(ada, note)).toBe(body);
    expect((await ada.get(`/notes/${note}`)).text).not.toContain("<script>alert");
  });

  test("merges two forms that were made from the same version", async () => {
    const note = await ada.createNote("one\ntwo\nthree\n");
    await ada.share(note, emailOf("Grace"), "write");
    const [hers, mine] = [await editorForm(grace, note), await editorForm(ada, note)];
    await grace.post(`/notes/${note}`, { ...hers, text: "ONE\ntwo\nthree\n" });
    await ada.post(`/notes/${note}`, { ...mine, text: "one\ntwo\nTHREE\n" });
    expect(await textOf(ada, note)).toBe("ONE\ntwo\nTHREE\n");
  });

  test("saves a form once, however often it is sent", async () => {
    const note = await ada.createNote("a");
    const form = { ...(await editorForm(ada, note)), text: "a b" };
    await ada.post(`/notes/${note}`, form);
    await ada.post(`/notes/${note}`, form);
    expect(await textOf(ada, note)).toBe("a b");
  });

  test("gives what cannot be saved back with the reason", async () => {
    const note = await ada.createNote("x");
    const form = await editorForm(ada, note);
    const text = "y".repeat(limits.textUnitsMax + 1);
    const answer = await ada.post(`/notes/${note}`, { ...form, text });
    expect(answer.status).toBe(413);
    expect(answer.text).toContain("5,000,000");
    expect(answer.text).toContain("yyyyyyyyyy");
    expect(await textOf(ada, note)).toBe("x");
  });

  test("takes what was typed on while the first save of the page was on its way", async () => {
    const note = await ada.createNote("base");
    const form = await editorForm(ada, note);
    for (const text of ["base FIRST", "base FIRST SECOND", "base SECOND", "base SECOND"]) {
      expect((await ada.post(`/notes/${note}`, { ...form, text })).status).toBe(303);
      expect(await textOf(ada, note)).toBe(text);
    }
    // The first, sent again by a browser that had no answer, is known.
    expect((await ada.post(`/notes/${note}`, { ...form, text: "base FIRST" })).status).toBe(303);
    expect(await textOf(ada, note)).toBe("base SECOND");
  });

  test("keeps what others wrote after the first save of a page", async () => {
    const note = await ada.createNote("one\n\ntwo\n");
    await ada.share(note, emailOf("Grace"), "write");
    const form = await editorForm(ada, note);
    await ada.post(`/notes/${note}`, { ...form, text: "one FIRST\n\ntwo\n" });
    const hers = await editorForm(grace, note);
    await grace.post(`/notes/${note}`, { ...hers, text: "one FIRST\n\ntwo GRACE\n" });
    const text = "one FIRST SECOND\n\ntwo\n";
    expect((await ada.post(`/notes/${note}`, { ...form, text })).status).toBe(303);
    expect(await textOf(ada, note)).toBe("one FIRST SECOND\n\ntwo GRACE\n");
  });

  test("lets a person decide where others wrote before the first save of a page", async () => {
    const note = await ada.createNote("one\n\ntwo\n");
    await ada.share(note, emailOf("Grace"), "write");
    const form = await editorForm(ada, note);
    const hers = await editorForm(grace, note);
    await grace.post(`/notes/${note}`, { ...hers, text: "one\n\ntwo GRACE\n" });
    await ada.post(`/notes/${note}`, { ...form, text: "one FIRST\n\ntwo\n" });
    const text = "one FIRST SECOND\n\ntwo\n";
    const answer = await ada.post(`/notes/${note}`, { ...form, text });
    expect(answer.status).toBe(409);
    expect(answer.text).toContain("Your text was not saved");
    expect(answer.text).toContain(text);
    expect(await textOf(ada, note)).toBe("one FIRST\n\ntwo GRACE\n");
  });

  test("keeps a text that was typed on while the note was being made", async () => {
    const id = suite.services.clock.mintId();
    expect((await ada.post("/notes", { id, text: "made" })).status).toBe(303);
    const answer = await ada.post("/notes", { id, text: "made and typed on" });
    expect(answer.status).toBe(409);
    expect(answer.text).toContain("made and typed on");
    const shown = fieldsOf(answer.text);
    const text = "made and typed on";
    expect((await ada.post(`/notes/${id}`, { ...shown, text })).status).toBe(303);
    expect(await textOf(ada, id)).toBe(text);
  });

  test("says so when a form is incomplete or its base is from nowhere", async () => {
    const note = await ada.createNote("x");
    expect((await ada.post(`/notes/${note}`, { text: "y" })).status).toBe(422);
    const form = { baseVersion: "99", operation: "operation-99", text: "typed" };
    const answer = await ada.post(`/notes/${note}`, form);
    expect(answer.status).toBe(409);
    expect(answer.text).toContain("typed");
  });
});

describe("who may see a note", () => {
  test("nobody but its owner, and a stranger learns nothing", async () => {
    const note = await ada.createNote("secret plan");
    const hidden = await grace.get(`/notes/${note}`);
    const missing = await grace.get("/notes/01JD2Z7Q5V4T8N3XKQ0C9B6MWE");
    expect([hidden.status, missing.status]).toEqual([404, 404]);
    expect(hidden.text).not.toContain("secret");
    for (const action of ["pin", "trash", "restore", "purge", "share", "links", "leave"]) {
      const { status } = await grace.post(`/notes/${note}/${action}`, { role: "read" });
      expect(status).toBeGreaterThanOrEqual(400);
    }
    expect((await grace.get(`/notes/${note}/share`)).status).toBe(404);
    const stranger = await new Visitor(suite.url).get(`/notes/${note}`, { Accept: "text/html" });
    expect(stranger.location).toStartWith("/signin");
    expect((await grace.get("/notes/not-an-id")).status).toBe(404);
  });

  test("people it is shared with, as far as their role goes, until it is taken back", async () => {
    const note = await ada.createNote("for Grace to read");
    await ada.share(note, emailOf("Grace"), "read");
    const read = await grace.get(`/notes/${note}`);
    expect(read.status).toBe(200);
    expect(read.text).not.toContain("<textarea");
    const form = { baseVersion: "1", operation: "operation-1", text: "hers" };
    expect((await grace.post(`/notes/${note}`, form)).status).toBe(403);
    expect((await grace.get(`/notes/${note}/share`)).status).toBe(403);
    const graceId = (await suite.services.accounts.findByEmail(emailOf("Grace")))?.account.id ?? "";
    await ada.post(`/notes/${note}/members/${graceId}`, { role: "write" });
    expect((await grace.get(`/notes/${note}`)).text).toContain("<textarea");
    await ada.post(`/notes/${note}/members/${graceId}`, { role: "none" });
    expect((await grace.get(`/notes/${note}`)).status).toBe(404);
  });

  test("a share with nobody we know comes back with what was typed", async () => {
    const note = await ada.createNote("x");
    const answer = await ada.post(`/notes/${note}/share`, { person: "Nobody <b>", role: "read" });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain("Nobody &lt;b&gt;");
    expect((await ada.post(`/notes/${note}/share`, { person: emailOf("Grace") })).status).toBe(422);
  });

  test("whoever has a link, until it is revoked", async () => {
    const note = await ada.createNote("by link");
    await ada.post(`/notes/${note}/links`, { role: "write", expires: "never" });
    const share = await ada.get(`/notes/${note}/share`);
    const link = new URL(/http[^"<\s]*\/shared\/[\w-]+/.exec(share.text)?.[0] ?? "");
    const guest = new Visitor(suite.url);
    const page = await guest.get(link.pathname);
    expect(page.status).toBe(200);
    expect(page.text).toContain("by link");
    const form = { baseVersion: "1", operation: "operation-1", text: "by link, changed" };
    expect((await guest.post(link.pathname, form)).status).toBe(303);
    expect(await textOf(ada, note)).toBe("by link, changed");
    expect((await grace.get(link.pathname)).location).toBe(`/notes/${note}`);
    expect((await grace.get(`/notes/${note}`)).status).toBe(200);

    const again = (await ada.get(`/notes/${note}/share`)).text;
    const revoke = /\/notes\/\w+\/links\/\w+\/revoke/.exec(again)?.[0] ?? "";
    expect((await ada.post(revoke)).status).toBe(303);
    expect((await guest.get(link.pathname)).status).toBe(404);
    expect((await grace.get(`/notes/${note}`)).status).toBe(404);
    expect((await guest.get("/shared/made-up")).status).toBe(404);
  });

  test("nobody anymore when they have left it", async () => {
    const note = await ada.createNote("leave me");
    await ada.share(note, emailOf("Grace"), "read");
    await grace.get(`/notes/${note}`);
    expect((await grace.post(`/notes/${note}/leave`, { confirmed: "1" })).location).toBe("/notes");
    expect((await grace.get(`/notes/${note}`)).status).toBe(404);
  });
});

describe("the list", () => {
  test("searches, sorts, pins, deletes with undo, and empties the trash", async () => {
    const [first, second] = [
      await ada.createNote("Zebra crossing"),
      await ada.createNote("Aardvark"),
    ];
    await waitFor(async () => (await ada.get("/notes?q=zebr")).text.includes("Zebra crossing"));
    expect((await ada.get("/notes?q=zebr")).text).not.toContain("Aardvark");
    expect((await ada.get("/notes?q=nothingatall")).text).toContain("Nothing found");
    const order = (text: string) => text.indexOf("Aardvark") < text.indexOf("Zebra crossing");
    expect(order((await ada.get("/notes?sort=title")).text)).toBe(true);
    await ada.post(`/notes/${first}/pin`, { next: "/notes?sort=title" });
    expect(order((await ada.get("/notes?sort=title")).text)).toBe(false);
    await ada.post(`/notes/${first}/unpin`);

    const gone = await ada.post("/notes/trash", { id: second, next: "/notes?sort=title" });
    expect(gone.location).toBe("/notes?sort=title");
    const told = await ada.get("/notes?sort=title");
    expect(told.text).toContain("Note moved to the trash");
    const undo = /\/notes\/restore\?id=\w+/.exec(told.text)?.[0] ?? "";
    expect((await ada.get("/notes?scope=trash")).text).toContain("Aardvark");
    await ada.post(undo);
    expect((await ada.get("/notes?scope=trash")).text).not.toContain("Aardvark");
    await ada.post(`/notes/${second}/trash`);
    expect((await ada.get(`/notes/${second}`)).text).toContain("in the trash");
    await ada.post(`/notes/${second}/purge`, { confirmed: "1" });
    expect((await ada.get(`/notes/${second}`)).status).toBe(404);
  });

  test("that fetches itself leaves the notice to the page it belongs to", async () => {
    const note = await ada.createNote("Noticed");
    await ada.post(`/notes/${note}/trash`);
    const part = await ada.get("/notes", {
      "HX-Request": "true",
      "HX-Target": "section#document-list",
    });
    expect(part.text).not.toContain("moved to the trash");
    const main = await ada.get("/notes", { "HX-Request": "true", "HX-Target": "main#main" });
    expect(main.text).toContain("Note moved to the trash");
    expect((await ada.get("/notes")).text).not.toContain("moved to the trash");
  });

  test("says what was done, and forgets a word that it does not know", async () => {
    const note = await ada.createNote("Told");
    const told = async (path: string) => {
      await ada.post(path, { confirmed: "1" });
      return (await ada.get("/notes")).text;
    };
    expect(await told(`/notes/${note}/trash`)).toContain("Note moved to the trash");
    expect(await told(`/notes/${note}/restore`)).toContain("Note restored");
    await told(`/notes/${note}/trash`);
    expect(await told(`/notes/${note}/purge`)).toContain("Note deleted for good");
    const given = await grace.createNote("Given");
    await grace.share(given, emailOf("Ada"), "read");
    expect(await told(`/notes/${given}/leave`)).toContain("no longer in your list");
    const cookie = `${ada.cookie}; notice=nonsense.${note}`;
    expect((await ada.get("/notes", { Cookie: cookie })).status).toBe(200);
  });

  test("follows nobody to another site", async () => {
    const note = await ada.createNote("stay");
    const { location } = await ada.post(`/notes/${note}/pin`, { next: "//evil.example/" });
    expect(location).toBe("/");
  });

  test("refuses a form from another site, and one without its token", async () => {
    const foreign = { Origin: "https://evil.example" };
    expect((await ada.post("/notes", {}, foreign)).status).toBe(403);
    expect((await ada.post("/notes", { csrf: "made up" })).status).toBe(403);
  });
});

describe("every page", () => {
  test("allows no script or style but its own", async () => {
    for (const path of [
      "/",
      "/notes",
      "/settings",
      "/admin",
      "/ops",
      "/search?q=x",
      "/shortcuts",
      "/x",
    ]) {
      const { headers, text } = await ada.get(path);
      const policy = headers.get("Content-Security-Policy") ?? "";
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toContain("unsafe");
      expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
      expect(text).not.toMatch(/<script(?![^>]*\bsrc=)|\sstyle="|\son\w+="/);
    }
  });

  test("of an administrator's is closed to others", async () => {
    expect((await grace.get("/ops")).status).toBe(403);
    expect((await grace.post("/ops/release", { address: "document:x" })).status).toBe(403);
    expect((await ada.post("/ops/release", { address: "nonsense" })).status).toBe(422);
    const address = "document:01JD2Z7Q5V4T8N3XKQ0C9B6MWE";
    expect((await ada.post("/ops/release", { address })).location).toBe("/ops");
  });

  test("finds notes and people from the palette", async () => {
    await ada.createNote("Palette of colors");
    await waitFor(async () =>
      (await ada.get("/palette?q=palette")).text.includes("Palette of colors"),
    );
    expect((await ada.get("/palette?q=grace")).text).toContain("Grace");
    expect((await ada.get("/search?q=palette")).text).toContain("Palette of colors");
  });
});
