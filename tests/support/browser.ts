/** A real Chromium. A page that logs an error or breaks the page's policy fails the test it is in. */

import { type Browser, type BrowserContext, chromium, type Page } from "playwright";
import { findChromium } from "../../scripts/chromium.ts";
import type { Visitor } from "./visitor.ts";

const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];

/** What a window is like. */
export interface WindowOptions {
  width?: number;
  height?: number;
  dark?: boolean;
  javaScript?: boolean;
  /** Fingers instead of a pointer. */
  touch?: boolean;
  /** Signed in as this visitor. */
  as?: Visitor;
}

/** A browser for one test file. */
export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #complaints: string[] = [];

  constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** Opens a window with cookies of its own. */
  async open(options: WindowOptions = {}): Promise<Page> {
    const { width = 1280, height = 800, dark = false, javaScript = true, as } = options;
    const { touch = false } = options;
    const context = await this.#browser.newContext({
      viewport: { width, height },
      colorScheme: dark ? "dark" : "light",
      javaScriptEnabled: javaScript,
      hasTouch: touch,
      isMobile: touch,
      locale: "en-US",
      timezoneId: "Europe/Rome",
    });
    context.setDefaultTimeout(10_000);
    if (as) await signInContext(context, as);
    const page = await context.newPage();
    this.#watch(page);
    return page;
  }

  /** What pages complained of since the last time, and forgets it. */
  takeComplaints(): string[] {
    return this.#complaints.splice(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }

  #watch(page: Page): void {
    page.on("pageerror", (error) => this.#complaints.push(`error: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() !== "error" && message.type() !== "warning") return;
      const text = message.text();
      // What a browser says of a refused form or a line that was cut is what the test is about.
      if (/Failed to load resource|WebSocket connection to|ERR_INTERNET_DISCONNECTED/.test(text))
        return;
      this.#complaints.push(`${message.type()}: ${text}`);
    });
  }
}

/**
 * Starts Chromium; for it, some addresses (`host:port`) may lead elsewhere. Throws with what to install
 * when there is none.
 */
export async function openBrowser(
  options: { hosts?: Readonly<Record<string, string>> } = {},
): Promise<TestBrowser> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    throw new Error("Cannot start a browser: expected Chromium or Chrome; install chromium");
  }
  const rules = Object.entries(options.hosts ?? {}).map(([from, to]) => `MAP ${from} ${to}`);
  const args = rules.length === 0 ? [] : [`--host-resolver-rules=${rules.join(",")}`];
  return new TestBrowser(await chromium.launch({ executablePath, args: [...ARGUMENTS, ...args] }));
}

/** Gives a context the cookies of somebody who signed in by HTTP. */
export async function signInContext(context: BrowserContext, visitor: Visitor): Promise<void> {
  const url = visitor.url.origin;
  await context.addCookies(visitor.cookies.map(({ name, value }) => ({ name, value, url })));
}
