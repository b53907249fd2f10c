/** Somebody who uses the suite by plain HTTP: follows its forms, keeps its cookies. */

import { fieldValue } from "./account_suite.ts";

/** What everybody in these tests signs in with. */
export const PASSWORD = "correct horse battery";

/** An answer with its text read. */
export interface Page {
  status: number;
  headers: Headers;
  text: string;
  /** Where it sends the visitor. */
  location: string | null;
}

/** A browser without JavaScript, over real HTTP. */
export class Visitor {
  readonly url: URL;
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();
  #csrf = "";

  /** `origin` is where its pages say they come from: one's own address, unless a balancer is in front. */
  constructor(url: URL, options: { origin?: string } = {}) {
    this.url = url;
    this.#origin = options.origin ?? url.origin;
  }

  /** The same person at another address of the same suite, with the cookies of this moment. */
  at(url: URL): Visitor {
    const visitor = new Visitor(url, { origin: this.#origin });
    for (const [name, value] of this.#cookies) visitor.#cookies.set(name, value);
    visitor.#csrf = this.#csrf;
    return visitor;
  }

  /** Goes on with the cookies of a visitor in another process. */
  adopt(cookies: readonly { name: string; value: string }[]): void {
    for (const { name, value } of cookies) this.#cookies.set(name, value);
  }

  /** The cookies as a header, for sockets. */
  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** Name and value of each cookie, for a browser that goes on as this visitor. */
  get cookies(): { name: string; value: string }[] {
    return [...this.#cookies].map(([name, value]) => ({ name, value }));
  }

  /** Asks for a page. */
  get(path: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.#send(path, { headers });
  }

  /** Sends a form from the page seen last. */
  post(
    path: string,
    fields: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<Page> {
    const body = new URLSearchParams({ csrf: this.#csrf, ...fields });
    return this.#send(path, { method: "POST", body, headers });
  }

  /** Makes a note and answers with its id. */
  async createNote(text = ""): Promise<string> {
    if (this.#csrf === "") await this.get("/notes");
    const { status, location } = await this.post("/notes", { text });
    const id = /^\/notes\/(\w+)$/.exec(location ?? "")?.[1];
    if (id === undefined) throw new Error(`Cannot create note: received ${status} "${location}"`);
    return id;
  }

  /** Shares a note with somebody who has an account; `none` takes it away. */
  async share(note: string, email: string, role: "write" | "read"): Promise<void> {
    const { status } = await this.post(`/notes/${note}/share`, { person: email, role });
    if (status !== 303) throw new Error(`Cannot share note: expected 303, received ${status}`);
  }

  async #send(path: string, init: RequestInit & { headers: Record<string, string> }) {
    const headers = { Origin: this.#origin, Cookie: this.cookie, ...init.headers };
    const response = await fetch(new URL(path, this.url), { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    const text = await response.text();
    this.#csrf = fieldValue(text, "csrf") ?? this.#csrf;
    const location = response.headers.get("Location");
    return { status: response.status, headers: response.headers, text, location };
  }

  #keep(line: string): void {
    const [pair = ""] = line.split(";");
    const at = pair.indexOf("=");
    const name = pair.slice(0, at);
    if (/max-age=0\b/i.test(line)) this.#cookies.delete(name);
    else this.#cookies.set(name, pair.slice(at + 1));
  }
}

/** The address of somebody in these tests, such as `ada@harbor.example`. */
export function emailOf(name: string): string {
  return `${name.toLowerCase().replaceAll(" ", ".")}@harbor.example`;
}

/** Makes an account by a setup link or an invitation, and comes back signed in. */
export async function signUp(link: string, name: string): Promise<Visitor> {
  const url = new URL(link);
  const visitor = new Visitor(new URL(url.origin));
  const path = url.pathname + url.search;
  await visitor.get(path);
  const fields = { name, email: emailOf(name), password: PASSWORD };
  const { status, text } = await visitor.post("/signup", {
    ...fields,
    ...Object.fromEntries(url.searchParams),
  });
  if (status !== 303) throw new Error(`Cannot sign up: expected 303, received ${status}\n${text}`);
  await visitor.get("/notes");
  return visitor;
}

/** Signs in somebody who has an account. */
export async function signIn(url: URL, name: string): Promise<Visitor> {
  const visitor = new Visitor(url);
  const fields = { email: emailOf(name), password: PASSWORD };
  const { status } = await visitor.post("/signin", fields);
  if (status !== 303) throw new Error(`Cannot sign in: expected 303, received ${status}`);
  await visitor.get("/notes");
  return visitor;
}

/** Lets somebody in by an invitation of an administrator's. */
export async function inviteAndSignUp(
  administrator: Visitor,
  name: string,
  role: "administrator" | "member" | "guest" = "member",
): Promise<Visitor> {
  await administrator.get("/admin");
  const { status, text } = await administrator.post("/admin/invitations", { role });
  const link = /http[^"<\s]*\/signup\?invitation=[\w-]+/.exec(text)?.[0];
  if (link === undefined) throw new Error(`Cannot invite: received ${status} without a link`);
  return signUp(link, name);
}
