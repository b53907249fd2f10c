/** Somebody who asks for pages all the time, and remembers every request that was not served. */

import { fieldValue } from "../support/account_suite.ts";
import { PageClient, type PageClientOptions } from "./page_client.ts";

/** A person's pause: the suite holds accounts to a number of requests in a minute. */
const READ_MS = 20;

/** Somebody who makes notes without a script. */
export class PageReader {
  /** What was not answered, or not well. */
  readonly failures: string[] = [];
  /** How many requests there were. */
  requests = 0;
  readonly #client: PageClient;
  readonly #name: string;
  #isOver = false;

  constructor(index: number, options: PageClientOptions) {
    this.#name = `${index} with ${options.keepsAlive ? "one connection" : "many connections"}`;
    this.#client = new PageClient(options);
  }

  /** Asks for page after page, until it is over. */
  async run(): Promise<void> {
    while (!this.#isOver) await this.#makeNote();
    this.#client.close();
  }

  /** Comes to an end with the note that is being made. */
  stop(): void {
    this.#isOver = true;
  }

  /** The list, a new note, the note, its form, and what became of it. */
  async #makeNote(): Promise<void> {
    const list = await this.#try("GET", "/notes");
    const csrf = fieldValue(list?.text ?? "", "csrf") ?? "";
    const made = await this.#try("POST", "/notes", { csrf, text: "first words" });
    if (made?.location === undefined) return;
    const page = await this.#try("GET", made.location);
    const baseVersion = fieldValue(page?.text ?? "", "baseVersion") ?? "";
    const operation = fieldValue(page?.text ?? "", "operation") ?? "";
    const form = { csrf, baseVersion, operation, text: "second words" };
    await this.#try("POST", made.location, form);
    const changed = await this.#try("GET", made.location);
    if (changed?.text.includes("second words") === false) this.#fail("the form is lost");
  }

  async #try(method: "GET" | "POST", path: string, fields: Record<string, string> = {}) {
    await Bun.sleep(READ_MS);
    this.requests += 1;
    const startMs = performance.now();
    try {
      const asked = method === "GET" ? this.#client.get(path) : this.#client.post(path, fields);
      const answer = await asked;
      if (answer.status >= 400) this.#fail(`${method} ${path}: ${answer.status}`, startMs);
      return answer;
    } catch (error) {
      this.#client.close();
      this.#fail(`${method} ${path}: ${error}`, startMs);
      return undefined;
    }
  }

  #fail(what: string, startMs = performance.now()): void {
    const tookMs = Math.round(performance.now() - startMs);
    this.failures.push(`${this.#name}: ${what} after ${tookMs} ms`);
  }
}
