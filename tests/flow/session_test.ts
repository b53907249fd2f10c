/** Forged, stale and homeless requests, on a real file. */

import { afterEach, beforeEach, expect, test } from "bun:test";
import { type Account, limits } from "../../actors/mod.ts";
import {
  type AccountSuite,
  type Browser,
  fieldValue,
  openAccountSuite,
} from "../support/account_suite.ts";

let suite: AccountSuite;
let inga: Account;
let browser: Browser;

beforeEach(async () => {
  suite = await openAccountSuite();
  inga = await suite.add("Inga Björk");
  browser = suite.browser();
  await browser.signIn(inga);
  await browser.get("/settings");
});

afterEach(() => suite.close());

const IN_SHELL = { "HX-Request": "true", "HX-Target": "main#main", "Sec-Fetch-Mode": "cors" };
const BY_HTMX = { "HX-Request": "true", "HX-Target": "button#pin", "Sec-Fetch-Mode": "cors" };

// ------------------------------------------------------------------------------------- forged

test("a form from another site is refused, whatever it holds, and is written down", async () => {
  for (const Origin of ["https://evil.example", "null", "http://localhost:3001"]) {
    const answer = await browser.post("/notes/1", { text: "spam" }, { Origin });
    expect(answer.status).toBe(403);
    expect(answer.text).not.toContain("saved");
  }
  const [line] = suite.log.find("refused a change from another origin");
  expect(line?.fields).toMatchObject({
    audit: true,
    expected: "http://localhost:3000",
    received: "another",
    by: inga.id,
  });
});

test("a refused form says at which address the suite is", async () => {
  const answer = await browser.post("/notes/1", {}, { Origin: "http://192.168.1.5:3000" });
  expect(answer.text).toContain("http://localhost:3000");
  expect(answer.text).toContain("PUBLIC_URL");
});

test("signing in from another site is refused too", async () => {
  const answer = await suite
    .browser()
    .post("/signin", { email: inga.email }, { Origin: "https://evil.example" });
  expect(answer.status).toBe(403);
});

test("a request that does not say where it comes from is refused", async () => {
  const body = new URLSearchParams({ csrf: browser.csrf, text: "hello" });
  const send = (headers: Record<string, string>) =>
    browser.send("/notes/1", { method: "POST", body, headers });
  expect((await send({})).status).toBe(403);
  expect((await send({ "Sec-Fetch-Site": "cross-site" })).status).toBe(403);
  expect((await send({ "Sec-Fetch-Site": "same-origin" })).status).toBe(200);
});

test("this machine's other names are the same place", async () => {
  const answer = await browser.post(
    "/notes/1",
    { text: "hi" },
    { Origin: "http://127.0.0.1:3000" },
  );
  expect(answer.text).toBe("Inga Björk saved hi");
});

test("a token is needed, and only this session's own will do", async () => {
  const tariq = suite.browser();
  await tariq.signIn(await suite.add("Tariq Aziz"));
  await tariq.get("/settings");
  for (const csrf of ["", "guess", tariq.csrf]) {
    const answer = await browser.post("/notes/1", { csrf, text: "spam" });
    expect(answer.status).toBe(403);
  }
});

test("the token may come in a header or in the form, whichever is fresh", async () => {
  const { csrf } = browser;
  const headers = { "X-Csrf-Token": csrf };
  expect((await browser.post("/notes/1", { csrf: "", text: "a" }, headers)).status).toBe(200);
  const stale = { "X-Csrf-Token": "from an older page" };
  expect((await browser.post("/notes/1", { csrf, text: "b" }, stale)).status).toBe(200);
});

// -------------------------------------------------------------------------------------- stale

test("a form from before the last sign-in comes back whole, to be sent once more", async () => {
  const text = `<script>"it's"</script>\n& more`;
  const fields = { csrf: "from an older page", text, newPassword: "do not show" };
  const answer = await browser.post("/notes/1?view=split", fields);
  expect(answer.status).toBe(403);
  expect(answer.text).toContain('action="/notes/1?view=split"');
  expect(answer.text).not.toContain("<script>&quot;");
  expect(answer.text).not.toContain("do not show");
  const again = await browser.post("/notes/1", { text: fieldValue(answer.text, "text") ?? "" });
  expect(again.text).toBe(`Inga Björk saved ${text}`);
});

test("a part of a page with a stale token has the page fetched again", async () => {
  const answer = await browser.post("/notes/1", { csrf: "stale", text: "x" }, BY_HTMX);
  expect(answer.status).toBe(403);
  expect(answer.headers.get("HX-Refresh")).toBe("true");
});

test("a form sent while signed out keeps what was typed until one is signed in again", async () => {
  await suite.clock.jump(limits.sessionMsMax + 1_000);
  const refused = await browser.post("/notes/1", { text: "an hour of work" });
  expect(refused.status).toBe(401);
  expect(refused.text).toContain("You were signed out");
  expect(fieldValue(refused.text, "text")).toBe("an hour of work");
  // In another tab, while the page with the text stays open.
  await browser.signIn(inga);
  const stale = await browser.post("/notes/1", { csrf: "", text: "an hour of work" });
  expect(stale.status).toBe(403);
  const saved = await browser.post("/notes/1", { text: fieldValue(stale.text, "text") ?? "" });
  expect(saved.text).toBe("Inga Björk saved an hour of work");
});

test("a form keeps all values of one name, such as the lines that were selected", async () => {
  const body = new URLSearchParams([
    ["csrf", ""],
    ["id", "one"],
    ["id", "two"],
  ]);
  const headers = {
    Origin: "http://localhost:3000",
    "Content-Length": String(body.toString().length),
    "Sec-Fetch-Mode": "navigate",
  };
  const answer = await suite.browser().send("/notes/1/pin", { method: "POST", body, headers });
  expect(answer.status).toBe(401);
  const kept = [...answer.text.matchAll(/name="id" value="(\w+)"/g)].map(([, id]) => id);
  expect(kept).toEqual(["one", "two"]);
});

test("inside the shell the kept form is a part of the page", async () => {
  const stranger = suite.browser();
  const answer = await stranger.post("/notes/1", { text: "typed" }, IN_SHELL);
  expect(answer.status).toBe(401);
  expect(answer.text).not.toContain("<!DOCTYPE");
  expect(fieldValue(answer.text, "text")).toBe("typed");
});

// ----------------------------------------------------------------------------------- homeless

test("a page that needs an account asks to sign in and comes back", async () => {
  const stranger = suite.browser();
  const answer = await stranger.get("/notes/1?view=split", { "Sec-Fetch-Mode": "navigate" });
  expect([answer.status, answer.location]).toEqual([
    303,
    "/signin?next=%2Fnotes%2F1%3Fview%3Dsplit",
  ]);
  for (const path of ["/settings", "/admin"]) {
    expect((await stranger.get(path)).location).toBe(`/signin?next=%2F${path.slice(1)}`);
  }
});

test("htmx is sent to sign in as a whole page", async () => {
  const stranger = suite.browser();
  const inShell = await stranger.get("/notes/1", IN_SHELL);
  expect(inShell.status).toBe(401);
  expect(inShell.headers.get("HX-Redirect")).toBe("/signin?next=%2Fnotes%2F1");
  const headers = { ...BY_HTMX, "HX-Current-URL": "http://localhost:3000/notes?q=a" };
  const part = await stranger.post("/notes/1/pin", {}, headers);
  expect(part.status).toBe(401);
  expect(part.headers.get("HX-Redirect")).toBe("/signin?next=%2Fnotes%3Fq%3Da");
  const nowhere = await stranger.post("/notes/1/pin", {}, BY_HTMX);
  expect(nowhere.headers.get("HX-Redirect")).toBe("/signin");
});

test("a script is told to sign in by status, not by a page", async () => {
  const stranger = suite.browser();
  for (const headers of [{ "Sec-Fetch-Mode": "cors" }, { Accept: "application/json" }]) {
    const answer = await stranger.get("/notes/1", headers);
    expect(answer.status).toBe(401);
    expect(answer.location).toBeNull();
  }
});

test("a cookie that is no session is nobody", async () => {
  const stranger = suite.browser();
  for (const token of ["", "x", "x".repeat(5_000), "a=b", "%00"]) {
    stranger.cookies.set("session", token);
    expect((await stranger.get("/notes/1")).status).toBe(303);
  }
});

test("pages of administrators are closed to members", async () => {
  expect((await browser.get("/admin")).status).toBe(403);
  expect((await browser.post("/admin/sign-up", { open: "on" })).status).toBe(403);
  expect((await browser.post("/admin/invitations", { role: "administrator" })).status).toBe(403);
  expect(
    (await browser.post(`/admin/people/${inga.id}/role`, { role: "administrator" })).status,
  ).toBe(403);
  expect((await suite.services.accounts.find(inga.id))?.role).toBe("member");
});

test("a form that cannot be read is refused as such", async () => {
  const send = (body: string, type: string) =>
    browser.send("/settings", {
      method: "POST",
      body,
      headers: {
        Origin: "http://localhost:3000",
        "X-Csrf-Token": browser.csrf,
        "Content-Type": type,
      },
    });
  const malformed = await send("name=%4", "application/x-www-form-urlencoded");
  expect(malformed.status).toBe(422);
  expect((await send("--broken", "multipart/form-data; boundary=other")).status).toBe(415);
});
