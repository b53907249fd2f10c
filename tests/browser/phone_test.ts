/** Every page on a phone, by touch: nothing overflows, everything is reachable, and one can write. */

import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import type { Page } from "playwright";
import { furnishedPages, openFurnished } from "../support/furnished_pages.ts";
import { type FurnishedSuite, startFurnishedSuite } from "../support/furnished_suite.ts";
import type { Visitor } from "../support/visitor.ts";
import { waitFor } from "../support/wait_for.ts";

// A busy machine takes its time.
setDefaultTimeout(60_000);

const PHONE = { width: 390, height: 844 };
/** The narrowest that WCAG 2.2 asks for (1.4.10). */
const NARROWEST = { width: 320, height: 640 };
/** What a keyboard on the screen leaves of it. */
const ABOVE_KEYBOARD = { width: 390, height: 430 };
const FINGER = 44;

let suite: FurnishedSuite;
const windows = new Map<Visitor | undefined, Page>();

beforeAll(async () => {
  suite = await startFurnishedSuite();
});

afterEach(() => expect(suite.browser.takeComplaints()).toEqual([]));

afterAll(async () => {
  await suite[Symbol.asyncDispose]();
});

/** The phone of somebody. */
async function phoneOf(as: Visitor | undefined): Promise<Page> {
  const options = as ? { as } : {};
  const page = windows.get(as) ?? (await suite.browser.open({ ...options, ...PHONE, touch: true }));
  windows.set(as, page);
  await page.setViewportSize(PHONE);
  return page;
}

async function goTo(page: Page, path: string): Promise<void> {
  await page.goto(new URL(path, suite.suite.url).href);
  await page.waitForLoadState("load");
}

/** How far a page reaches out of its window, and what of it does. */
function overflowOf(page: Page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const wide = [...document.querySelectorAll("body *")].filter(
      (element) => element.getBoundingClientRect().right > clientWidth,
    );
    return [
      `${scrollWidth} of ${clientWidth}`,
      ...wide.map(({ outerHTML }) => outerHTML.slice(0, 90)),
    ];
  });
}

/** Controls that are too small, and those that a finger cannot hit since something lies over them. */
function smallControlsOf(page: Page) {
  return page.evaluate((finger) => {
    const selector =
      "button, summary, select, input:not([type=hidden]), textarea, .button, .rail-item";
    return (
      [...document.querySelectorAll<HTMLElement>(selector)]
        .filter((element) => element.checkVisibility({ visibilityProperty: true }))
        // What is checked in a text that one reads is no control.
        .filter((element) => !element.matches(":disabled"))
        .flatMap((element) => {
          // What is around a check box is its label.
          const touched = element.matches("[type=checkbox]")
            ? (element.closest("label, .checkbox") ?? element)
            : element;
          const { width, height } = touched.getBoundingClientRect();
          const isSmall = width < finger || height < finger;
          return isSmall ? [`${width}×${height}: ${element.outerHTML.slice(0, 110)}`] : [];
        })
    );
  }, FINGER);
}

/** Items of the bar that are out of the window, or under something else. */
function unreachableOf(page: Page) {
  return page.evaluate(() => {
    // A layer over the page lies over the bar too.
    if (document.querySelector("dialog[open]")) return [];
    return [...document.querySelectorAll<HTMLElement>("#rail .rail-item")].flatMap((item) => {
      const { left, top, width, height } = item.getBoundingClientRect();
      const hit = document.elementFromPoint(left + width / 2, top + height / 2);
      return hit && item.contains(hit) ? [] : [item.textContent];
    });
  });
}

test.each(furnishedPages)("$name fits, and can be touched", async (each) => {
  const page = await phoneOf(each.as?.(suite));
  await openFurnished(page, suite, each);
  const wide = await overflowOf(page);
  const small = await smallControlsOf(page);
  const unreachable = await unreachableOf(page);
  await page.setViewportSize(NARROWEST);
  const narrow = await overflowOf(page);
  const found = { wide, small, unreachable, narrow };
  expect(found).toEqual({ wide: [], small: [], unreachable: [], narrow: [] });
});

describe("by touch", () => {
  test.each(["/", "/notes", "/settings", "/admin"])(
    "the end of %s is not under the bar",
    async (path) => {
      const page = await phoneOf(suite.ada);
      await goTo(page, path);
      const { end, bar } = await page.evaluate(() => {
        scrollTo(0, document.documentElement.scrollHeight);
        const shown = [...document.querySelectorAll("#main :is(p, a, button, input)")].filter(
          (element) => element.checkVisibility() && !element.closest(".unseen"),
        );
        const bottoms = shown.map((element) => element.getBoundingClientRect().bottom);
        const bar = document.querySelector("#rail")?.getBoundingClientRect().top ?? 0;
        return { end: Math.max(...bottoms), bar };
      });
      expect(end).toBeWithin(1, bar + 1);
    },
  );

  test("one goes from the bar to a note, writes in it, and comes back", async () => {
    const page = await phoneOf(suite.ada);
    const note = await suite.ada.createNote("Written on a phone");
    await goTo(page, "/");
    await page.tap("#rail a[href='/notes']");
    await page.tap(`#document-${note} .row-link`);
    await page.locator("#editor-status", { hasText: "Saved" }).waitFor();
    await page.tap("#editor-text");
    await page.keyboard.press("Control+End");
    await page.keyboard.type(" and sent");
    await page.locator("h1", { hasText: "Written on a phone and sent" }).waitFor();
    await page.locator("#editor-status", { hasText: "Saved" }).waitFor();
    expect((await suite.ada.get(`/notes/${note}`)).text).toContain("Written on a phone and sent");
    await page.tap("nav.breadcrumb a");
    await page.locator("#document-items").waitFor();
  });

  test("a menu opens inside the window, also that of the last row", async () => {
    const page = await phoneOf(suite.ada);
    for (const [path, menu] of [
      ["/notes", "[data-row]:last-child details"],
      [`/notes/${suite.own}`, ".page-actions details"],
      ["/", ".rail-menu"],
    ] as const) {
      await goTo(page, path);
      await page.tap(`${menu} > summary`);
      await page.waitForFunction((selector) => {
        const box = document.querySelector(selector)?.getBoundingClientRect();
        if (!box) return false;
        const isInside = box.bottom <= innerHeight && box.right <= innerWidth;
        return isInside && box.left >= 0 && box.top >= 0 && box.width > 0;
      }, `${menu} .menu-panel`);
    }
  });

  test("several notes are selected, and what is done to them is in sight", async () => {
    const page = await phoneOf(suite.nils);
    for (const title of ["First", "Second", "Third"]) await suite.nils.createNote(title);
    await waitFor(async () => (await suite.nils.get("/notes")).text.includes("Third"));
    await goTo(page, "/notes");
    const rows = page.locator("[data-row]");
    for (const title of ["First", "Second"]) {
      await rows.filter({ hasText: title }).locator("[data-row-select]").tap();
    }
    expect(new URL(page.url()).pathname).toBe("/notes");
    await page.locator(".selection-bar").getByRole("button", { name: "Delete" }).tap();
    await page.locator("#toasts", { hasText: "2 notes moved to the trash" }).waitFor();
    await rows.filter({ hasText: "First" }).waitFor({ state: "detached" });
    expect(await rows.filter({ hasText: "Third" }).count()).toBe(1);
  });

  test.each([PHONE, NARROWEST])(
    "every tool of the editor is in sight at $width px",
    async (size) => {
      const page = await phoneOf(suite.ada);
      await goTo(page, `/notes/${suite.own}`);
      await page.setViewportSize(size);
      const cut = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>(".editor-bar button")]
          .filter((button) => button.checkVisibility())
          .flatMap((button) => {
            const { left, top, width, height } = button.getBoundingClientRect();
            const corners = [left + 1, left + width - 1].map((x) =>
              document.elementFromPoint(x, top + height / 2),
            );
            return corners.every((hit) => button.contains(hit)) ? [] : [button.ariaLabel];
          }),
      );
      expect(cut).toEqual([]);
    },
  );

  test("there is room to write above the keyboard", async () => {
    const page = await phoneOf(suite.ada);
    const note = await suite.ada.createNote("A line\n".repeat(200));
    await goTo(page, `/notes/${note}`);
    await page.locator("#editor-status", { hasText: "Saved" }).waitFor();
    await page.tap("#editor-text");
    await page.setViewportSize(ABOVE_KEYBOARD);
    await page.keyboard.press("Control+End");
    await page.keyboard.type("the last words");
    const field = await page.locator("#editor-text").boundingBox();
    expect(field?.height).toBeGreaterThan(150);
    expect((field?.y ?? 0) + (field?.height ?? 0)).toBeLessThanOrEqual(ABOVE_KEYBOARD.height);
    const belowText = await page.evaluate(() => {
      const field = document.querySelector("#editor-text") as HTMLElement;
      const { scrollTop, clientHeight, scrollHeight } = field;
      const padding = Number.parseFloat(getComputedStyle(field).paddingBlockEnd);
      return scrollTop + clientHeight - (scrollHeight - padding);
    });
    // The caret, which is kept in sight, is a little shorter than its line.
    expect(belowText).toBeGreaterThan(-10);
    expect(await page.evaluate(() => scrollY)).toBe(0);
  });
});
