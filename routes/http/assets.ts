/**
 * What the browser loads: built from `static/` when the server starts, named by content, compressed
 * once and served from memory. There is no build step and no folder of built files to go stale.
 */

import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Assets } from "../../views/parts/page.ts";

const STATIC = join(dirname(dirname(import.meta.dir)), "static");
const PREFIX = "/static/";
const YEAR_SECONDS = 31_536_000;

const TYPES: Record<string, string> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
};

interface Asset {
  /** As in `app.js`: what stays the same when the content changes. */
  stem: string;
  url: string;
  type: string;
  plain: Uint8Array<ArrayBuffer>;
  brotli: Promise<Uint8Array<ArrayBuffer>>;
  gzip: Promise<Uint8Array<ArrayBuffer>>;
}

/** What was built, and how it is served under `/static/`. */
export interface BuiltAssets {
  urls: Assets;
  handler: (request: Request) => Promise<Response>;
  /** The service worker; its address has to stay the same. */
  worker: () => Response;
  /** What makes the suite an app on a phone. */
  manifest: () => Response;
}

/** Builds everything in a folder. Throws when a source does not compile. */
export async function buildAssets(folder = STATIC): Promise<BuiltAssets> {
  const [app, editor, mentions, pushDevices, device, kept, worker, css, icon, small, large] =
    await Promise.all([
      buildScript(join(folder, "app.ts")),
      buildScript(join(folder, "document.ts")),
      buildScript(join(folder, "document", "mentions.ts")),
      buildScript(join(folder, "inbox", "push_devices.ts")),
      buildScript(join(folder, "shell", "device.ts")),
      buildScript(join(folder, "document", "kept.ts")),
      buildScript(join(folder, "inbox", "service_worker.ts"), "iife"),
      readStyles(join(folder, "css", "app.css")),
      Bun.file(join(folder, "icon.svg")).text(),
      Bun.file(join(folder, "icon_192.png")).bytes(),
      Bun.file(join(folder, "icon_512.png")).bytes(),
    ]);
  const assets = {
    app: makeAsset("app.js", app),
    editor: makeAsset("document.js", editor),
    mentions: makeAsset("document_mentions.js", mentions),
    css: makeAsset("app.css", minifyStyles(css)),
    icon: makeAsset("icon.svg", icon),
    pushDevices: makeAsset("push_devices.js", pushDevices),
    device: makeAsset("device.js", device),
    kept: makeAsset("kept.js", kept),
    touchIcon: makeAsset("icon_192.png", small),
    largeIcon: makeAsset("icon_512.png", large),
  };
  const list = Object.values(assets);
  return {
    urls: {
      app: assets.app.url,
      editor: assets.editor.url,
      mentions: assets.mentions.url,
      css: assets.css.url,
      icon: assets.icon.url,
      touchIcon: assets.touchIcon.url,
      pushDevices: assets.pushDevices.url,
      device: assets.device.url,
      kept: assets.kept.url,
    },
    handler: (request) => serve(request, list),
    worker: () => new Response(worker, { headers: WORKER_HEADERS }),
    manifest: () =>
      new Response(manifestOf([assets.icon, assets.touchIcon, assets.largeIcon]), {
        headers: { "Content-Type": "application/manifest+json", "Cache-Control": "no-cache" },
      }),
  };
}

/** The worker may ask nobody but us, and load nothing. */
const WORKER_HEADERS = {
  "Content-Type": "text/javascript; charset=utf-8",
  "Cache-Control": "no-cache",
  "Content-Security-Policy": "default-src 'none'; connect-src 'self'",
  "Service-Worker-Allowed": "/",
  "X-Content-Type-Options": "nosniff",
};

function manifestOf([icon, small, large]: readonly { url: string }[]): string {
  return JSON.stringify({
    id: "/",
    name: "MVP Suite",
    short_name: "Suite",
    start_url: "/",
    scope: "/",
    display: "standalone",
    background_color: "#ffffff",
    theme_color: "#3b5bdb",
    icons: [
      { src: icon?.url, type: "image/svg+xml", sizes: "any" },
      { src: small?.url, type: "image/png", sizes: "192x192", purpose: "any maskable" },
      { src: large?.url, type: "image/png", sizes: "512x512", purpose: "any maskable" },
    ],
  });
}

/** A module, or a script that stands for itself. */
async function buildScript(entry: string, format: "esm" | "iife" = "esm"): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [entry],
    target: "browser",
    format,
    minify: true,
  });
  const output = outputs[0];
  if (!output) throw new Error(`Cannot build "${entry}": expected one file, received none`);
  return await output.text();
}

/**
 * A style sheet with its imports in place. Bun's own CSS bundler would rewrite `light-dark()` and
 * `oklch()` for old browsers, and a theme chosen on the page would no longer win over the system's.
 */
async function readStyles(path: string): Promise<string> {
  const text = await Bun.file(path).text();
  const parts = text.split(/@import "([^"]+)"(?: layer\(([\w-]+)\))?;/);
  let styles = parts[0] ?? "";
  for (let i = 1; i < parts.length; i += 3) {
    const imported = await readStyles(join(dirname(path), parts[i] ?? ""));
    styles += parts[i + 1] ? `@layer ${parts[i + 1]}{${imported}}` : imported;
    styles += parts[i + 2] ?? "";
  }
  return styles;
}

/** Takes out comments and the spaces that mean nothing. */
export function minifyStyles(css: string): string {
  return css
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/\s+/g, " ")
    .replace(/ ?([{};,]) ?/g, "$1")
    .replace(/: (?=[^{};]*[;}])/g, ":")
    .replaceAll(";}", "}")
    .trim();
}

function makeAsset(stem: string, content: string | Uint8Array): Asset {
  const [name, extension = ""] = stem.split(".");
  const plain =
    typeof content === "string" ? new TextEncoder().encode(content) : new Uint8Array(content);
  const hash = createHash("sha256").update(plain).digest("base64url").slice(0, 10);
  // Both run off the thread that serves, and are ready before most first requests.
  const brotli = promisify(brotliCompress)(plain, {
    params: { [constants.BROTLI_PARAM_SIZE_HINT]: plain.length },
  });
  return {
    stem,
    url: `${PREFIX}${name}-${hash}.${extension}`,
    type: TYPES[extension] ?? "application/octet-stream",
    plain,
    brotli: brotli.then((bytes) => new Uint8Array(bytes)),
    gzip: promisify(gzip)(plain, { level: 9 }).then((bytes) => new Uint8Array(bytes)),
  };
}

async function serve(request: Request, assets: readonly Asset[]): Promise<Response> {
  const path = new URL(request.url).pathname;
  const current = assets.find((asset) => asset.url === path);
  // A page from before an update asks for a bundle that is gone; it gets today's, and keeps no copy.
  const asset = current ?? assets.find(({ stem }) => stem === withoutHash(path));
  if (!asset) return new Response("Not found", { status: 404 });
  const accepted = request.headers.get("Accept-Encoding") ?? "";
  const encoding = /\bbr\b/.test(accepted) ? "br" : /\bgzip\b/.test(accepted) ? "gzip" : undefined;
  const body = encoding === "br" ? asset.brotli : encoding === "gzip" ? asset.gzip : asset.plain;
  return new Response(await body, {
    headers: {
      "Content-Type": asset.type,
      "Cache-Control": current ? `public, max-age=${YEAR_SECONDS}, immutable` : "no-store",
      "Cross-Origin-Resource-Policy": "same-origin",
      "X-Content-Type-Options": "nosniff",
      Vary: "Accept-Encoding",
      ...(encoding ? { "Content-Encoding": encoding } : {}),
    },
  });
}

function withoutHash(path: string): string {
  return path.slice(PREFIX.length).replace(/-[\w-]{10}\./, ".");
}
