/** Notes in a real browser: several people, carets, broken lines, and everything typed comes through. */

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Page } from "playwright";
import { openBrowser, type TestBrowser } from "../support/browser.ts";
import { startSuite, type TestSuite } from "../support/suite.ts";
import {
  emailOf,
  inviteAndSignUp,
  PASSWORD,
  signIn,
  signUp,
  type Visitor,
} from "../support/visitor.ts";
import { waitFor } from "../support/wait_for.ts";

let suite: TestSuite;
let browser: TestBrowser;
let ada: Visitor;
let grace: Visitor;
const opened: Page[] = [];

beforeAll(async () => {
  [suite, browser] = await Promise.all([startSuite(), openBrowser()]);
  ada = await signUp(suite.setupLink, "Ada");
  grace = await inviteAndSignUp(ada, "Grace");
}, 60_000);

afterEach(async () => {
  for (const page of opened.splice(0)) await page.context().close();
  expect(browser.takeComplaints()).toEqual([]);
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await suite.stop();
});

/** A window of somebody's with a note in it, ready to type. */
async function openNote(visitor: Visitor, note: string): Promise<Page> {
  const page = await browser.open({ as: visitor });
  opened.push(page);
  await page.goto(new URL(`/notes/${note}`, suite.url).href);
  await page.locator("[data-save]").waitFor({ state: "hidden" });
  await waitForText(page, "#editor-status", "Saved");
  return page;
}

async function waitForText(page: Page, selector: string, text: string): Promise<void> {
  await page.locator(selector, { hasText: text }).first().waitFor();
}

async function waitForValue(page: Page, value: string): Promise<void> {
  await waitFor(async () => (await page.inputValue("#editor-text")) === value, {
    what: `the editor to show ${JSON.stringify(value)}`,
  }).catch(async (error) => {
    throw new Error(
      `${error.message}, received ${JSON.stringify(await page.inputValue("#editor-text"))}`,
    );
  });
}

/** Puts the caret at a position and types there. */
async function typeAt(page: Page, position: number, text: string): Promise<void> {
  await placeCaret(page, position);
  await page.keyboard.type(text);
}

async function placeCaret(page: Page, position: number): Promise<void> {
  await page.focus("#editor-text");
  await page.evaluate((at) => {
    const textarea = document.querySelector<HTMLTextAreaElement>("#editor-text");
    textarea?.setSelectionRange(at, at);
  }, position);
}

async function sharedNote(text: string): Promise<string> {
  const note = await ada.createNote(text);
  await ada.share(note, emailOf("Grace"), "write");
  return note;
}

/** Breaks every live line of the server's, as a restart of a proxy would. */
async function breakLines(pages: readonly Page[]): Promise<void> {
  await Promise.all(pages.map((page) => page.context().setOffline(true)));
}

describe("two people in one note", () => {
  test("type in the same paragraph and see the same", async () => {
    const note = await sharedNote("The quick fox");
    const [a, b] = [await openNote(ada, note), await openNote(grace, note)];
    // Both carets stand before anybody types, for a position means another place after that.
    await Promise.all([placeCaret(a, 9), placeCaret(b, 13)]);
    await Promise.all([a.keyboard.type(" brown"), b.keyboard.type(" jumps")]);
    await waitForValue(a, "The quick brown fox jumps");
    await waitForValue(b, "The quick brown fox jumps");
    const stored = await ada.get(`/notes/${note}`);
    expect(stored.text).toContain("The quick brown fox jumps");
  }, 30_000);

  test("see each other, each other's caret and selection", async () => {
    const note = await sharedNote("Hello there");
    const [a, b] = [await openNote(ada, note), await openNote(grace, note)];
    await a.locator('#editor-people [aria-label="Grace, writing"]').waitFor();
    await b.focus("#editor-text");
    await b.keyboard.press("Control+A");
    await waitForText(a, ".caret-label", "Grace");
    const selection = a.locator(".caret-selection");
    await selection.waitFor();
    const box = await selection.boundingBox();
    const field = await a.locator("#editor-text").boundingBox();
    expect(box?.width).toBeGreaterThan(60);
    expect(box?.y).toBeGreaterThan(field?.y ?? 0);
    await b.keyboard.press("End");
    await selection.waitFor({ state: "detached" });
    await b.close();
    await a.locator(".caret").waitFor({ state: "detached" });
    await a.locator("#editor-people > li").waitFor({ state: "detached" });
  }, 30_000);

  test("a remote caret stands where the text is", async () => {
    const note = await sharedNote("first line\n\nthird line is here");
    const [a, b] = [await openNote(ada, note), await openNote(grace, note)];
    await typeAt(b, 17, "!");
    await waitForValue(a, "first line\n\nthird! line is here");
    const caret = a.locator(".caret");
    await caret.waitFor();
    const [box, width] = [await caret.boundingBox(), await characterWidth(a)];
    const left = await a.evaluate(() => {
      const textarea = document.querySelector<HTMLTextAreaElement>("#editor-text");
      if (!textarea) return 0;
      const style = getComputedStyle(textarea);
      return textarea.getBoundingClientRect().left + Number.parseFloat(style.paddingLeft);
    });
    expect(Math.abs((box?.x ?? 0) - (left + width * 6))).toBeLessThan(3);
  }, 30_000);

  test("somebody's typing above leaves one's own selection and focus alone", async () => {
    const note = await sharedNote("above\nmine");
    const [a, b] = [await openNote(ada, note), await openNote(grace, note)];
    await typeAt(a, 8, "");
    await typeAt(b, 0, "more text ");
    await waitForValue(a, "more text above\nmine");
    const state = await a.evaluate(() => {
      const textarea = document.querySelector<HTMLTextAreaElement>("#editor-text");
      return [document.activeElement?.id, textarea?.selectionStart];
    });
    expect(state).toEqual(["editor-text", 18]);
  }, 30_000);

  test("undo and redo take back one's own edits only", async () => {
    const note = await sharedNote("base");
    const [a, b] = [await openNote(ada, note), await openNote(grace, note)];
    await typeAt(a, 4, " mine");
    await waitForValue(b, "base mine");
    await typeAt(b, 0, "theirs ");
    await waitForValue(a, "theirs base mine");
    await a.keyboard.press("Control+z");
    await waitForValue(b, "theirs base ");
    await a.keyboard.press("Control+z");
    await waitForValue(b, "theirs base");
    await a.keyboard.press("Control+z");
    await a.keyboard.press("Control+Shift+z");
    await a.keyboard.press("Control+y");
    await waitForValue(b, "theirs base mine");
  }, 30_000);
});

describe("a line that breaks", () => {
  test("loses nothing typed meanwhile on either side", async () => {
    const note = await sharedNote("start");
    const [a, b] = [await openNote(ada, note), await openNote(grace, note)];
    await breakLines([b]);
    await typeAt(b, 5, " offline");
    await typeAt(a, 0, "online ");
    await waitForText(a, "#editor-status", "Saved");
    await b.context().setOffline(false);
    await waitForValue(a, "online start offline");
    await waitForValue(b, "online start offline");
    await waitForText(b, "#editor-status", "Saved");
  }, 40_000);

  test("a closed tab's unsaved words come back in the next", async () => {
    const note = await sharedNote("kept");
    const page = await openNote(grace, note);
    await page.context().setOffline(true);
    await typeAt(page, 4, " on this device");
    await page.waitForFunction(async () => {
      const [open] = await indexedDB.databases();
      if (!open) return false;
      const database = await new Promise<IDBDatabase>((resolve) => {
        const request = indexedDB.open("suite");
        request.onsuccess = () => resolve(request.result);
      });
      const rows = await new Promise<unknown[]>((resolve) => {
        const request = database.transaction("pending").objectStore("pending").getAll();
        request.onsuccess = () => resolve(request.result);
      });
      database.close();
      return JSON.stringify(rows).includes("device");
    });
    const context = page.context();
    await page.close();
    await context.setOffline(false);
    const next = await context.newPage();
    await next.goto(new URL(`/notes/${note}`, suite.url).href);
    await waitForValue(next, "kept on this device");
    await waitForText(next, "#editor-status", "Saved");
    expect((await ada.get(`/notes/${note}`)).text).toContain("kept on this device");
  }, 40_000);

  test("an ended session keeps the words until the next sign-in", async () => {
    const note = await sharedNote("before");
    const leaving = await signIn(suite.url, "Grace");
    const page = await openNote(leaving, note);
    await leaving.post("/signout");
    await page.locator("#connection a").waitFor();
    await typeAt(page, 6, " and after");
    await page.locator("#connection a").click();
    await page.fill("[name=email]", emailOf("Grace"));
    await page.fill("[name=password]", PASSWORD);
    await page.keyboard.press("Enter");
    await page.locator("#editor-text").waitFor();
    await waitForValue(page, "before and after");
    await waitForText(page, "#editor-status", "Saved");
  }, 40_000);
});

describe("writing", () => {
  test("has the Markdown keys, and never traps the keyboard", async () => {
    const page = await openNote(ada, await ada.createNote(""));
    await page.focus("#editor-text");
    await page.keyboard.type("- one");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.type("two");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Control+b");
    await page.keyboard.type("bold");
    await waitForValue(page, "- one\n  - two\n- **bold**");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.id)).not.toBe("editor-text");
  }, 30_000);

  test("is left by Escape, and single keys work from there", async () => {
    const note = await ada.createNote("");
    const page = await openNote(ada, note);
    await typeAt(page, 0, "left");
    await page.keyboard.press("Escape");
    const focused = () => page.evaluate(() => document.activeElement?.className);
    expect(await focused()).toBe("editor-pane");
    await page.keyboard.press("i");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("editor-text");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await page.locator("#palette[open]").waitFor();
    await page.keyboard.press("Escape");
    expect(await focused()).toBe("editor-pane");
    // Forth and back, Tab goes on from the text.
    await page.keyboard.press("Shift+Tab");
    expect(await page.evaluate(() => document.activeElement?.ariaLabel)).toBe("Read");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("editor-text");
    await page.keyboard.press("Escape");
    await page.keyboard.press("g");
    await page.keyboard.press("i");
    await page.waitForURL("**/inbox");
    await page.goBack();
    await waitForValue(page, "left");
    await page.keyboard.press("i");
    await page.keyboard.press("Escape");
    await page.keyboard.press("u");
    await page.waitForURL("**/notes");
  }, 30_000);

  test("goes through the views by one key, from wherever one is", async () => {
    const page = await openNote(ada, await ada.createNote("Title"));
    const view = () => page.getAttribute("#editor", "data-view");
    const focused = () => page.evaluate(() => document.activeElement?.id);
    await page.focus("#editor-text");
    for (const [expected, focus] of [
      ["split", "editor-text"],
      ["read", "editor-preview"],
      ["write", "editor-text"],
    ]) {
      await page.keyboard.press("Control+Shift+P");
      expect([await view(), await focused()]).toEqual([expected, focus]);
    }
    await page.click("button[data-view=read]");
    await page.keyboard.press("i");
    expect([await view(), await focused()]).toEqual(["write", "editor-text"]);
    await page.click("button[data-view=read]");
    await page.keyboard.press("Control+Shift+P");
    expect(await view()).toBe("write");
    await page.keyboard.press("Control+Shift+P");
    await page.keyboard.press("Escape");
    await page.keyboard.press("i");
    expect(await view()).toBe("split");
  }, 30_000);

  test("says that all is saved by the key that saves, wherever one is", async () => {
    const page = await openNote(ada, await ada.createNote("Title"));
    for (const selector of ["#editor-text", "#page-title"]) {
      await page.focus(selector);
      await page.keyboard.press("Control+s");
      const voice = page.locator("#editor > [role=status]", { hasText: "Saved" });
      await voice.waitFor({ state: "attached" });
      await voice.evaluate((element) => element.replaceChildren());
    }
    expect(await page.isVisible("[data-save]")).toBe(false);
  }, 30_000);

  test("shows a preview that follows, safe from what is written", async () => {
    const note = await ada.createNote(
      "# Title\n\n<img src=x onerror=alert(1)>\n\n[x](javascript:alert(1))",
    );
    const page = await openNote(ada, note);
    await page.focus("#editor-text");
    await page.keyboard.press("Control+Shift+P");
    await page.locator("#editor-preview h2", { hasText: "Title" }).waitFor();
    expect(await page.locator("#editor-preview img").count()).toBe(0);
    expect(await page.locator('#editor-preview a[href^="javascript"]').count()).toBe(0);
    await typeAt(page, 7, " of it");
    await page.locator("#editor-preview h2", { hasText: "Title of it" }).waitFor();
    await waitForText(page, "h1", "Title of it");
  }, 30_000);

  test("says why an edit was refused, and lets it be copied", async () => {
    const note = await sharedNote("ours");
    const page = await openNote(grace, note);
    const { account } = (await suite.services.accounts.findByEmail(emailOf("Grace"))) ?? {};
    await page.context().setOffline(true);
    await typeAt(page, 4, " and lost words");
    await ada.post(`/notes/${note}/members/${account?.id}`, { role: "read" });
    await page.context().setOffline(false);
    await page.locator('.editor-notice [data-copy*="lost words"]').waitFor();
    expect((await ada.get(`/notes/${note}`)).text).not.toContain("lost words");
  }, 40_000);

  test("a revoked person's editor closes within a second, with the text still there", async () => {
    const note = await sharedNote("ours");
    const page = await openNote(grace, note);
    const { account } = (await suite.services.accounts.findByEmail(emailOf("Grace"))) ?? {};
    await ada.post(`/notes/${note}/members/${account?.id}`, { role: "none" });
    await waitForText(page, ".editor-notice", "no longer shared");
    expect(await page.locator("#editor-text[readonly]").count()).toBe(1);
  }, 30_000);

  test("a note is deleted for good only when the question is accepted", async () => {
    const note = await ada.createNote("Gone for good");
    await ada.post(`/notes/${note}/trash`);
    await waitFor(async () => (await ada.get("/notes?scope=trash")).text.includes(note));
    const page = await browser.open({ as: ada });
    opened.push(page);
    await page.goto(new URL("/notes?scope=trash", suite.url).href);
    const row = page.locator(`#document-${note}`);
    const asked: string[] = [];
    const answer = async (isYes: boolean) => {
      page.once("dialog", async (dialog) => {
        asked.push(dialog.message());
        await (isYes ? dialog.accept() : dialog.dismiss());
      });
      await row.locator("summary").click();
      await row.getByRole("button", { name: "Delete for good" }).click();
    };
    await answer(false);
    expect((await ada.get("/notes?scope=trash")).text).toContain(note);
    await answer(true);
    await waitForText(page, "#toasts", "deleted for good");
    await row.waitFor({ state: "detached" });
    const question = "Delete this note for good? This cannot be undone.";
    expect(asked).toEqual([question, question]);
  });

  test("a note that goes to the trash and comes back can be written again", async () => {
    const note = await sharedNote("ours");
    const page = await openNote(grace, note);
    await ada.post(`/notes/${note}/trash`);
    await waitForText(page, ".editor-notice", "trash");
    await ada.post(`/notes/${note}/restore`);
    await page.locator(".editor-notice").waitFor({ state: "detached" });
    await typeAt(page, 4, " again");
    await waitForText(page, "#editor-status", "Saved");
    expect((await ada.get(`/notes/${note}`)).text).toContain("ours again");
  }, 30_000);

  test("what was typed before a note was closed is saved when it can be written again", async () => {
    const { account } = (await suite.services.accounts.findByEmail(emailOf("Grace"))) ?? {};
    for (const { close, reopen, reason } of [
      { close: "trash", reopen: "restore", reason: "moved to the trash" },
      { close: "read", reopen: "write", reason: "only read" },
    ]) {
      const note = await sharedNote("ours");
      const set = async (to: string) => {
        if (to === "trash" || to === "restore") await ada.post(`/notes/${note}/${to}`);
        else await ada.post(`/notes/${note}/members/${account?.id}`, { role: to });
      };
      const page = await openNote(grace, note);
      await page.context().setOffline(true);
      await typeAt(page, 4, " and hers");
      await set(close);
      await page.context().setOffline(false);
      await waitForText(page, ".editor-notice", reason);
      await page.locator('.editor-notice [data-copy=" and hers"]').waitFor();
      await waitForText(page, "#editor-status", "Not saved");
      await set(reopen);
      await page.locator(".editor-notice").waitFor({ state: "detached" });
      await waitForText(page, "#editor-status", "Saved");
      await typeAt(page, 13, "!");
      await waitFor(async () => (await ada.get(`/notes/${note}/text`)).text === "ours and hers!");
      await page.reload();
      await waitForText(page, "#editor-status", "Saved");
      expect(await page.inputValue("#editor-text")).toBe("ours and hers!");
      expect(await page.locator(".editor-notice").count()).toBe(0);
    }
  }, 60_000);

  test("an open note says why it is closed, also while one types", async () => {
    const { account } = (await suite.services.accounts.findByEmail(emailOf("Grace"))) ?? {};
    const note = await sharedNote("ours");
    const [page, reading] = [await openNote(grace, note), await openNote(ada, note)];
    await page.context().setOffline(true);
    await typeAt(page, 4, " unsaved");
    await ada.post(`/notes/${note}/trash`);
    await page.context().setOffline(false);
    await waitForText(page, ".editor-notice", "moved to the trash");
    await waitForText(reading, ".editor-notice", "moved to the trash");
    await ada.post(`/notes/${note}/purge`, { confirmed: "1" });
    await waitForText(page, ".editor-notice", "deleted for good. What was not saved");
    await waitForText(reading, ".editor-notice", "deleted for good. You can still copy");
    await page.click(".editor-notice button >> text=Discard");
    await waitForValue(page, "ours");
    await waitForText(page, "#editor-status", "Saved");

    const other = await sharedNote("other");
    const typing = await openNote(grace, other);
    await typing.focus("#editor-text");
    const typed = typing.keyboard.type("typed without a pause, on and on", { delay: 15 });
    await ada.post(`/notes/${other}/members/${account?.id}`, { role: "none" });
    await waitForText(typing, ".editor-notice", "This note is no longer shared with you.");
    await typed;
  }, 60_000);

  test("two tabs of one person are two hands in one text", async () => {
    const note = await ada.createNote("one two");
    const first = await openNote(ada, note);
    const second = await first.context().newPage();
    await second.goto(first.url());
    await waitForText(second, "#editor-status", "Saved");
    await typeAt(first, 3, "!");
    await waitForValue(second, "one! two");
    await typeAt(second, 8, "?");
    await waitForValue(first, "one! two?");
  }, 30_000);

  test("survives a restart of nothing but the page: back and forward keep the text", async () => {
    const note = await ada.createNote("page");
    const page = await openNote(ada, note);
    await typeAt(page, 4, " one");
    await waitForText(page, "#editor-status", "Saved");
    await page.click('nav.breadcrumb a[href="/notes"]');
    await page.locator("#document-list").waitFor();
    await page.goBack();
    await waitForValue(page, "page one");
    await typeAt(page, 8, " two");
    await waitForText(page, "#editor-status", "Saved");
    await waitFor(async () => (await ada.get(`/notes/${note}`)).text.includes("page one two"));
  }, 30_000);
});

describe("a script that cannot be loaded", () => {
  test.each(["app", "document"])(
    "leaves a form that saves, without %s",
    async (script) => {
      const note = await ada.createNote("form");
      const page = await browser.open({ as: ada });
      opened.push(page);
      await page.route(`**/static/${script}-*.js`, (route) => route.abort());
      for (const [text, by] of [
        ["by its button", "button"],
        ["by its button again", "button"],
        ...(script === "document" ? [["by its key", "key"]] : []),
      ] as const) {
        await page.goto(new URL(`/notes/${note}`, suite.url).href);
        await page.fill("#editor-text", text);
        const save = page.locator("[data-save]");
        await save.waitFor({ state: "visible" });
        if (script === "document") await waitForText(page, "#toasts", "press Save");
        expect(await page.isVisible("[data-format]")).toBe(false);
        await Promise.all([
          page.waitForEvent("load"),
          by === "key" ? page.keyboard.press("Control+s") : save.click(),
        ]);
        expect(await page.inputValue("#editor-text")).toBe(text);
        expect((await ada.get(`/notes/${note}/text`)).text).toBe(text);
      }
      for (const complaint of browser.takeComplaints()) {
        expect(complaint).toContain("Failed to fetch dynamically imported module");
      }
    },
    60_000,
  );
});

describe("the list", () => {
  test("shows in place what others do, without a reload", async () => {
    const page = await browser.open({ as: grace });
    opened.push(page);
    await page.goto(new URL("/notes", suite.url).href);
    const note = await sharedNote("Fresh from Ada");
    const row = page.locator(`#document-${note}`);
    await row.locator("text=Fresh from Ada").waitFor();
    const editor = await openNote(ada, note);
    await row.locator("text=Here now").waitFor();
    await typeAt(editor, 14, " again");
    await row.locator("text=Fresh from Ada again").waitFor();
    await ada.post(`/notes/${note}/trash`);
    await row.waitFor({ state: "detached" });
  }, 30_000);
});

async function characterWidth(page: Page): Promise<number> {
  return page.evaluate(() => {
    const textarea = document.querySelector("#editor-text");
    if (!textarea) return 0;
    const { fontFamily, fontSize } = getComputedStyle(textarea);
    const probe = document.createElement("span");
    Object.assign(probe.style, { fontFamily, fontSize, position: "absolute" });
    probe.textContent = "x".repeat(100);
    document.body.append(probe);
    const { width } = probe.getBoundingClientRect();
    probe.remove();
    return width / 100;
  });
}
