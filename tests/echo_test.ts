/**
 * What strangers send stands in no log and in no answer: a mark is put into the path, the query, the
 * headers and the fields of every route, signed out, and looked for everywhere. Forms alone come back to
 * their sender, escaped.
 */

import { afterAll, beforeAll, expect, test } from "bun:test";
import type { LoopWatch } from "../actors/mod.ts";
import { createApp } from "../routes/app.ts";
import type { BuiltAssets } from "../routes/http/assets.ts";
import type { Health } from "../routes/http/health.ts";
import { startSuite, type TestSuite } from "./support/suite.ts";
import { readSources } from "./tidy/source.ts";

const MARK = "zq7mark";
/** Whatever of it is not escaped would be seen. */
const MARKED = `${MARK}<b>"'`;

let suite: TestSuite;
let fields: string[];
let headers: string[];

beforeAll(async () => {
  suite = await startSuite();
  const sources = await readSources();
  const text = sources
    .filter(({ path }) => /^(?:routes|views|server)/.test(path) && !path.includes("_test."))
    .map((file) => file.text)
    .join("\n");
  fields = namesIn(text, /\bname="([a-z_]+)"|\bform\.([a-z_]+)\b|"([a-z]+(?:_[a-z]+)*)" in form/g);
  headers = namesIn(text, /(?:req\.header|headers\.(?:get|has))\("([\w-]+)"\)/g);
});

afterAll(() => suite.stop());

function namesIn(text: string, pattern: RegExp): string[] {
  const names = [...text.matchAll(pattern)].map((match) => match.slice(1).find(Boolean) ?? "");
  return [...new Set(names)];
}

function appOf({ services }: TestSuite) {
  const health: Health = {
    isLeaving: false,
    parts: () => ({}),
    localParts: new Set(),
    cluster: () => undefined,
  };
  const assets = { urls: services.assets } as unknown as BuiltAssets;
  return createApp({ services, health, assets });
}

/** Every route there is, from the application itself. */
function routesOf(of: TestSuite): { method: string; path: string }[] {
  const all = appOf(of).routes;
  const found = new Map(
    all
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => [`${method} ${path}`, { method, path }]),
  );
  return [...found.values(), { method: "GET", path: "/live" }, { method: "GET", path: "/*" }];
}

function urlOf(path: string): URL {
  const url = new URL(path.replaceAll(/:\w+(?:\{[^}]*\})?|\*/g, MARK), suite.url);
  for (const name of ["q", "next", "v", "key", "near", "setup", "invitation", ...fields]) {
    url.searchParams.set(name, MARKED);
  }
  return url;
}

/** What shapes the request itself, and what is tried one by one below. */
const LEFT_OUT = new Set(["host", "connection", "content-length", "origin", "upgrade"]);

function requestsOf(method: string): RequestInit[] {
  const marked = new Headers(
    [
      ...headers,
      "Referer",
      "X-Forwarded-For",
      "X-Request-Id",
      "Forwarded",
      "X-Http-Method-Override",
    ]
      .filter((name) => !LEFT_OUT.has(name.toLowerCase()))
      .map((name) => [name, MARKED] as [string, string]),
  );
  marked.set("Cookie", `session=${MARK}; other=${MARK}`);
  const ours = new Headers({ Origin: suite.url.origin });
  const foreign = new Headers({ Origin: `https://${MARK}.example` });
  const bodies =
    method === "GET" ? [undefined] : [new URLSearchParams(fields.map((name) => [name, MARKED]))];
  return bodies.flatMap((body) =>
    [marked, ours, foreign].map((given) => {
      const sent = new Headers(given);
      if (given === marked) {
        sent.set("Origin", suite.url.origin);
        // A form has to be read as one for its fields to get anywhere.
        sent.delete("Content-Type");
        sent.delete("Accept");
        sent.delete("Sec-WebSocket-Protocol");
      }
      return { method, headers: sent, body: body ?? null, redirect: "manual" } as RequestInit;
    }),
  );
}

/** What is given back to its sender by design: values of a form, the path of one, and where to go on to. */
function withoutForms(text: string): string {
  return text
    .replaceAll(/\b(?:value|action)="[^"]*"/g, "")
    .replaceAll(/<textarea[^>]*>[^<]*<\/textarea>/g, "")
    .replaceAll(/href="\/sign(?:in|up)\?[^"]*"/g, "");
}

test("every route is there to be tried, with every field and header that is read", () => {
  expect(routesOf(suite).length).toBeGreaterThan(40);
  for (const name of ["email", "password", "text", "next"]) expect(fields).toContain(name);
  for (const name of ["Origin", "User-Agent", "X-Csrf-Token"]) expect(headers).toContain(name);
});

test("nothing that a stranger sends is repeated in an answer or in the log", async () => {
  const told: string[] = [];
  for (const { method, path } of routesOf(suite)) {
    for (const init of requestsOf(method)) {
      const answer = await fetch(urlOf(path), init);
      const text = await answer.text();
      const about = `${method} ${path} ${answer.status}`;
      // Markup has to come back escaped, wherever it stands.
      if (text.includes(`${MARK}<b>`)) told.push(`${about}: markup`);
      if (withoutForms(text).includes(MARK)) told.push(`${about}: body`);
      for (const [name, value] of answer.headers) {
        const isWay = /^(?:location|hx-redirect)$/.test(name) && /^\/sign(?:in|up)\?/.test(value);
        if (value.includes(MARK) && !isWay) told.push(`${about}: header ${name}`);
      }
    }
  }
  const lines = suite.log.lines.map((line) => JSON.stringify(line));
  told.push(...lines.filter((line) => line.includes(MARK)).map((line) => `log: ${line}`));
  expect(told).toEqual([]);
  expect(suite.log.find("request failed")).toEqual([]);
}, 60_000);

test("a request that fails is logged with its route, and not with its path", async () => {
  const { documentQueries } = suite.services;
  const link = documentQueries.link;
  documentQueries.link = () => Promise.reject(new Error("away"));
  try {
    const answer = await fetch(new URL(`/shared/${MARK}`, suite.url));
    expect(answer.status).toBe(500);
    // The page offers to try the same address again.
    const text = (await answer.text()).replaceAll(`href="/shared/${MARK}"`, "");
    expect(text).not.toContain(MARK);
  } finally {
    documentQueries.link = link;
  }
  const [line] = suite.log.find("request failed");
  expect(line?.fields.route).toBe("/shared/:token");
  expect(JSON.stringify(line)).not.toContain(MARK);
});

test("what holds the main thread is told by its route, and not by its path", async () => {
  const names: string[] = [];
  const watch = {
    enter(name: string) {
      names.push(name);
      return () => {};
    },
    step<Value>(name: string, take: () => Value): Value {
      names.push(name);
      return take();
    },
  } as unknown as LoopWatch;
  await appOf(suite).request(`/shared/${MARK}`, {}, { peer: undefined, watch });
  await appOf(suite).request(`/${MARK}`, {}, { peer: undefined, watch });
  expect(names).toContain("GET /shared/:token");
  expect(names.join()).not.toContain(MARK);
});
