import { beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { type BuiltAssets, buildAssets, minifyStyles } from "./assets.ts";

const ORIGIN = "http://localhost:3000";

/** A small `static/`: what matters here is how it is built and served, not what it does. */
async function writeStatic(folder: string): Promise<void> {
  const files = {
    "app.ts": 'import { name } from "./part.ts";\nexport const greeting: string = name;\n',
    "part.ts": 'export const name = "suite";\n',
    "document.ts": "export function mount(): void {}\n",
    "document/mentions.ts": "export function mount(): void {}\n//\n",
    "inbox/push_devices.ts": "export function mount(): void { console.info(1); }\n",
    "shell/device.ts": "export function mount(): void { console.info(2); }\n",
    "document/kept.ts": "export function mount(): void { console.info(3); }\n",
    "inbox/service_worker.ts": 'import { name } from "../part.ts";\nself.name = name;\n',
    "icon.svg": "<svg/>",
    "icon_192.png": "small",
    "icon_512.png": "large",
    "css/app.css": '@layer a, b;\n@import "./one.css" layer(a);\n@import "./two.css";\n',
    "css/one.css": "/* first */\n.one {\n  color: light-dark(red, blue);\n}\n",
    "css/two.css": ".two { inline-size: calc(1px + 2px); }\n",
  };
  for (const [path, text] of Object.entries(files)) await Bun.write(join(folder, path), text);
}

let assets: BuiltAssets;

beforeAll(async () => {
  using folder = temporaryFolder();
  await writeStatic(folder.path);
  assets = await buildAssets(folder.path);
});

function get(path: string, encoding?: string): Promise<Response> {
  const headers = encoding === undefined ? {} : { "Accept-Encoding": encoding };
  return assets.handler(new Request(new URL(path, ORIGIN), { headers }));
}

describe("buildAssets()", () => {
  test("names files by what is in them", () => {
    expect(assets.urls.app).toMatch(/^\/static\/app-[\w-]{10}\.js$/);
    expect(assets.urls.editor).toMatch(/^\/static\/document-[\w-]{10}\.js$/);
    expect(assets.urls.css).toMatch(/^\/static\/app-[\w-]{10}\.css$/);
    expect(assets.urls.icon).toMatch(/^\/static\/icon-[\w-]{10}\.svg$/);
  });

  test("bundles scripts into one file each, without types", async () => {
    const script = await (await get(assets.urls.app)).text();
    expect(script).toContain('"suite"');
    expect(script).not.toContain("import");
    expect(script).not.toContain(": string");
  });

  test("puts imported styles in their layers and leaves modern colors as they are", async () => {
    const css = await (await get(assets.urls.css)).text();
    expect(css).toBe(
      "@layer a,b;@layer a{.one{color:light-dark(red,blue)}}.two{inline-size:calc(1px + 2px)}",
    );
  });

  test("says which file does not compile", async () => {
    using folder = temporaryFolder();
    await writeStatic(folder.path);
    await Bun.write(join(folder.path, "app.ts"), "export const = ;");
    await expect(buildAssets(folder.path)).rejects.toThrow();
  });

  test("builds the suite's own files", async () => {
    const { urls } = await buildAssets();
    expect(new Set(Object.values(urls)).size).toBe(9);
  });
});

describe("the service worker", () => {
  test("stands for itself, is asked for again, and rules the whole suite", async () => {
    const response = assets.worker();
    expect(response.headers.get("Cache-Control")).toBe("no-cache");
    expect(response.headers.get("Service-Worker-Allowed")).toBe("/");
    expect(response.headers.get("Content-Type")).toStartWith("text/javascript");
    const script = await response.text();
    expect(script).toContain("suite");
    expect(script).not.toMatch(/^(?:import|export)\b/m);
  });

  test("of the suite is tiny", async () => {
    const script = await (await buildAssets()).worker().bytes();
    expect(Bun.gzipSync(script).length).toBeWithin(100, 1_500);
  });
});

test("the manifest names icons that are there", async () => {
  const manifest = await assets.manifest().json();
  expect(manifest).toMatchObject({ name: "MVP Suite", start_url: "/", display: "standalone" });
  for (const { src, type } of manifest.icons) {
    const response = await get(src);
    expect(response.headers.get("Content-Type")).toBe(type);
  }
});

describe("the handler", () => {
  test("lets browsers keep a file for ever, with the right type", async () => {
    for (const [url, type] of [
      [assets.urls.app, "text/javascript; charset=utf-8"],
      [assets.urls.css, "text/css; charset=utf-8"],
      [assets.urls.icon, "image/svg+xml"],
    ] as const) {
      const { headers, status } = await get(url);
      expect(status).toBe(200);
      expect(headers.get("Content-Type")).toBe(type);
      expect(headers.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
      expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
    }
  });

  test.each([
    ["gzip, deflate, br, zstd", "br"],
    ["gzip", "gzip"],
    ["identity", null],
  ])("answers %p with %p", async (accepted, expected) => {
    const response = await get(assets.urls.css, accepted);
    expect(response.headers.get("Content-Encoding")).toBe(expected);
    expect(response.headers.get("Vary")).toBe("Accept-Encoding");
    const bytes = new Uint8Array(await response.arrayBuffer());
    const plain = new Uint8Array(await (await get(assets.urls.css)).arrayBuffer());
    const unpack = expected === "br" ? unbrotli : expected === "gzip" ? Bun.gunzipSync : undefined;
    expect(new Uint8Array(unpack?.(bytes) ?? bytes)).toEqual(plain);
  });

  test("gives a page from before an update today's file, to be kept by nobody", async () => {
    const old = assets.urls.app.replace(/-[\w-]{10}\./, "-0123456789.");
    const response = await get(old);
    expect(response.status).toBe(200);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
  });

  test.each(["/static/", "/static/app.ts", "/static/../config.ts", "/static/other-0123456789.js"])(
    "has nothing at %p",
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );
});

describe("minifyStyles()", () => {
  test("keeps spaces that mean something", () => {
    const css = ".a .b:hover > .c {\n  margin: 0 auto;\n  width: calc(100% - 2px);\n}\n";
    expect(minifyStyles(css)).toBe(".a .b:hover > .c{margin:0 auto;width:calc(100% - 2px)}");
  });

  test("keeps nested selectors and conditions apart", () => {
    const css = ".a { & :hover { color: red; } @media (width < 40rem) { color: blue; } }";
    expect(minifyStyles(css)).toBe(".a{& :hover{color:red}@media (width < 40rem){color:blue}}");
  });
});

function unbrotli(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(brotliDecompressSync(bytes));
}
