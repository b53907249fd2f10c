/** Getting in and out, as browsers do it, on a real file. */

import { afterEach, beforeEach, expect, setSystemTime, test } from "bun:test";
import { limits } from "../../actors/mod.ts";
import { mintSetupLink } from "../../routes/account/pages.tsx";
import { setSignUpOpen } from "../../routes/account/ways_in.ts";
import {
  type AccountSuite,
  type Browser,
  fieldValue,
  openAccountSuite,
  PASSWORD,
} from "../support/account_suite.ts";

let suite: AccountSuite;

beforeEach(async () => {
  suite = await openAccountSuite();
});

afterEach(async () => {
  setSystemTime();
  await suite.close();
});

const INGA = { name: "Inga Björk", email: "inga@harbor.example", password: PASSWORD };

/** The path and query of a link. */
function pathOf(link: string | undefined): string {
  const url = new URL(link ?? "");
  return url.pathname + url.search;
}

/** Opens a sign-up link and sends its form. */
async function signUpBy(browser: Browser, link: string | undefined, fields = INGA) {
  const page = await browser.get(pathOf(link));
  const tokens = ["setup", "invitation"].flatMap((name) => {
    const value = fieldValue(page.text, name);
    return value === undefined ? [] : [[name, value]];
  });
  return await browser.post("/signup", { ...Object.fromEntries(tokens), ...fields });
}

// -------------------------------------------------------------------------------- first start

test("the setup link makes the administrator's account and signs in", async () => {
  const browser = suite.browser();
  const answer = await signUpBy(browser, await mintSetupLink(suite.services));
  expect([answer.status, answer.location]).toEqual([303, "/"]);
  const [account] = await suite.services.accounts.list();
  expect(account).toMatchObject({ name: "Inga Björk", role: "administrator", theme: "system" });
  expect((await browser.get("/admin")).status).toBe(200);
});

test("the setup link works once, and there is no other once somebody has an account", async () => {
  const link = await mintSetupLink(suite.services);
  await signUpBy(suite.browser(), link);
  const stranger = suite.browser();
  expect((await stranger.get(pathOf(link))).status).toBe(410);
  const setup = new URL(link ?? "").searchParams.get("setup") ?? "";
  const again = { ...INGA, setup, email: "mallory@harbor.example" };
  expect((await stranger.post("/signup", again)).status).toBe(410);
  expect(await mintSetupLink(suite.services)).toBeUndefined();
  expect(await suite.services.accounts.count()).toBe(1);
});

test("a new start ends the setup link of the one before, and time ends both", async () => {
  const old = await mintSetupLink(suite.services);
  const link = await mintSetupLink(suite.services);
  expect((await suite.browser().get(pathOf(old))).status).toBe(410);
  expect((await suite.browser().get(pathOf(link))).status).toBe(200);
  await suite.clock.jump(limits.setupLinkMsMax);
  expect((await suite.browser().get(pathOf(link))).status).toBe(410);
});

test("a stranger who comes before the administrator cannot get in", async () => {
  await mintSetupLink(suite.services);
  const stranger = suite.browser();
  const page = await stranger.get("/signup");
  expect(page.status).toBe(403);
  expect(page.text).toContain("Not set up yet");
  expect((await stranger.post("/signup", INGA)).status).toBe(403);
  expect((await stranger.post("/signup", { ...INGA, setup: "guess" })).status).toBe(410);
  expect(await suite.services.accounts.count()).toBe(0);
});

// ------------------------------------------------------------------------------------ sign-up

test("an invitation makes one account with its role, in the browser's zone and language", async () => {
  const inga = await suite.add("Inga Björk", "administrator");
  const admin = suite.browser();
  await admin.signIn(inga);
  await admin.get("/admin");
  const made = await admin.post("/admin/invitations", { role: "guest" });
  const link = fieldValue(made.text, "link");
  expect(made.status).toBe(201);
  expect(link).toStartWith("http://localhost:3000/signup?invitation=");
  expect((await admin.get("/admin")).text).not.toContain("invitation=");

  const guest = suite.browser({ address: "192.0.2.8" });
  const page = await guest.get(pathOf(link));
  expect(page.text).toContain("You are invited as a guest");
  const invitation = fieldValue(page.text, "invitation") ?? "";
  const zoe = { name: "Zoë Li", email: "zoe@harbor.example", password: PASSWORD };
  const answer = await guest.post(
    "/signup",
    { ...zoe, invitation, timeZone: "Asia/Tokyo", role: "administrator" },
    { "Accept-Language": "fr-CA" },
  );
  expect(answer.status).toBe(303);
  const found = await suite.services.accounts.findByEmail("zoe@harbor.example");
  expect(found?.account).toMatchObject({
    role: "guest",
    timeZone: "Asia/Tokyo",
    language: "fr-CA",
  });
  expect((await suite.browser().get(pathOf(link))).status).toBe(410);
  expect((await admin.get("/admin")).text).toMatch(/used by <bdi>Zoë Li/);
});

test("without a link one is told how to get in, until sign-up is open", async () => {
  await suite.add("Inga Björk", "administrator");
  const stranger = suite.browser();
  const closed = await stranger.get("/signup");
  expect(closed.status).toBe(403);
  expect(closed.text).toContain("Ask an administrator");
  expect((await stranger.get("/signin")).text).not.toContain("/signup");
  await setSignUpOpen(suite.services, true);
  expect((await stranger.get("/signin")).text).toContain('href="/signup"');
  const answer = await stranger.post("/signup", { ...INGA, email: "zoe@harbor.example" });
  expect(answer.status).toBe(303);
  const found = await suite.services.accounts.findByEmail("zoe@harbor.example");
  expect(found?.account.role).toBe("member");
});

test("what is wrong stands beside its field, and what was typed stays, but no password", async () => {
  const link = await mintSetupLink(suite.services);
  const browser = suite.browser();
  const typed = { name: "<b>Inga</b>", email: "inga", password: "short-one" };
  const answer = await signUpBy(browser, link, typed);
  expect(answer.status).toBe(422);
  expect(answer.text).toContain('id="email-error"');
  expect(answer.text).toContain('id="password-error"');
  expect(answer.text).not.toContain('id="name-error"');
  expect(fieldValue(answer.text, "name")).toBe("<b>Inga</b>");
  expect(fieldValue(answer.text, "email")).toBe("inga");
  expect(answer.text).not.toContain("short-one");
  expect(answer.text).not.toContain("<b>");
  const setup = fieldValue(answer.text, "setup") ?? "";
  expect((await browser.post("/signup", { ...INGA, setup })).status).toBe(303);
});

test("sign-up refuses an address that has an account and keeps the invitation", async () => {
  const inga = await suite.add("Inga Björk", "administrator");
  await setSignUpOpen(suite.services, true);
  const answer = await suite
    .browser()
    .post("/signup", { ...INGA, email: inga.email.toUpperCase() });
  expect(answer.status).toBe(422);
  expect(answer.text).toContain("This address has an account already");
});

test("open sign-up slows down an address that makes account after account", async () => {
  await suite.add("Inga Björk", "administrator");
  await setSignUpOpen(suite.services, true);
  const { address } = suite.services.throttles;
  for (let i = 1; i < limits.signInFailuresPerAddressMax; i++) await address.attempt("192.0.2.7");
  const post = (email: string) => suite.browser().post("/signup", { ...INGA, email });
  expect((await post("one@harbor.example")).status).toBe(303);
  const refused = await post("two@harbor.example");
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get("Retry-After"))).toBeGreaterThan(0);
  expect(fieldValue(refused.text, "email")).toBe("two@harbor.example");
});

test("somebody who is signed in is told so instead of making another account", async () => {
  const browser = suite.browser();
  await browser.signIn(await suite.add("Inga Björk"));
  expect((await browser.get("/signup")).text).toContain("You have an account");
  expect((await browser.get("/signin?next=/notes")).location).toBe("/notes");
});

// ------------------------------------------------------------------------------------ sign-in

test("signing in sets a cookie that scripts cannot read and goes on to where one was", async () => {
  const inga = await suite.add("Inga Björk");
  const browser = suite.browser();
  const asked = await browser.get("/notes/1?view=split");
  expect([asked.status, asked.location]).toEqual([303, "/signin?next=%2Fnotes%2F1%3Fview%3Dsplit"]);
  const next = fieldValue((await browser.get(asked.location ?? "")).text, "next") ?? "";
  const answer = await browser.signIn(inga, { next });
  expect([answer.status, answer.location]).toEqual([303, "/notes/1?view=split"]);
  const [cookie, ...more] = answer.headers.getSetCookie();
  expect(cookie).toMatch(
    /^session=[a-z2-7]{40}; Max-Age=34560000; Path=\/; HttpOnly; SameSite=Lax$/,
  );
  // The first page after it is told apart.
  expect(more).toEqual(["new_session=first_page; Max-Age=60; Path=/; HttpOnly; SameSite=Lax"]);
  expect((await browser.get("/notes/1")).text).toBe("notes of Inga Björk");
});

test("over https the cookie is bound to the host and never sent in the clear", async () => {
  const secure = await openAccountSuite({ publicUrl: "https://suite.harbor.example" });
  const inga = await secure.add("Inga Björk");
  const browser = secure.browser();
  const answer = await browser.signIn(inga);
  expect(answer.headers.getSetCookie()[0]).toMatch(/^__Host-session=.*; Secure/);
  expect((await browser.get("/notes/1")).status).toBe(200);
  const token = browser.cookies.get("__Host-session") ?? "";
  const planted = secure.browser();
  planted.cookies.set("session", token);
  expect((await planted.get("/notes/1")).status).toBe(303);
  await secure.close();
});

test("signing in never goes on to another site", async () => {
  const inga = await suite.add("Inga Björk");
  for (const next of ["https://evil.example", "//evil.example", "/\\evil.example"]) {
    const answer = await suite.browser().signIn(inga, { next });
    expect(answer.location).toBe("/");
  }
});

test("every sign-in starts a new session and ends the one this browser had", async () => {
  const inga = await suite.add("Inga Björk");
  const browser = suite.browser();
  await browser.signIn(inga);
  const old = suite.browser();
  old.cookies.set("session", browser.cookies.get("session") ?? "");
  expect((await old.get("/notes/1")).status).toBe(200);
  const [session] = await suite.services.sessions.list(inga.id);
  await browser.signIn(inga);
  expect((await old.get("/notes/1")).status).toBe(303);
  expect(suite.closed).toEqual([session?.id ?? ""]);
  expect(await suite.services.sessions.list(inga.id)).toHaveLength(1);
});

test("a wrong password and an unknown address get the same answer", async () => {
  const inga = await suite.add("Inga Björk");
  const wrong = await suite.browser().signIn(inga, { password: "wrong horse battery" });
  const unknown = await suite.browser().signIn({ ...inga, email: "olaf@harbor.example" });
  const long = await suite.browser().signIn(inga, { password: "x".repeat(5_000) });
  for (const answer of [wrong, unknown, long]) {
    expect(answer.status).toBe(401);
    expect(answer.headers.getSetCookie()).toEqual([]);
  }
  expect(wrong.text.replace(inga.email, "")).toBe(unknown.text.replace("olaf@harbor.example", ""));
  expect(wrong.text).not.toContain("wrong horse");
  expect(fieldValue(wrong.text, "email")).toBe(inga.email);
});

test("an empty form is told what is missing and counts as no attempt", async () => {
  for (let i = 0; i <= limits.signInFailuresPerAddressMax; i++) {
    const answer = await suite.browser().post("/signin");
    expect(answer.status).toBe(422);
  }
});

test("an account that was tried too often has to wait, even with the right password", async () => {
  const inga = await suite.add("Inga Björk");
  const tariq = await suite.add("Tariq Aziz");
  const started = Date.now();
  setSystemTime(started);
  const { account } = suite.services.throttles;
  for (let i = 0; i < limits.signInFailuresPerAccountMax; i++) await account.attempt(inga.email);
  const browser = suite.browser();
  const refused = await browser.signIn({ ...inga, email: ` ${inga.email.toUpperCase()} ` });
  expect(refused.status).toBe(429);
  expect(refused.headers.get("Retry-After")).toBe(String(limits.signInWindowSeconds));
  expect(refused.text).toContain("Try again in 15 minutes");
  expect((await browser.signIn(tariq)).status).toBe(303);
  setSystemTime(started + limits.signInWindowSeconds * 1_000);
  expect((await browser.signIn(inga)).status).toBe(303);
});

test("an address that tried too many accounts has to wait, and others do not", async () => {
  const inga = await suite.add("Inga Björk");
  const { address } = suite.services.throttles;
  for (let i = 0; i < limits.signInFailuresPerAddressMax; i++) await address.attempt("192.0.2.7");
  expect((await suite.browser().signIn(inga)).status).toBe(429);
  expect((await suite.browser({ address: "192.0.2.8" }).signIn(inga)).status).toBe(303);
});

test("failures at the same moment are all counted", async () => {
  const inga = await suite.add("Inga Björk");
  const tries = Array.from({ length: limits.signInFailuresPerAccountMax + 4 }, () =>
    suite.browser().signIn(inga, { password: "wrong horse battery" }),
  );
  const statuses = (await Promise.all(tries)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 429)).toHaveLength(4);
});

test("signing in forgets one's failures, but not those of the address", async () => {
  const inga = await suite.add("Inga Björk");
  const { account, address } = suite.services.throttles;
  for (let i = 1; i < limits.signInFailuresPerAccountMax; i++) await account.attempt(inga.email);
  for (let i = 1; i < limits.signInFailuresPerAddressMax; i++) await address.attempt("192.0.2.7");
  expect((await suite.browser().signIn(inga)).status).toBe(303);
  expect(await account.attempt(inga.email)).toBe(0);
  expect(await address.attempt("192.0.2.7")).toBe(0);
  expect(await address.attempt("192.0.2.7")).toBeGreaterThan(0);
});

test("a server that is too busy to check counts no attempt", async () => {
  const inga = await suite.add("Inga Björk");
  const { passwords } = suite.services;
  const cheap = await Bun.password.hash("x", { algorithm: "bcrypt", cost: 4 });
  const waiting = Array.from({ length: limits.passwordHashesMax + 1 }, () =>
    passwords.verify(PASSWORD, undefined),
  );
  for (let i = 1; i < limits.passwordHashesWaitingMax; i++) {
    waiting.push(passwords.verify("x", cheap));
  }
  const refused = await suite.browser().signIn(inga);
  await Promise.all(waiting);
  expect(refused.status).toBe(503);
  expect(refused.headers.get("Retry-After")).toBe("5");
  const { account } = suite.services.throttles;
  for (let i = 0; i < limits.signInFailuresPerAccountMax; i++) {
    expect(await account.attempt(inga.email)).toBe(0);
  }
});

test("the log tells who signed in from where, and no secrets", async () => {
  const inga = await suite.add("Inga Björk");
  const browser = suite.browser();
  await browser.signIn(inga, { password: "wrong horse battery" });
  await browser.signIn(inga);
  await browser.post("/signout");
  expect(suite.log.find("sign-in failed")[0]?.fields).toMatchObject({ audit: true });
  expect(suite.log.find("signed in")[0]?.fields).toEqual({
    audit: true,
    by: inga.id,
    address: "192.0.2.7",
  });
  expect(suite.log.find("signed out")).toHaveLength(1);
  const written = JSON.stringify(suite.log.lines);
  for (const secret of [PASSWORD, "wrong horse", ...browser.cookies.values()]) {
    expect(written).not.toContain(secret);
  }
});

// ----------------------------------------------------------------------------------- sign-out

test("signing out ends the session, closes its sockets and forgets the cookie", async () => {
  const inga = await suite.add("Inga Björk");
  const browser = suite.browser();
  await browser.signIn(inga);
  const stolen = browser.cookies.get("session") ?? "";
  const [session] = await suite.services.sessions.list(inga.id);
  const answer = await browser.post("/signout");
  expect([answer.status, answer.location]).toEqual([303, "/signin"]);
  expect(browser.cookies.size).toBe(0);
  expect(suite.closed).toEqual([session?.id ?? ""]);
  browser.cookies.set("session", stolen);
  expect((await browser.get("/notes/1")).status).toBe(303);
  expect((await browser.post("/signout")).status).toBe(303);
  expect((await browser.get("/signout")).location).toBe("/signin");
});
