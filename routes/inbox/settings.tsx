/** What a person wants to be told, by which ways, and when not. */

import { type Context, Hono } from "hono";
import { z } from "zod";
import {
  type Account,
  DEFAULT_PREFERENCES,
  type EmailPace,
  type InboxPreferences,
  type KindPreference,
  livingDevices,
  type NotificationKind,
  notificationKind,
} from "../../actors/mod.ts";
import { PushDevicesSection } from "../../views/inbox/push_devices.tsx";
import {
  kindsFor,
  NotificationSettingsPage,
  type PreferenceValues,
} from "../../views/inbox/settings.tsx";
import type { Env } from "../http/env.ts";
import { check, checkboxSchema, type FieldErrors, type Form, readForm } from "../http/form.ts";
import { leaveNotice, takeNotice } from "../http/notice.ts";
import { pageOf } from "../http/page.ts";
import { requireViewer, viewerOf } from "../http/session.ts";
import type { Services } from "../services.ts";

/** `/settings/notifications`. */
export function notificationSettingsRoutes(services: Services): Hono<Env> {
  const routes = new Hono<Env>();
  routes.use("/settings/notifications", requireViewer);
  routes.get("/settings/notifications", (c) => show(c, services));
  routes.post("/settings/notifications", (c) => save(c, services));
  return routes;
}

async function show(
  c: Context<Env>,
  services: Services,
  refused?: { form: Form; errors: FieldErrors },
): Promise<Response> {
  const viewer = viewerOf(c);
  const { inboxQueries, push } = services;
  const [saved, mutes, devices] = await Promise.all([
    inboxQueries.preferences(viewer.id),
    inboxQueries.mutes(viewer.id),
    livingDevices(viewer.id, services),
  ]);
  const page = pageOf(c, services, takeNotice(c));
  const view = (
    <NotificationSettingsPage
      page={page}
      values={refused ? typedValues(refused.form, viewer) : savedValues(saved)}
      mutes={mutes}
      devices={<PushDevicesSection page={page} devices={devices} publicKey={push.publicKey} />}
      {...(refused ? { errors: refused.errors } : {})}
    />
  );
  return c.html(view, refused ? 422 : 200);
}

async function save(c: Context<Env>, services: Services): Promise<Response> {
  const viewer = viewerOf(c);
  const form = await readForm(c);
  const checked = check(timesSchema, form);
  if (checked.state === "invalid") {
    return await show(c, services, { form, errors: checked.errors });
  }
  const { quiet, quietFrom, quietUntil, digest } = checked.value;
  const before = await services.inboxQueries.preferences(viewer.id);
  const preferences: InboxPreferences = {
    kinds: differing({ ...before?.kinds, ...kindsIn(form, viewer) }),
    quietHours: quiet ? { fromMinutes: quietFrom, untilMinutes: quietUntil } : undefined,
    digestMinutes: digest,
  };
  await services.inboxes.ask(viewer.id, { type: "prefer", preferences });
  leaveNotice(c, "preferences_saved");
  return c.redirect("/settings/notifications", 303);
}

// --------------------------------------------------------------------------------------- kinds

const PACES: ReadonlySet<string> = new Set<EmailPace>(["now", "daily", "never"]);

function kindsIn(form: Form, viewer: Account): InboxPreferences["kinds"] {
  const kinds: InboxPreferences["kinds"] = {};
  for (const kind of kindsFor({ viewer })) {
    const email = form[`${kind}.email`] ?? "";
    kinds[kind] = {
      inbox: form[`${kind}.inbox`] !== undefined,
      toast: form[`${kind}.toast`] !== undefined,
      push: form[`${kind}.push`] !== undefined,
      email: PACES.has(email) ? (email as EmailPace) : notificationKind(kind).preference.email,
    };
  }
  return kinds;
}

/** What is as usual is not kept: then a better default reaches everybody who never chose. */
function differing(kinds: InboxPreferences["kinds"]): InboxPreferences["kinds"] {
  const entries = Object.entries(kinds) as [NotificationKind, KindPreference][];
  return Object.fromEntries(
    entries.filter(([kind, chosen]) => {
      const usual = notificationKind(kind).preference;
      return (["inbox", "toast", "push", "email"] as const).some(
        (way) => chosen[way] !== usual[way],
      );
    }),
  );
}

// --------------------------------------------------------------------------------------- times

const USUAL_QUIET = { fromMinutes: 22 * 60, untilMinutes: 7 * 60 };

const timeSchema = z
  .string({ error: "Enter a time, such as 22:00." })
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d/, "Enter a time, such as 22:00.")
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5)));

const timesSchema = z
  .object({
    quiet: checkboxSchema,
    quietFrom: timeSchema,
    quietUntil: timeSchema,
    digest: timeSchema,
  })
  .refine(({ quiet, quietFrom, quietUntil }) => !quiet || quietFrom !== quietUntil, {
    path: ["quietUntil"],
    error: "Choose another time than the one before.",
  });

function savedValues(saved: InboxPreferences = DEFAULT_PREFERENCES): PreferenceValues {
  const { fromMinutes, untilMinutes } = saved.quietHours ?? USUAL_QUIET;
  return {
    kinds: saved.kinds,
    quiet: saved.quietHours !== undefined,
    quietFrom: timeText(fromMinutes),
    quietUntil: timeText(untilMinutes),
    digest: timeText(saved.digestMinutes),
  };
}

function typedValues(form: Form, viewer: Account): PreferenceValues {
  return {
    kinds: kindsIn(form, viewer),
    quiet: form.quiet !== undefined,
    quietFrom: form.quietFrom ?? "",
    quietUntil: form.quietUntil ?? "",
    digest: form.digest ?? "",
  };
}

function timeText(minutes: number): string {
  const pad = (value: number) => String(value).padStart(2, "0");
  return `${pad(Math.floor(minutes / 60) % 24)}:${pad(minutes % 60)}`;
}
