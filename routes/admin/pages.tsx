/** What administrators decide: who may come in, and what each may do. */

import { type Context, Hono } from "hono";
import { z } from "zod";
import {
  INBOX_DAYS,
  inboxDays,
  isId,
  isInboxDays,
  parsePersonId,
  type Role,
  SuiteError,
  setInboxDays,
} from "../../actors/mod.ts";
import { AdminPage } from "../../views/admin/pages.tsx";
import { invite, isSignUpOpen, setSignUpOpen } from "../account/ways_in.ts";
import type { Env } from "../http/env.ts";
import { check, type FieldErrors, readForm, roleSchema } from "../http/form.ts";
import { leaveNotice, takeNotice } from "../http/notice.ts";
import { pageOf } from "../http/page.ts";
import { requireAdministrator, viewerOf } from "../http/session.ts";
import type { Services } from "../services.ts";

/** `/admin` and below. */
export function adminRoutes(services: Services): Hono<Env> {
  const routes = new Hono<Env>();
  routes.use("/admin/*", requireAdministrator);
  routes.get("/admin", (c) => show(c, services));
  routes.get("/admin/*", (c) => c.redirect("/admin", 303));
  routes.post("/admin/people/:id/role", (c) => changeRole(c, services));
  routes.post("/admin/invitations", (c) => makeInvitation(c, services));
  routes.post("/admin/invitations/:id/withdraw", (c) => withdrawInvitation(c, services));
  routes.post("/admin/sign-up", (c) => switchSignUp(c, services));
  routes.post("/admin/inbox", (c) => chooseInboxDays(c, services));
  return routes;
}

const roleFormSchema = z.object({ role: roleSchema });

/** What an action has to show on the page it answers with. */
interface Shown {
  /** A new invitation; its link is never shown again. */
  invitation?: { id: string; link: string; role: Role };
  roleError?: { userId: string; text: string };
  invitationErrors?: FieldErrors;
  /** What was typed and refused. */
  inboxDays?: { value: string; error: string };
}

async function show(
  c: Context<Env>,
  services: Services,
  shown: Shown = {},
  status: 200 | 201 | 409 | 422 = 200,
): Promise<Response> {
  const { accounts } = services;
  const { inboxDays: typed, ...rest } = shown;
  const [people, invitations, isOpen, days] = await Promise.all([
    accounts.list(),
    accounts.listInvitations(),
    isSignUpOpen(services),
    inboxDays(accounts),
  ]);
  return c.html(
    <AdminPage
      page={pageOf(c, services, takeNotice(c))}
      people={people}
      invitations={invitations}
      isSignUpOpen={isOpen}
      inboxDays={{ ...INBOX_DAYS, ...(typed ?? { value: String(days) }) }}
      {...rest}
    />,
    status,
  );
}

async function changeRole(c: Context<Env>, services: Services): Promise<Response> {
  const viewer = viewerOf(c);
  const userId = parsePersonId(c.req.param("id"));
  if (userId === undefined) throw nothingThere();
  const checked = check(roleFormSchema, await readForm(c));
  if (checked.state === "invalid") {
    const text = checked.errors.role ?? "";
    return await show(c, services, { roleError: { userId, text } }, 422);
  }
  const { role } = checked.value;
  try {
    await services.accounts.update(userId, { role });
  } catch (error) {
    if (!(error instanceof SuiteError && error.code === "conflict")) throw error;
    const text = "The suite needs at least one administrator. Make somebody else one first.";
    return await show(c, services, { roleError: { userId, text } }, 409);
  }
  services.log.info("role changed", { audit: true, by: viewer.id, userId, role });
  leaveNotice(c, "role_changed");
  const isLockedOut = userId === viewer.id && role !== "administrator";
  return c.redirect(isLockedOut ? "/" : "/admin", 303);
}

async function makeInvitation(c: Context<Env>, services: Services): Promise<Response> {
  const viewer = viewerOf(c);
  const checked = check(roleFormSchema, await readForm(c));
  if (checked.state === "invalid") {
    return await show(c, services, { invitationErrors: checked.errors }, 422);
  }
  const { role } = checked.value;
  const made = await invite(services, { createdBy: viewer.id, role });
  services.log.info("invitation made", { audit: true, by: viewer.id, invitation: made.id, role });
  return await show(c, services, { invitation: { ...made, role } }, 201);
}

async function withdrawInvitation(c: Context<Env>, services: Services): Promise<Response> {
  const id = idOf(c);
  await services.accounts.revokeInvitation(id);
  const by = viewerOf(c).id;
  services.log.info("invitation withdrawn", { audit: true, by, invitation: id });
  leaveNotice(c, "invitation_withdrawn");
  return c.redirect("/admin", 303);
}

async function switchSignUp(c: Context<Env>, services: Services): Promise<Response> {
  const isOpen = (await readForm(c)).open === "on";
  await setSignUpOpen(services, isOpen);
  services.log.info("sign-up switched", { audit: true, by: viewerOf(c).id, isOpen });
  leaveNotice(c, isOpen ? "sign_up_opened" : "sign_up_closed");
  return c.redirect("/admin", 303);
}

async function chooseInboxDays(c: Context<Env>, services: Services): Promise<Response> {
  const value = (await readForm(c)).inboxDays?.trim() ?? "";
  const days = Number(value);
  if (value === "" || !isInboxDays(days)) {
    const error = `Enter a number of days from ${INBOX_DAYS.min} to ${INBOX_DAYS.max}.`;
    return await show(c, services, { inboxDays: { value, error } }, 422);
  }
  await setInboxDays(services.accounts, days);
  services.log.info("inbox days chosen", { audit: true, by: viewerOf(c).id, days });
  leaveNotice(c, "inbox_days_saved");
  return c.redirect("/admin", 303);
}

function idOf(c: Context<Env>): string {
  const id = c.req.param("id");
  if (isId(id)) return id;
  throw nothingThere();
}

function nothingThere(): SuiteError {
  return new SuiteError("not_found", "Cannot find it: the address is not right");
}
