import { describe, expect, test } from "bun:test";
import { dirname, join } from "node:path";
import { DCLinter } from "dclint";
import { z } from "zod";
import { loadConfig, SETTING_NAMES } from "../config.ts";
import { allServices } from "../db/services.ts";
import { temporaryFolder } from "./support/temporary_folder.ts";
import { importsOf, readSources } from "./tidy/source.ts";

const ROOT = dirname(import.meta.dir);

const service = z.looseObject({
  image: z.string(),
  build: z.strictObject({ context: z.string(), dockerfile: z.string() }).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.string() })).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  restart: z.string(),
  healthcheck: z.looseObject({}).optional(),
});
/** What these tests read; the linter has the whole of the official schema. */
const compose = z.looseObject({
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.null()),
});

async function read(path: string): Promise<string> {
  return await Bun.file(join(ROOT, path)).text();
}

/** Puts in the values that stand for variables nobody has set. */
function interpolate(text: string): string {
  return text.replace(/\$\{(\w+):-([^}]*)\}/g, "$2");
}

const { services, volumes } = compose.parse(Bun.YAML.parse(await read("compose.yaml")));
const all = Object.entries(services);
const nodes = all.filter(([, { build }]) => build !== undefined);

/** What the linter has to say about a file, without its taste in the order of things. */
function lint(path: string): string[] {
  const order = ["services", "service-dependencies", "service-ports", "environment-variables"];
  const off = order.map((name) => [`${name}-alphabetical-order`, 0] as const);
  const rules = {
    ...Object.fromEntries(off),
    "service-keys-order": 0,
    "top-level-properties-order": 0,
  };
  const linter = new DCLinter({ rules: rules as never, quiet: false, debug: false, exclude: [] });
  return linter
    .lintFiles([path], false)
    .flatMap(({ messages }) => messages.map(({ line, message }) => `${line}: ${message}`));
}

describe("compose.yaml", () => {
  test("is what the official schema describes", () => {
    expect(lint(join(ROOT, "compose.yaml"))).toEqual([]);
  });

  test("is refused by that schema where a word is wrong", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "compose.yaml");
    const text = await read("compose.yaml");
    await Bun.write(path, text.replace("stop_grace_period: 30s", "stop_grace_time: 30s"));
    expect(lint(path).join("\n")).toContain("must NOT have additional properties");
  });

  test("runs at least two nodes behind one balancer", () => {
    expect(nodes.length).toBeGreaterThanOrEqual(2);
    expect(Object.keys(services.balancer?.depends_on ?? {})).toEqual(nodes.map(([name]) => name));
  });

  test("gives each node settings that exist and that make it a node of a cluster", () => {
    for (const [name, { environment }] of nodes) {
      for (const key of Object.keys(environment)) expect(SETTING_NAMES).toContain(key);
      const values = Object.entries(environment).map(([key, value]) => [key, interpolate(value)]);
      const config = loadConfig({}, Object.fromEntries(values));
      expect(config.cluster).toMatchObject({ nodeName: name, redisUrl: "redis://redis:6379" });
      expect(config.databases?.url).toBe("postgres://suite:suite@postgres:5432/suite");
      expect(config.host).toBe("0.0.0.0");
      expect(config.publicUrl?.href).toBe("http://localhost:3000/");
      expect(config.trustProxy).toBe(true);
    }
  });

  test("leaves room in Postgres for the connections of all nodes", () => {
    const { databases } = loadConfig({}, { DATABASE_URL: "postgres://suite@postgres/suite" });
    // Each service has connections of its own.
    const wanted = (databases?.connectionsMax ?? 0) * allServices.length * nodes.length;
    const max = /max_connections=(\d+)/.exec(JSON.stringify(services.postgres))?.[1];
    expect(Number(max)).toBeGreaterThan(wanted);
  });

  test("waits only for services that exist and that say when they are healthy", () => {
    for (const [, { depends_on }] of all) {
      for (const [name, { condition }] of Object.entries(depends_on)) {
        expect(condition).toBe("service_healthy");
        const other = services[name];
        // A node's check comes with its image.
        expect(other?.healthcheck ?? other?.build).toBeDefined();
      }
    }
  });

  test("has every host it names", async () => {
    const addresses = nodes.flatMap(([, { environment }]) => [
      new URL(interpolate(environment.DATABASE_URL ?? "")).hostname,
      new URL(environment.REDIS_URL ?? "").hostname,
    ]);
    const caddyfile = await read("deploy/Caddyfile");
    const upstreams = /reverse_proxy (.+) \{/.exec(caddyfile)?.[1]?.split(" ") ?? [];
    expect(upstreams.sort()).toEqual(
      nodes.map(([name, { environment }]) => `${name}:${environment.PORT}`),
    );
    for (const name of addresses) expect(Object.keys(services)).toContain(name);
  });

  test("sends requests to nodes that are ready, and tries again where one cannot be reached", async () => {
    const caddyfile = await read("deploy/Caddyfile");
    expect(caddyfile).toMatch(/^\s*health_uri \/readyz$/m);
    expect(caddyfile).toMatch(/^\s*lb_try_duration \d+s$/m);
  });

  test("opens each port once, and to this machine alone", () => {
    const ports = all.flatMap(([, { ports }]) => ports);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    const published = ports.map((port) => port.split(":")[1]);
    expect(new Set(published).size).toBe(published.length);
    expect(published).toContain("3000");
  });

  test("keeps what has to be kept in volumes, each with one owner", () => {
    const named = all
      .flatMap(([, service]) => service.volumes)
      .map((volume) => volume.split(":")[0] ?? "")
      .filter((name) => !name.startsWith("."));
    expect(named.sort()).toEqual(Object.keys(volumes).sort());
  });

  test("restarts what fails, and pins every image", () => {
    for (const [name, { image, build, restart }] of all) {
      expect(`${name} ${restart}`).toBe(`${name} unless-stopped`);
      if (build === undefined) expect(image).toMatch(/:\d[\w.-]*$/);
    }
  });

  test("holds no password but the ones to try it out with", async () => {
    const text = await read("compose.yaml");
    const secrets = text
      .split("\n")
      .filter((line) => /^\s*\w*(?:PASSWORD|SECRET|_KEY)\w*:/.test(line));
    expect(secrets.length).toBe(3);
    for (const line of secrets) expect(line).toMatch(/: \$\{\w+:-suite(?:-secret)?\}$/);
  });
});

describe("the image", () => {
  test("has the Bun that package.json pins", async () => {
    const { dependencies } = JSON.parse(await read("package.json"));
    const dockerfile = await read("deploy/Dockerfile");
    const tags = [...dockerfile.matchAll(/^FROM oven\/bun:([\d.]+)-slim/gm)].map(([, tag]) => tag);
    expect(tags).toEqual([dependencies.bun, dependencies.bun]);
    expect(dockerfile.match(/^FROM /gm)?.length).toBe(tags.length);
  });

  test("does not run as root, and says whether it lives", async () => {
    const dockerfile = await read("deploy/Dockerfile");
    expect(dockerfile).toMatch(/^USER bun$/m);
    expect(dockerfile).toMatch(/^HEALTHCHECK .*\n.*\/healthz/m);
    for (const [, { build }] of nodes) expect(build?.dockerfile).toBe("deploy/Dockerfile");
  });

  test("gets every file that the server imports, and no test", async () => {
    const lines = (await read(".dockerignore")).split("\n");
    const places = lines.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
    const files = new Map((await readSources()).map((file) => [file.path, file]));
    const needed = new Set(["server.ts"]);
    for (const path of needed) {
      const file = files.get(path);
      for (const { path: target } of file ? importsOf(file) : []) if (target) needed.add(target);
    }
    expect(needed.size).toBeGreaterThan(50);
    const missing = [...needed].filter((path) => !places.includes(path.split("/")[0] ?? ""));
    expect(missing).toEqual([]);
    expect(lines).toContain("*");
    expect(lines).toContain("**/*_test.ts");
  });
});
