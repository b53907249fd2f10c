/** All routes of the suite as one application, with what holds for every request. */

import { Hono, type MiddlewareHandler } from "hono";
import { compress } from "hono/compress";
import { routePath } from "hono/route";
import { secureHeaders } from "hono/secure-headers";
import { accountRoutes } from "./account/pages.tsx";
import { settingsRoutes } from "./account/settings.tsx";
import { opsRoutes } from "./admin/ops.tsx";
import { adminRoutes } from "./admin/pages.tsx";
import { mentionRoutes } from "./document/mentions.tsx";
import { documentRoutes } from "./document/pages.tsx";
import { shareRoutes } from "./document/share.tsx";
import { homeRoutes } from "./home/pages.tsx";
import type { BuiltAssets } from "./http/assets.ts";
import { admitBodies, settleBodies } from "./http/body_gate.ts";
import { confirmationRoutes } from "./http/confirmations.tsx";
import type { Env } from "./http/env.ts";
import { errorHandler, notFoundHandler } from "./http/errors.tsx";
import { type Health, healthRoutes } from "./http/health.ts";
import { clientAddress } from "./http/origin.ts";
import { countUnread } from "./http/page.ts";
import { rateLimit } from "./http/rate_limit.ts";
import { routeOf } from "./http/route_of.ts";
import { refuseForged, sessionMiddleware } from "./http/session.ts";
import { inboxRoutes } from "./inbox/pages.tsx";
import { pushDeviceRoutes } from "./inbox/push_devices.tsx";
import { notificationSettingsRoutes } from "./inbox/settings.tsx";
import { unsubscribeRoutes } from "./inbox/unsubscribe.tsx";
import type { Services } from "./services.ts";

/** What the application is made of beside its services. */
export interface AppOptions {
  services: Services;
  health: Health;
  assets: BuiltAssets;
}

/** Builds the application. */
export function createApp({ services, health, assets }: AppOptions): Hono<Env> {
  const app = new Hono<Env>();
  app.onError(errorHandler(services));
  app.notFound(notFoundHandler(services, app));
  app.use(watchRequests());
  app.use(settleBodies(services));
  app.use(async (c, next) => {
    await next();
    // Whoever keeps a connection has to come again elsewhere, before this node is gone.
    if (health.isLeaving) c.header("Connection", "close");
  });
  app.route("/", healthRoutes(health));
  app.get("/static/*", (c) => assets.handler(c.req.raw));
  app.get("/sw.js", () => assets.worker());
  app.get("/manifest.webmanifest", () => assets.manifest());
  app.get("/favicon.ico", (c) => c.redirect(services.assets.icon, 301));

  app.use(async (c, next) => {
    c.set("requestId", services.clock.mintId());
    const { trustProxy } = services.config;
    c.set("address", clientAddress(c.req.raw.headers, { direct: c.env.peer, trustProxy }));
    await next();
    c.header("X-Request-Id", c.var.requestId);
    // A page shows what one may see now; going back after signing out shows nothing.
    if (!c.res.headers.has("Cache-Control")) c.header("Cache-Control", "no-store");
    c.header("Vary", "HX-Request, HX-Target", { append: true });
  });
  app.use(compressPages());
  app.use(securityHeaders(services.config.publicUrl));
  app.use(admitBodies());
  app.use(sessionMiddleware(services));
  app.use(countUnread(services, rateLimit(services)));
  app.use(refuseForged(services));
  app.route("/", confirmationRoutes(services));
  app.route("/", homeRoutes(services));
  app.route("/", accountRoutes(services));
  app.route("/", notificationSettingsRoutes(services));
  app.route("/", pushDeviceRoutes(services));
  app.route("/", unsubscribeRoutes(services));
  app.route("/", settingsRoutes(services));
  app.route("/", adminRoutes(services));
  app.route("/", opsRoutes(services));
  app.route("/", shareRoutes(services));
  app.route("/", mentionRoutes(services));
  app.route("/", documentRoutes(services));
  app.route("/", inboxRoutes(services));
  return app;
}

/** Names what a request does on the main thread, drawing its page above all. */
function watchRequests(): MiddlewareHandler<Env> {
  return async (c, next) => {
    const { watch } = c.env;
    if (watch === undefined) return await next();
    const leave = watch.enter(`${c.req.method} ${routeOf(c)}`);
    const draw = c.html.bind(c);
    c.html = ((...given: Parameters<typeof draw>) =>
      watch.step(`${c.req.method} ${routePath(c)} page`, () => draw(...given))) as typeof c.html;
    try {
      await next();
    } finally {
      leave();
    }
  };
}

/**
 * Compresses what our own pages, and people themselves, ask for. Not what other sites make a browser ask
 * for: from the sizes of such answers they could guess what stands beside their own words (BREACH).
 */
function compressPages(): MiddlewareHandler<Env> {
  const compressed = compress({ encoding: "gzip" });
  return async (c, next) => {
    const site = c.req.header("Sec-Fetch-Site") ?? "none";
    if (site === "none" || site === "same-origin") return await compressed(c, next);
    return await next();
  };
}

/** Nothing runs or loads but what we serve ourselves; and once over https, always over https. */
function securityHeaders(publicUrl: URL) {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", "data:"],
      connectSrc: ["'self'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
      manifestSrc: ["'self'"],
      workerSrc: ["'self'"],
    },
    xFrameOptions: "DENY",
    referrerPolicy: "same-origin",
    strictTransportSecurity: publicUrl.protocol === "https:" ? "max-age=31536000" : false,
    crossOriginResourcePolicy: "same-origin",
    permissionsPolicy: { geolocation: [], payment: [], usb: [] },
  });
}
