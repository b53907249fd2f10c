/** The devices of a person that are notified while no page is open. */

import { type Context, Hono } from "hono";
import { z } from "zod";
import {
  isId,
  limits,
  livingDevices,
  type PushDevice,
  pushToDevice,
  SuiteError,
} from "../../actors/mod.ts";
import { isJson } from "../http/body.ts";
import { describeDevice } from "../http/browser_name.ts";
import type { Env } from "../http/env.ts";
import { readForm, readJson } from "../http/form.ts";
import { leaveNotice } from "../http/notice.ts";
import { requireViewer, sessionOf, viewerOf } from "../http/session.ts";
import type { Services } from "../services.ts";

const PAGE = "/settings/notifications";
/** The longest key of a device, base64url. */
const KEY_UNITS_MAX = 120;

/** What a browser is given when it subscribes. */
const subscriptionSchema = z.object({
  endpoint: z.url({ protocol: /^https?$/ }).max(limits.pushEndpointUnitsMax),
  p256dh: z.base64url().max(KEY_UNITS_MAX).refine(isPoint),
  auth: z.base64url().max(KEY_UNITS_MAX).refine(isSecret),
  /** The endpoint that it had before. */
  replaces: z.string().max(limits.pushEndpointUnitsMax).optional(),
});

type Subscription = z.infer<typeof subscriptionSchema>;

/** The same as `PushSubscription.toJSON()` has it. */
const jsonSchema = z.object({
  endpoint: z.string(),
  keys: z.object({ p256dh: z.string(), auth: z.string() }),
  replaces: z.string().optional(),
});

/** `/settings/devices` and below. */
export function pushDeviceRoutes(services: Services): Hono<Env> {
  const routes = new Hono<Env>();
  routes.use("/settings/devices/*", requireViewer);
  routes.get("/settings/devices", (c) => tell(c, services));
  routes.post("/settings/devices", (c) => add(c, services));
  routes.post("/settings/devices/:id/remove", (c) => remove(c, services));
  routes.post("/settings/devices/:id/test", (c) => test(c, services));
  return routes;
}

/** For the service worker, which has no page to read this from. People are shown the page. */
function tell(c: Context<Env>, services: Services): Response {
  if (!c.req.header("Accept")?.includes("application/json")) return c.redirect(PAGE, 303);
  return c.json({ publicKey: services.push.publicKey, csrfToken: c.var.csrfToken });
}

async function add(c: Context<Env>, services: Services): Promise<Response> {
  const viewer = viewerOf(c);
  const subscription = await readSubscription(c);
  await assertPatience(c, services);
  const { pushDevices, clock } = services;
  const { replaces, ...keys } = subscription;
  const known = await livingDevices(viewer.id, services);
  await makeRoom(known, subscription, services);
  await pushDevices.add({
    ...keys,
    id: clock.mintId(),
    userId: viewer.id,
    sessionId: sessionOf(c).id,
    name: describeDevice(c.req.header("User-Agent")),
    createdAt: clock.now(),
    lastSuccessAt: undefined,
    answer: undefined,
    failures: 0,
  });
  if (isJson(c.req.raw.headers)) return c.json({ state: "ok" }, 201);
  leaveNotice(c, "device_added");
  return c.redirect(PAGE, 303);
}

async function readSubscription(c: Context<Env>): Promise<Subscription> {
  const given = isJson(c.req.raw.headers) ? flattened(await readJson(c)) : await readForm(c);
  const parsed = subscriptionSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new SuiteError(
    "invalid",
    `Cannot add the device: expected what browsers give, received another ${String(issue?.path[0] ?? "form")}`,
  );
}

function flattened(json: unknown): unknown {
  const parsed = jsonSchema.safeParse(json);
  if (!parsed.success) return json;
  const { endpoint, keys, replaces } = parsed.data;
  return { endpoint, replaces, ...keys };
}

/** Forgets the endpoint that this one replaces, and those that are too many. */
async function makeRoom(
  known: readonly PushDevice[],
  { endpoint, replaces }: Subscription,
  { pushDevices }: Services,
): Promise<void> {
  const lastUse = (device: PushDevice) => device.lastSuccessAt ?? device.createdAt;
  const others = known
    .filter((device) => device.endpoint !== endpoint && device.endpoint !== replaces)
    .sort((one, other) => lastUse(other) - lastUse(one));
  const kept = new Set(others.slice(0, limits.pushDevicesMax - 1));
  for (const device of known) {
    if (device.endpoint === endpoint || kept.has(device)) continue;
    await pushDevices.remove(device.userId, device.id);
  }
}

async function remove(c: Context<Env>, services: Services): Promise<Response> {
  const id = c.req.param("id") ?? "";
  // One that is gone already is what was wanted.
  if (isId(id) && (await services.pushDevices.remove(viewerOf(c).id, id))) {
    leaveNotice(c, "device_removed");
  }
  return c.redirect(PAGE, 303);
}

/** What the push service answers stands in the list afterwards. */
async function test(c: Context<Env>, services: Services): Promise<Response> {
  const viewer = viewerOf(c);
  const { pushDevices: devices, sessions, inboxQueries, push, clock } = services;
  const device = (await livingDevices(viewer.id, services)).find(
    ({ id }) => id === c.req.param("id"),
  );
  if (device === undefined) return c.redirect(PAGE, 303);
  await assertPatience(c, services);
  const message = {
    title: "Notifications work on this device",
    body: "You asked for this test.",
    path: PAGE,
    tag: "test",
    unread: await inboxQueries.unread(viewer.id),
  };
  const { state } = await pushToDevice(device, message, { devices, sessions, push, clock });
  const notices = { sent: "device_tested", gone: "device_gone" } as const;
  leaveNotice(c, state === "sent" || state === "gone" ? notices[state] : "device_failed");
  return c.redirect(PAGE, 303);
}

/** Each of these makes us knock somewhere: nobody has a use for many. */
async function assertPatience(c: Context<Env>, { throttles }: Services): Promise<void> {
  const waitSeconds = await throttles.address.attempt(`device:${viewerOf(c).id}`);
  if (waitSeconds === 0) return;
  throw new SuiteError("throttled", "Cannot go on: too many tests of devices", {
    retryAfterSeconds: waitSeconds,
  });
}

/** An uncompressed point of a curve of 256 bits (RFC 8291). */
function isPoint(text: string): boolean {
  const bytes = Buffer.from(text, "base64url");
  return bytes.length === 65 && bytes[0] === 4;
}

/** What the device and we share; RFC 8291 has 16 bytes. */
function isSecret(text: string): boolean {
  return Buffer.from(text, "base64url").length === 16;
}
