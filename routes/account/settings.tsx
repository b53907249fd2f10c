/** What a person sets for themselves: how the suite looks, their password, their browsers. */

import { type Context, Hono } from "hono";
import { z } from "zod";
import { type Account, isId } from "../../actors/mod.ts";
import { SettingsPage } from "../../views/account/settings.tsx";
import type { Env } from "../http/env.ts";
import {
  check,
  checkboxSchema,
  type FieldErrors,
  type Form,
  nameSchema,
  newPasswordSchema,
  passwordError,
  readForm,
  themeSchema,
} from "../http/form.ts";
import { leaveNotice, takeNotice } from "../http/notice.ts";
import { pageOf } from "../http/page.ts";
import { requireViewer, viewerOf } from "../http/session.ts";
import type { Services } from "../services.ts";
import { clearAttempts, countAttempt, forgiveAttempt, waitProblem } from "./attempts.ts";
import { LANGUAGES, languageSchema, nameLanguage, TIME_ZONES, timeZoneSchema } from "./locale.ts";

/** `/settings` and below. */
export function settingsRoutes(services: Services): Hono<Env> {
  const routes = new Hono<Env>();
  routes.use("/settings/*", requireViewer);
  routes.get("/settings", (c) => show(c, services));
  routes.post("/settings", (c) => save(c, services));
  routes.get("/settings/*", (c) => c.redirect("/settings", 303));
  routes.post("/settings/password", (c) => changePassword(c, services));
  routes.post("/settings/sessions/others/end", (c) => endOthers(c, services));
  routes.post("/settings/sessions/:id/end", (c) => endOne(c, services));
  return routes;
}

const languageOptions = LANGUAGES.map((tag) => ({ value: tag, label: nameLanguage(tag) })).sort(
  (one, other) => one.label.localeCompare(other.label),
);
const timeZoneOptions = TIME_ZONES.map((zone) => ({
  value: zone,
  label: zone.replaceAll("_", " "),
}));

/** What a form of the page sent, and what is wrong with it. */
interface Refused {
  form?: Form;
  errors?: FieldErrors;
  passwordErrors?: FieldErrors;
  passwordProblem?: { title: string; text: string };
}

async function show(
  c: Context<Env>,
  services: Services,
  refused: Refused = {},
  status: 200 | 422 | 429 = 200,
): Promise<Response> {
  const viewer = viewerOf(c);
  const { form, ...errors } = refused;
  return c.html(
    <SettingsPage
      page={pageOf(c, services, takeNotice(c))}
      values={form ? valuesOf(form) : viewer}
      viewer={viewer}
      sessions={await services.sessions.list(viewer.id)}
      currentSessionId={c.var.session?.id ?? ""}
      languages={withOwn(languageOptions, viewer.language)}
      timeZones={withOwn(timeZoneOptions, viewer.timeZone)}
      {...errors}
    />,
    status,
  );
}

function valuesOf(form: Form) {
  return {
    name: form.name ?? "",
    timeZone: form.timeZone ?? "",
    language: form.language ?? "",
    theme: form.theme ?? "",
    shortcuts: form.shortcuts !== undefined,
  };
}

/** An account may have been made with a zone or language that is not in the list of this version. */
function withOwn(options: readonly { value: string; label: string }[], own: string) {
  return options.some(({ value }) => value === own)
    ? options
    : [{ value: own, label: own }, ...options];
}

// ------------------------------------------------------------------------------------ profile

async function save(c: Context<Env>, services: Services): Promise<Response> {
  const viewer = viewerOf(c);
  const form = await readForm(c);
  const checked = check(settingsSchema(viewer), form);
  if (checked.state === "invalid") {
    return await show(c, services, { form, errors: checked.errors }, 422);
  }
  await services.accounts.update(viewer.id, checked.value);
  leaveNotice(c, "settings_saved");
  return c.redirect("/settings", 303);
}

function settingsSchema(viewer: Account) {
  return z.object({
    name: nameSchema,
    timeZone: z.literal(viewer.timeZone).or(timeZoneSchema),
    language: z.literal(viewer.language).or(languageSchema),
    theme: themeSchema,
    shortcuts: checkboxSchema,
  });
}

// ----------------------------------------------------------------------------------- password

const passwordSchema = z.object({
  currentPassword: z
    .string({ error: "Enter your current password." })
    .min(1, "Enter your current password."),
  password: newPasswordSchema,
});

async function changePassword(c: Context<Env>, services: Services): Promise<Response> {
  const viewer = viewerOf(c);
  const checked = check(passwordSchema, await readForm(c));
  if (checked.state === "invalid") return await refusePassword(c, services, checked.errors);
  const { currentPassword, password } = checked.value;
  const givenAway = passwordError(password, viewer);
  if (givenAway) return await refusePassword(c, services, { password: givenAway });
  const waitSeconds = await countAttempt(c, services, viewer.email);
  if (waitSeconds > 0) {
    return await show(c, services, { passwordProblem: waitProblem(waitSeconds) }, 429);
  }
  if (!(await isOwnPassword(c, services, currentPassword))) {
    services.log.warn("password change failed", { audit: true, by: viewer.id });
    return await refusePassword(c, services, { currentPassword: "This is not your password." });
  }
  await clearAttempts(c, services, viewer.email);
  await services.accounts.setPasswordHash(viewer.id, await services.passwords.hash(password));
  const ended = await endAllOthers(c, services);
  services.log.info("password changed", { audit: true, by: viewer.id, sessionsEnded: ended });
  leaveNotice(c, "password_changed");
  return c.redirect("/settings", 303);
}

async function isOwnPassword(
  c: Context<Env>,
  services: Services,
  password: string,
): Promise<boolean> {
  const { id, email } = viewerOf(c);
  try {
    const hash = await services.accounts.passwordHash(id);
    return await services.passwords.verify(password, hash);
  } catch (error) {
    await forgiveAttempt(c, services, email);
    throw error;
  }
}

function refusePassword(
  c: Context<Env>,
  services: Services,
  passwordErrors: FieldErrors,
): Promise<Response> {
  return show(c, services, { passwordErrors }, 422);
}

// ----------------------------------------------------------------------------------- sessions

async function endOne(c: Context<Env>, services: Services): Promise<Response> {
  const viewer = viewerOf(c);
  const id = c.req.param("id");
  // One that ended by itself in the meantime is what was wanted.
  if (!isId(id) || !(await services.sessions.revoke(viewer.id, id))) {
    return c.redirect("/settings", 303);
  }
  services.log.info("session ended", { audit: true, by: viewer.id, session: id });
  leaveNotice(c, "session_ended");
  return c.redirect("/settings", 303);
}

async function endOthers(c: Context<Env>, services: Services): Promise<Response> {
  const ended = await endAllOthers(c, services);
  services.log.info("sessions ended", { audit: true, by: viewerOf(c).id, sessionsEnded: ended });
  leaveNotice(c, "sessions_ended");
  return c.redirect("/settings", 303);
}

/** How many browsers were signed out; this one is kept. */
async function endAllOthers(c: Context<Env>, services: Services): Promise<number> {
  const ended = await services.sessions.revokeAll(viewerOf(c).id, c.var.session?.id);
  return ended.length;
}
