/** What people set for themselves and administrators for all, on a real file. */

import { afterEach, beforeEach, expect, test } from "bun:test";
import { type Account, limits } from "../../actors/mod.ts";
import { isSignUpOpen } from "../../routes/account/ways_in.ts";
import {
  type AccountSuite,
  type Browser,
  fieldValue,
  openAccountSuite,
  PASSWORD,
} from "../support/account_suite.ts";

let suite: AccountSuite;
let inga: Account;
let browser: Browser;

beforeEach(async () => {
  suite = await openAccountSuite();
  inga = await suite.add("Inga Björk", "administrator");
  browser = suite.browser();
  await browser.signIn(inga);
  await browser.get("/settings");
});

afterEach(() => suite.close());

const SETTINGS = {
  name: "Inga Björk",
  timeZone: "Asia/Tokyo",
  language: "sv-SE",
  theme: "dark",
  shortcuts: "on",
};

/** The text of a page, without its markup. */
function words(html: string): string {
  return html.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
}

// ----------------------------------------------------------------------------------- settings

test("settings are saved, shown on the next page, and told about", async () => {
  const { shortcuts: _on, ...off } = SETTINGS;
  const answer = await browser.post("/settings", off);
  expect([answer.status, answer.location]).toEqual([303, "/settings"]);
  expect(await suite.services.accounts.find(inga.id)).toEqual({
    ...inga,
    name: "Inga Björk",
    timeZone: "Asia/Tokyo",
    language: "sv-SE",
    theme: "dark",
    shortcuts: false,
  });
  const page = await browser.get("/settings");
  expect(page.text).toContain('data-theme="dark"');
  expect(page.text).toContain('data-shortcuts="off"');
  expect(page.text).toContain('<option value="Asia/Tokyo" selected="">');
  expect(page.text).toContain("Settings saved");
  expect((await browser.get("/settings")).text).not.toContain("Settings saved");
});

test("settings that make no sense stand beside their fields, and nothing is saved", async () => {
  const wrong = { name: " ", timeZone: "Mars/Olympus", language: "tlh", theme: "pink" };
  const answer = await browser.post("/settings", wrong);
  expect(answer.status).toBe(422);
  for (const field of ["name", "timeZone", "language", "theme"]) {
    expect(answer.text).toContain(`id="${field}-error"`);
  }
  expect(await suite.services.accounts.find(inga.id)).toEqual(inga);
});

test("what was typed stays when something else is wrong", async () => {
  const answer = await browser.post("/settings", { ...SETTINGS, name: "Inga B.", theme: "pink" });
  expect(fieldValue(answer.text, "name")).toBe("Inga B.");
  expect(answer.text).toContain('<option value="sv-SE" selected="">');
});

test("a name may be in any script, with emoji and markup, and turns no text around", async () => {
  const name = `محمد <img src=x> 👩🏽‍🚀`;
  await browser.post("/settings", { ...SETTINGS, name: `\u202E${name}\u0000` });
  expect((await suite.services.accounts.find(inga.id))?.name).toBe(name);
  const page = await browser.get("/settings");
  expect(page.text).not.toContain("<img");
  expect(fieldValue(page.text, "name")).toBe(name);
});

test("a zone that is not in the list of this version stays until another is chosen", async () => {
  await suite.services.accounts.update(inga.id, { timeZone: "Etc/GMT+12", language: "en" });
  const page = await browser.get("/settings");
  expect(page.text).toContain('<option value="Etc/GMT+12" selected="">');
  const own = { ...SETTINGS, timeZone: "Etc/GMT+12", language: "en" };
  expect((await browser.post("/settings", own)).status).toBe(303);
});

test("a role cannot be given to oneself by the settings", async () => {
  const member = suite.browser();
  const zoe = await suite.add("Zoë Li");
  await member.signIn(zoe);
  await member.get("/settings");
  await member.post("/settings", { ...SETTINGS, role: "administrator", email: "other@x.example" });
  expect(await suite.services.accounts.find(zoe.id)).toMatchObject({
    role: "member",
    email: zoe.email,
  });
});

// ----------------------------------------------------------------------------------- password

test("a new password signs out all other browsers, and the old one is worth nothing", async () => {
  const phone = suite.browser({ userAgent: "Mozilla/5.0 (iPhone) Version/18.1 Safari/604.1" });
  await phone.signIn(inga);
  const [other] = (await suite.services.sessions.list(inga.id)).filter(
    ({ device }) => device === "Safari on iPhone",
  );
  const password = "another horse battery";
  const answer = await browser.post("/settings/password", { currentPassword: PASSWORD, password });
  expect(answer.status).toBe(303);
  expect((await browser.get("/settings")).text).toContain("Password changed");
  expect((await phone.get("/settings")).status).toBe(303);
  expect(suite.closed).toEqual([other?.id ?? ""]);
  expect((await phone.signIn(inga)).status).toBe(401);
  expect((await phone.signIn(inga, { password })).status).toBe(303);
  expect(suite.log.find("password changed")[0]?.fields).toEqual({
    audit: true,
    by: inga.id,
    sessionsEnded: 1,
  });
});

test("a password is not changed without the current one, or to one that is too easy", async () => {
  const tries: [Record<string, string>, string][] = [
    [{ password: "another horse battery" }, "currentPassword-error"],
    [
      { currentPassword: "wrong horse", password: "another horse battery" },
      "currentPassword-error",
    ],
    [{ currentPassword: PASSWORD, password: "short" }, "password-error"],
    [{ currentPassword: PASSWORD, password: inga.email }, "password-error"],
  ];
  for (const [fields, error] of tries) {
    const answer = await browser.post("/settings/password", fields);
    expect(answer.status).toBe(422);
    expect(answer.text).toContain(`id="${error}"`);
    expect(answer.text).not.toContain("another horse");
  }
  expect((await suite.browser().signIn(inga)).status).toBe(303);
});

test("guessing the current password is throttled like signing in", async () => {
  for (let i = 0; i < limits.signInFailuresPerAccountMax; i++) {
    await suite.services.throttles.account.attempt(inga.email);
  }
  const fields = { currentPassword: PASSWORD, password: "another horse battery" };
  const answer = await browser.post("/settings/password", fields);
  expect(answer.status).toBe(429);
  expect(answer.headers.has("Retry-After")).toBe(true);
  expect(answer.text).toContain("Too many tries");
});

// ----------------------------------------------------------------------------------- sessions

test("the list of sessions shows each browser, its address and which one this is", async () => {
  const phone = suite.browser({
    userAgent: "Mozilla/5.0 (iPhone) Version/18.1 Safari/604.1",
    address: "2001:db8::9",
  });
  await phone.signIn(inga);
  const page = words((await browser.get("/settings")).text);
  expect(page).toContain("Firefox on Linux This browser 192.0.2.7");
  expect(page).toContain("Safari on iPhone 2001:db8::9");
  expect(page).toContain("Sign out everywhere else");
});

test("one session can be ended, at once and with its sockets", async () => {
  const phone = suite.browser({ address: "2001:db8::9" });
  await phone.signIn(inga);
  expect((await phone.get("/settings")).status).toBe(200);
  const [other] = (await suite.services.sessions.list(inga.id)).filter(
    ({ address }) => address === "2001:db8::9",
  );
  await browser.post(`/settings/sessions/${other?.id}/end`);
  expect(suite.closed).toEqual([other?.id ?? ""]);
  expect((await phone.get("/settings")).status).toBe(303);
  expect((await browser.get("/settings")).text).toContain("That browser was signed out");
});

test("somebody else's session cannot be ended, and neither can one that is none", async () => {
  const tariq = suite.browser();
  const account = await suite.add("Tariq Aziz");
  await tariq.signIn(account);
  const [session] = await suite.services.sessions.list(account.id);
  await browser.post(`/settings/sessions/${session?.id}/end`);
  expect((await tariq.get("/settings")).status).toBe(200);
  expect(suite.closed).toEqual([]);
  expect((await browser.post("/settings/sessions/none/end")).location).toBe("/settings");
  expect(suite.log.find("session ended")).toEqual([]);
});

test("all other sessions can be ended", async () => {
  const others = [suite.browser(), suite.browser()];
  for (const other of others) await other.signIn(inga);
  await browser.post("/settings/sessions/others/end");
  for (const other of others) expect((await other.get("/settings")).status).toBe(303);
  expect((await browser.get("/settings")).status).toBe(200);
  expect(suite.closed).toHaveLength(2);
});

test("addresses that only take forms lead back to their page", async () => {
  expect((await browser.get("/settings/password")).location).toBe("/settings");
  expect((await browser.get("/admin/invitations")).location).toBe("/admin");
});

// -------------------------------------------------------------------------------------- admin

test("an administrator changes a role, and it counts from the next request on", async () => {
  const zoe = await suite.add("Zoë Li");
  const member = suite.browser();
  await member.signIn(zoe);
  expect((await member.get("/admin")).status).toBe(403);
  const answer = await browser.post(`/admin/people/${zoe.id}/role`, { role: "administrator" });
  expect(answer.location).toBe("/admin");
  expect((await member.get("/admin")).status).toBe(200);
  expect(suite.log.find("role changed")[0]?.fields).toEqual({
    audit: true,
    by: inga.id,
    userId: zoe.id,
    role: "administrator",
  });
});

test("an administrator who steps down is led out of the admin pages", async () => {
  await suite.add("Tariq Aziz", "administrator");
  const answer = await browser.post(`/admin/people/${inga.id}/role`, { role: "member" });
  expect(answer.location).toBe("/");
  expect((await browser.get("/admin")).status).toBe(403);
});

test("the last administrator cannot step down", async () => {
  const answer = await browser.post(`/admin/people/${inga.id}/role`, { role: "guest" });
  expect(answer.status).toBe(409);
  expect(answer.text).toContain("The suite needs at least one administrator");
  expect((await suite.services.accounts.find(inga.id))?.role).toBe("administrator");
});

test("a role that is none, or of nobody, is refused", async () => {
  expect((await browser.post(`/admin/people/${inga.id}/role`, { role: "king" })).status).toBe(422);
  expect((await browser.post("/admin/people/nobody/role", { role: "guest" })).status).toBe(404);
  const nobody = `/admin/people/${"0".repeat(26)}/role`;
  expect((await browser.post(nobody, { role: "guest" })).status).toBe(404);
  expect((await browser.post("/admin/invitations", { role: "king" })).status).toBe(422);
});

test("an invitation can be withdrawn before it is used", async () => {
  const made = await browser.post("/admin/invitations", { role: "member" });
  const link = new URL(fieldValue(made.text, "link") ?? "");
  const [invitation] = await suite.services.accounts.listInvitations();
  await browser.post(`/admin/invitations/${invitation?.id}/withdraw`);
  expect((await suite.browser().get(link.pathname + link.search)).status).toBe(410);
  expect((await browser.get("/admin")).text).toContain("Invitation withdrawn");
});

test("an invitation that nobody used expires", async () => {
  const made = await browser.post("/admin/invitations", { role: "member" });
  const link = new URL(fieldValue(made.text, "link") ?? "");
  await suite.clock.jump(limits.invitationMsMax);
  expect((await suite.browser().get(link.pathname + link.search)).status).toBe(410);
  expect(words((await browser.get("/admin")).text)).toContain("Member expired");
});

test("the token of an invitation is stored nowhere and logged nowhere", async () => {
  const made = await browser.post("/admin/invitations", { role: "member" });
  const token = new URL(fieldValue(made.text, "link") ?? "").searchParams.get("invitation") ?? "-";
  expect(JSON.stringify(await suite.services.accounts.listInvitations())).not.toContain(token);
  expect(JSON.stringify(suite.log.lines)).not.toContain(token);
});

test("sign-up is switched on and off", async () => {
  await browser.post("/admin/sign-up", { open: "on" });
  expect(await isSignUpOpen(suite.services)).toBe(true);
  expect((await browser.get("/admin")).text).toContain("Anybody can sign up now");
  await browser.post("/admin/sign-up");
  expect(await isSignUpOpen(suite.services)).toBe(false);
});
