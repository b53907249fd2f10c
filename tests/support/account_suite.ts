/** The account pages of a suite on a real SQLite file, and browsers that keep cookies. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Context, Hono } from "hono";
import type { Account, Role } from "../../actors/mod.ts";
import { Argon2idHasher } from "../../db/account/password.ts";
import { openAccounts } from "../../db/account.ts";
import { makeThrottles } from "../../db/alone/throttle.ts";
import { accountRoutes } from "../../routes/account/pages.tsx";
import { settingsRoutes } from "../../routes/account/settings.tsx";
import { adminRoutes } from "../../routes/admin/pages.tsx";
import { makeBodyBudgets } from "../../routes/http/body_budget.ts";
import { admitBodies, settleBodies } from "../../routes/http/body_gate.ts";
import type { Env } from "../../routes/http/env.ts";
import { errorHandler, notFoundHandler } from "../../routes/http/errors.tsx";
import { readForm } from "../../routes/http/form.ts";
import { clientAddress } from "../../routes/http/origin.ts";
import { refuseForged, sessionMiddleware, viewerOf } from "../../routes/http/session.ts";
import type { Services } from "../../routes/services.ts";
import { FakeClock } from "./fake_clock.ts";
import { MemoryLog } from "./memory_log.ts";
import { person } from "./people.ts";

/** What everybody in these tests signs in with. */
export const PASSWORD = "correct horse battery";

const passwords = new Argon2idHasher();
/** Made once: a hash takes as long as it should. */
const passwordHash = passwords.hash(PASSWORD);

/** A suite that has accounts and nothing else. */
export interface AccountSuite {
  app: Hono<Env>;
  services: Services;
  clock: FakeClock;
  log: MemoryLog;
  /** Sessions whose sockets were closed. */
  closed: string[];
  add(name: string, role?: Role): Promise<Account>;
  /** A browser at the suite's own address. */
  browser(given?: { userAgent?: string; address?: string }): Browser;
  close(): Promise<void>;
}

/** Opens one in a folder of its own. */
export async function openAccountSuite(
  given: { publicUrl?: string; trustProxy?: boolean } = {},
): Promise<AccountSuite> {
  const folder = await mkdtemp(join(tmpdir(), "accounts-"));
  const clock = new FakeClock();
  const closed: string[] = [];
  const stores = await openAccounts(join(folder, "account.db"), clock, {
    onSessionsEnded: async (ids) => void closed.push(...ids),
  });
  const log = new MemoryLog();
  const publicUrl = new URL(given.publicUrl ?? "http://localhost:3000");
  const services = {
    ...stores,
    config: { publicUrl, trustProxy: given.trustProxy ?? false },
    clock,
    log,
    passwords,
    throttles: makeThrottles(),
    bodies: makeBodyBudgets(),
    // Nobody is told anything here; only what account pages ask of inboxes is there.
    inboxQueries: { unread: async () => 0, preferences: async () => undefined },
    inboxes: { ask: async () => ({ unread: 0, entries: [] }) },
    assets: {
      css: "/app.css",
      app: "/app.js",
      editor: "/editor.js",
      mentions: "/mentions.js",
      icon: "/icon.svg",
      touchIcon: "/static/icon_192-1.png",
      pushDevices: "/static/push_devices-1.js",
      device: "/static/device-1.js",
      kept: "/static/kept-1.js",
    },
  } as unknown as Services;
  const app = createAccountApp(services);
  return {
    app,
    services,
    clock,
    log,
    closed,
    async add(name, role = "member") {
      const account = person(name, { role });
      await stores.accounts.create(account, await passwordHash);
      return account;
    },
    browser: (options) => new Browser(app, { origin: publicUrl.origin, ...options }),
    async close() {
      await stores.close();
      await rm(folder, { recursive: true });
    },
  };
}

function createAccountApp(services: Services): Hono<Env> {
  const app = new Hono<Env>();
  app.onError(errorHandler(services));
  app.notFound(notFoundHandler(services, app));
  app.use(settleBodies(services));
  app.use(async (c, next) => {
    const { trustProxy } = services.config;
    c.set("address", clientAddress(c.req.raw.headers, { direct: c.env.peer, trustProxy }));
    await next();
  });
  app.use(admitBodies());
  app.use(sessionMiddleware(services));
  app.use(refuseForged(services));
  app.route("/", accountRoutes(services));
  app.route("/", settingsRoutes(services));
  app.route("/", adminRoutes(services));
  // Stands for every page and form that needs an account.
  app.get("/notes/*", (c) => c.text(`notes of ${viewerOf(c).name}`));
  const save = async (c: Context<Env>) => {
    const viewer = viewerOf(c);
    return c.text(`${viewer.name} saved ${(await readForm(c)).text}`);
  };
  app.post("/notes/:id", save);
  app.post("/notes/:id/pin", save);
  return app;
}

/** One answer, with its text read. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** Where it sends the browser. */
  location: string | null;
}

/** A browser: keeps cookies, says where its forms come from, remembers the token of its page. */
export class Browser {
  readonly cookies = new Map<string, string>();
  csrf = "";
  readonly #app: Hono<Env>;
  readonly #origin: string;
  readonly #userAgent: string;
  readonly #address: string;

  constructor(app: Hono<Env>, options: { origin: string; userAgent?: string; address?: string }) {
    this.#app = app;
    this.#origin = options.origin;
    this.#userAgent =
      options.userAgent ?? "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";
    this.#address = options.address ?? "192.0.2.7";
  }

  /** Asks for a page. */
  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send(path, { headers });
  }

  /** Sends a form from the page it is on. */
  post(
    path: string,
    fields: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const body = new URLSearchParams({ csrf: this.csrf, ...fields });
    // What is sent in this process has no length of its own.
    const length = { "Content-Length": String(body.toString().length) };
    const own = { Origin: this.#origin, ...length };
    return this.send(path, { method: "POST", body, headers: { ...own, ...headers } });
  }

  /** Sends a request as it is, with the browser's cookies. */
  async send(
    path: string,
    init: RequestInit & { headers: Record<string, string> },
  ): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { "User-Agent": this.#userAgent, Cookie: cookie, ...init.headers };
    const url = new URL(path, this.#origin).href;
    const response = await this.#app.request(url, { ...init, headers }, { peer: this.#address });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    const text = await response.text();
    this.csrf = fieldValue(text, "csrf") ?? this.csrf;
    const location = response.headers.get("Location");
    return { status: response.status, headers: response.headers, text, location };
  }

  /** Signs in with the password of these tests. */
  signIn(account: Account, fields: Record<string, string> = {}): Promise<Answer> {
    return this.post("/signin", { email: account.email, password: PASSWORD, ...fields });
  }

  #keep(line: string): void {
    const [pair = ""] = line.split(";");
    const at = pair.indexOf("=");
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    if (/max-age=0\b/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

/** The value of the first field of that name in a page. */
export function fieldValue(html: string, name: string): string | undefined {
  for (const [tag] of html.matchAll(/<input\b[^>]*>/g)) {
    if (!tag.includes(`name="${name}"`)) continue;
    return decodeEntities(/\bvalue="([^"]*)"/.exec(tag)?.[1] ?? "");
  }
  return undefined;
}

function decodeEntities(text: string): string {
  const signs: Record<string, string> = {
    quot: '"',
    lt: "<",
    gt: ">",
    "#39": "'",
    "#x27": "'",
    amp: "&",
  };
  return text.replace(/&(quot|lt|gt|#39|#x27|amp);/g, (_, name: string) => signs[name] ?? "");
}
