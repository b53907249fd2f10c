/** The settings, read from the environment once and checked; nothing else reads the environment. */

import { accessSync, constants, statSync } from "node:fs";
import { isIP } from "node:net";
import { hostname } from "node:os";
import { dirname, resolve } from "node:path";
import { z } from "zod";

/** As much of a wrong value as a line needs. */
const SHOWN_UNITS_MAX = 200;

/** Names with fewer letters are near to what others call theirs. */
const NEAR_LETTERS_MIN = 6;

/** The names of settings that hold a password. */
const HAS_PASSWORD = /^(?!PUBLIC_).*_URL$/;

const LOCAL_HOSTS = new Set(["localhost", "127.0.0.1", "[::1]"]);

const flag = z
  .enum(["true", "false", "1", "0", ""], { error: 'expected "true" or "false"' })
  .transform((value) => value === "true" || value === "1");

/** Compose files and shells set what is not wanted to nothing. */
const optional = <Type extends z.ZodType>(type: Type) =>
  z.preprocess((value) => (value === "" ? undefined : value), type.optional());

/** A whole number in digits alone: `Number` would take "", "0x50" and "1e4" as well. */
function wholeNumber(min: number, max: number) {
  const expected = `expected a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, expected)
    .transform(Number)
    .refine((value) => value >= min && value <= max, expected);
}

const text = z.string().trim().min(1, "expected a value");

const postgresUrl = optional(
  z.url({
    protocol: /^postgres(?:ql)?$/,
    error: "expected postgres://user:password@host/database",
  }),
);

/** What programs of others parse has to be an address first, with a host. */
function serviceUrl(pattern: RegExp, expected: string) {
  return optional(z.string().regex(pattern, expected).refine(hasHost, expected));
}

function hasHost(address: string): boolean {
  // Clusters name several hosts, which no URL does.
  const [first = ""] = address.split(",");
  return URL.canParse(first) && new URL(first).hostname !== "";
}

/** One address, alone or behind a name. A line break would begin a header of its own. */
const MAIL_FROM = /^(?:[^\s<>@]+@[^\s<>@]+|[^\p{Cc}<>]*<[^\s<>@]+@[^\s<>@]+>)$/u;

const nodeName = z
  .string()
  .regex(/^[\w.-]{1,64}$/, "expected 1 to 64 letters, digits, dots, hyphens or underscores");

/** Cookies and links are for a whole host: a suite below a path would share it with others. */
const publicUrl = z
  .url({ protocol: /^https?$/, error: "expected an address such as https://suite.example.org" })
  .refine(isBare, "expected an address without a path, a query, a name or a password");

const host = z.string().refine(isHost, "expected an IP address or the name of a host");

const schema = z.object({
  /** The TCP port to listen on; 0 takes a free one. */
  PORT: wholeNumber(0, 65_535).default(3000),
  /** The address to listen on. */
  HOST: host.default("localhost"),
  /** Where everything is kept when there is no `DATABASE_URL`. */
  DATA_DIR: text.default("./data"),
  /** Where people find the suite; `https:` unless it is this machine. */
  PUBLIC_URL: optional(publicUrl),
  /** Whether `X-Forwarded-For` of the proxy in front is to be believed. */
  TRUST_PROXY: flag.default(false),
  /** Postgres instead of the built-in SQLite; with `REDIS_URL`, the process is a node of a cluster. */
  DATABASE_URL: postgresUrl,
  /** Connections of one service of this node. */
  DATABASE_CONNECTIONS_MAX: wholeNumber(2, 200).default(10),
  /** Whether starting brings the schemas up to date; off where roles may not, after `suite migrate`. */
  MIGRATE_ON_START: flag.default(true),
  /**
   * `redis://` or `rediss://`, `redis+cluster://host:port,host:port`, or
   * `redis+sentinel://host:port,host:port/master-name`.
   */
  REDIS_URL: serviceUrl(
    /^rediss?(?:\+cluster|\+sentinel)?:\/\/\S+$/,
    "expected redis://user:password@host:port",
  ),
  /** What operators call this node; the host's name unless told. */
  NODE_NAME: nodeName.default(
    hostname()
      .replace(/[^\w.-]/g, "-")
      .slice(0, 64) || "node",
  ),
  /** Outgoing e-mail: `smtp://user:password@host:587` or `smtps://`; without it none is sent. */
  SMTP_URL: serviceUrl(/^smtps?:\/\/\S+$/, "expected smtp://user:password@host:port or smtps://"),
  /** Whom e-mail is from, such as `MVP Suite <suite@example.org>`. */
  MAIL_FROM: z
    .string()
    .regex(MAIL_FROM, "expected an address such as MVP Suite <suite@example.org>")
    .default("MVP Suite <suite@localhost>"),
  /** Whether push services may be in a private network; off, so that nobody can make us knock there. */
  PUSH_TO_PRIVATE_NETWORKS: flag.default(false),
  /** The names of all nodes there may be, with commas; replaces discovery by Redis. */
  CLUSTER_NODES: optional(
    z.string().transform((list) => list.split(",").map((name) => name.trim())),
  ),
});

/** The names of all settings but those of services. */
export const SETTING_NAMES: readonly string[] = Object.keys(schema.shape);

const SERVICE_SETTING = /^([A-Z]+)_DATABASE_URL$/;

/** What the database of a service is called, for operators who keep services apart by roles of their own. */
function settingOf(service: string): string {
  return `${service.toUpperCase()}_DATABASE_URL`;
}

/** The services that an environment names, where nobody says which there are. */
function servicesIn(environment: Environment): string[] {
  return Object.keys(environment).flatMap((name) => {
    return SERVICE_SETTING.exec(name)?.[1]?.toLowerCase() ?? [];
  });
}

/** The settings of one running suite. */
export interface Config {
  port: number;
  host: string;
  dataDir: string;
  /** Undefined until the port is known when it was left to be chosen. */
  publicUrl: URL | undefined;
  trustProxy: boolean;
  /** Where Postgres is, by service; undefined where SQLite is used. */
  databases: DatabaseConfig | undefined;
  /** Undefined where one process is alone. */
  cluster: ClusterConfig | undefined;
  /** Undefined where no e-mail is sent. */
  mail: { smtpUrl: string; from: string } | undefined;
  /** Whether push services may be in a private network. */
  pushToPrivateNetworks: boolean;
}

/** Postgres. */
export interface DatabaseConfig {
  url: string;
  /** Those of services that have one of their own, by the service's name. */
  urls: Readonly<Record<string, string>>;
  connectionsMax: number;
  migrateOnStart: boolean;
}

/** A node among others. */
export interface ClusterConfig {
  redisUrl: string;
  nodeName: string;
  /** The names of all nodes, where they are not discovered. */
  nodeNames: readonly string[] | undefined;
}

/**
 * The settings that are told, over those of an environment. Services may have databases of their own.
 * Throws when some settings do not make sense: one line for each, with what was received and without
 * passwords.
 */
export function loadConfig(
  overrides: Partial<Config> = {},
  environment: Environment = process.env,
  services: readonly string[] = servicesIn(environment),
): Config {
  const own = Object.fromEntries(services.map((service) => [settingOf(service), postgresUrl]));
  const whole = schema.extend(own);
  const parsed = whole.safeParse(environment);
  const issues = new Map<string, string>();
  // The first of each setting says enough.
  for (const { path, message } of parsed.error?.issues.toReversed() ?? []) {
    issues.set(String(path[0]), message);
  }
  const wrong = new Set(issues.keys());
  // What makes sense by itself is looked at further, so that the next start finds nothing new.
  const settings: unknown = parsed.data ?? whole.parse(without(wrong, environment));
  const config = { ...configOf(settings as Settings, services), ...overrides };
  const problems = [
    ...[...issues].map(([name, message]) => problemOf(name, message, environment)),
    ...contradictionsOf(config, wrong),
  ];
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return config;
}

/** Names in an environment that are no settings and look as if they were meant to be, with what was meant. */
export function misspelledSettings(
  environment: Environment = process.env,
  services: readonly string[] = [],
): { name: string; meant: string }[] {
  const known = new Set([...SETTING_NAMES, ...services.map(settingOf)]);
  return Object.keys(environment).flatMap((name) => {
    if (known.has(name)) return [];
    const meant = [...known].find((setting) => isNear(lettersOf(name), lettersOf(setting)));
    return meant === undefined ? [] : [{ name, meant }];
  });
}

function lettersOf(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z]/g, "");
}

/** Whether one is the other with at most one letter more, less or changed; short ones have to be the same. */
function isNear(one: string, other: string): boolean {
  if (one === other) return true;
  if (Math.min(one.length, other.length) < NEAR_LETTERS_MIN) return false;
  let start = 0;
  while (start < one.length && one[start] === other[start]) start++;
  const [rest, otherRest] = [one.slice(start), other.slice(start)];
  return (
    rest.slice(1) === otherRest.slice(1) ||
    rest.slice(1) === otherRest ||
    rest === otherRest.slice(1)
  );
}

type Environment = Record<string, string | undefined>;

function problemOf(name: string, message: string, environment: Environment): string {
  return `Cannot read setting ${name}: ${message}, received "${shown(environment[name], name)}"`;
}

function without(names: ReadonlySet<string>, environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !names.has(name)));
}

function configOf(settings: Settings, services: readonly string[]): Config {
  return {
    port: settings.PORT,
    host: settings.HOST,
    dataDir: resolve(settings.DATA_DIR),
    publicUrl: settings.PUBLIC_URL === undefined ? undefined : new URL(settings.PUBLIC_URL),
    trustProxy: settings.TRUST_PROXY,
    databases: databasesOf(settings, services),
    cluster: clusterOf(settings),
    mail: mailOf(settings),
    pushToPrivateNetworks: settings.PUSH_TO_PRIVATE_NETWORKS,
  };
}

type Settings = z.infer<typeof schema>;

function databasesOf(settings: Settings, services: readonly string[]): DatabaseConfig | undefined {
  const { DATABASE_URL } = settings;
  if (DATABASE_URL === undefined) return undefined;
  const given: Record<string, unknown> = settings;
  const urls = services.flatMap((service) => {
    const url = given[settingOf(service)];
    return typeof url === "string" ? [[service, url] as const] : [];
  });
  return {
    url: DATABASE_URL,
    urls: Object.fromEntries(urls),
    connectionsMax: settings.DATABASE_CONNECTIONS_MAX,
    migrateOnStart: settings.MIGRATE_ON_START,
  };
}

function clusterOf(settings: Settings): ClusterConfig | undefined {
  const { REDIS_URL, NODE_NAME, CLUSTER_NODES } = settings;
  if (REDIS_URL === undefined) return undefined;
  return { redisUrl: REDIS_URL, nodeName: NODE_NAME, nodeNames: CLUSTER_NODES };
}

function mailOf({ SMTP_URL, MAIL_FROM }: Settings): Config["mail"] {
  return SMTP_URL === undefined ? undefined : { smtpUrl: SMTP_URL, from: MAIL_FROM };
}

/**
 * Passwords stand in addresses, and errors in logs: what stands before the last "@" is not shown, nor
 * what follows a colon where that is missing: it may be meant as a password.
 */
function shown(value: string | undefined, name: string): string {
  const text = value ?? "";
  const [scheme = ""] = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text) ?? [];
  const rest = text.slice(scheme.length);
  const mayHavePassword = HAS_PASSWORD.test(name) || scheme !== "";
  if (mayHavePassword && rest.includes(":") && !rest.includes("@")) return `${scheme}…`;
  return text
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, "$1…@")
    .replaceAll(/([?&][^=&]*(?:pass|secret|token|key)[^=&]*=)[^&]*/gi, "$1…")
    .slice(0, SHOWN_UNITS_MAX);
}

function isBare(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { username, password, pathname, search, hash } = new URL(address);
  return pathname === "/" && username + password + search + hash === "" && !/[?#]/.test(address);
}

function isHost(host: string): boolean {
  if (isIP(host) !== 0) return true;
  // A name of digits and dots is meant as an address and is none.
  return /^[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?$/i.test(host) && !/^[\d.]+$/.test(host);
}

/** What is wrong with settings that can be read, beside those that cannot be. */
function contradictionsOf(config: Config, wrong: ReadonlySet<string>): string[] {
  const { publicUrl, databases, cluster, dataDir } = config;
  const problems: string[] = [];
  // Session cookies must not cross a network in the clear.
  if (publicUrl && publicUrl.protocol !== "https:" && !LOCAL_HOSTS.has(publicUrl.hostname)) {
    const received = shown(publicUrl.href, "PUBLIC_URL");
    problems.push(
      `Cannot serve at PUBLIC_URL: expected https (or http on localhost), received "${received}"`,
    );
  }
  if (databases !== undefined || wrong.has("DATABASE_URL")) return problems;
  // Nodes that share messages and not data would each have a truth of their own.
  if (cluster !== undefined) {
    problems.push("Cannot join a cluster: expected DATABASE_URL beside REDIS_URL, received none");
  }
  return [...problems, ...folderProblemsOf(dataDir)];
}

/** Looks whether the folder is there and ours to write to, or can be made; makes nothing. */
function folderProblemsOf(dataDir: string): string[] {
  const problem = (expected: string, received: string) => [
    `Cannot use DATA_DIR: expected ${expected}, received "${dataDir}", ${received}`,
  ];
  for (let path = dataDir; ; path = dirname(path)) {
    const isAbove = path !== dataDir;
    try {
      if (!statSync(path).isDirectory()) {
        return problem("a folder", isAbove ? `below the file "${path}"` : "which is a file");
      }
      accessSync(path, constants.W_OK | constants.X_OK);
      return [];
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if ((code === "ENOENT" || code === "ENOTDIR") && path !== dirname(path)) continue;
      const what = isAbove ? `which cannot be made in "${path}"` : "which cannot be written to";
      return problem("a folder that this user can write to", `${what} (${code})`);
    }
  }
}
