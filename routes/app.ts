/** All routes of the suite as one application, with what holds for every request. */

import { Hono, type MiddlewareHandler } from "hono";
import { compress } from "hono/compress";
import { routePath } from "hono/route";
import { secureHeaders } from "hono/secure-headers";
import { accountRoutes } from "./account.tsx";
import { adminRoutes } from "./admin.tsx";
import type { BuiltAssets } from "./assets.ts";
import { admitBodies, settleBodies } from "./body_gate.ts";
import { confirmationRoutes } from "./confirmations.tsx";
import { documentRoutes } from "./document.tsx";
import { mentionRoutes } from "./document_mentions.tsx";
import { shareRoutes } from "./document_share.tsx";
import type { Env } from "./env.ts";
import { errorHandler, notFoundHandler } from "./errors.tsx";
import { type Health, healthRoutes } from "./health.ts";
import { homeRoutes } from "./home.tsx";
import { inboxRoutes } from "./inbox.tsx";
import { routeOf } from "./log.ts";
import { notificationSettingsRoutes } from "./notification_settings.tsx";
import { opsRoutes } from "./ops.tsx";
import { clientAddress } from "./origin.ts";
import { countUnread } from "./page.ts";
import { pushDeviceRoutes } from "./push_devices.tsx";
import { rateLimit } from "./rate_limit.ts";
import type { Services } from "./services.ts";
import { refuseForged, sessionMiddleware } from "./session.ts";
import { settingsRoutes } from "./settings.tsx";
import { unsubscribeRoutes } from "./unsubscribe.tsx";

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
