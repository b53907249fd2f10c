/** The settings, read from the environment once and checked; nothing else reads the environment. */

import { hostname } from "node:os";
import { resolve } from "node:path";
import { z } from "zod";

const LOCAL_HOSTS = new Set(["localhost", "127.0.0.1", "[::1]"]);

const flag = z
  .enum(["true", "false", "1", "0", ""])
  .transform((value) => value === "true" || value === "1");

/** Compose files and shells set what is not wanted to nothing. */
const optional = <Type extends z.ZodType>(type: Type) =>
  z.preprocess((value) => (value === "" ? undefined : value), type.optional());

const postgresUrl = optional(z.url({ protocol: /^postgres(?:ql)?$/ }));

const nodeName = z
  .string()
  .regex(/^[\w.-]{1,64}$/, "expected 1 to 64 letters, digits, dots, hyphens or underscores");

const schema = z.object({
  /** The TCP port to listen on; 0 takes a free one. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  /** The address to listen on. */
  HOST: z.string().min(1).default("localhost"),
  /** Where everything is kept when there is no `DATABASE_URL`. */
  DATA_DIR: z.string().min(1).default("./data"),
  /** Where people find the suite; `https:` unless it is this machine. */
  PUBLIC_URL: optional(z.url({ protocol: /^https?$/ })),
  /** Whether `X-Forwarded-For` of the proxy in front is to be believed. */
  TRUST_PROXY: flag.default(false),
  /** Postgres instead of the built-in SQLite; with `REDIS_URL`, the process is a node of a cluster. */
  DATABASE_URL: postgresUrl,
  /** The same database by roles of their own, for operators who keep services apart. */
  ACCOUNT_DATABASE_URL: postgresUrl,
  DOCUMENT_DATABASE_URL: postgresUrl,
  INBOX_DATABASE_URL: postgresUrl,
  CLUSTER_DATABASE_URL: postgresUrl,
  /** Connections of one service of this node. */
  DATABASE_CONNECTIONS_MAX: z.coerce.number().int().min(2).max(200).default(10),
  /** Whether starting brings the schemas up to date; off where roles may not, after `suite migrate`. */
  MIGRATE_ON_START: flag.default(true),
  /**
   * `redis://` or `rediss://`, `redis+cluster://host:port,host:port`, or
   * `redis+sentinel://host:port,host:port/master-name`.
   */
  REDIS_URL: optional(z.string().regex(/^rediss?(?:\+cluster|\+sentinel)?:\/\/\S+$/)),
  /** What operators call this node; the host's name unless told. */
  NODE_NAME: nodeName.default(
    hostname()
      .replace(/[^\w.-]/g, "-")
      .slice(0, 64) || "node",
  ),
  /** Outgoing e-mail: `smtp://user:password@host:587` or `smtps://`; without it none is sent. */
  SMTP_URL: optional(z.string().regex(/^smtps?:\/\/\S+$/)),
  /** Whom e-mail is from, such as `MVP Suite <suite@example.org>`. */
  MAIL_FROM: z.string().min(3).default("MVP Suite <suite@localhost>"),
  /** Whether push services may be in a private network; off, so that nobody can make us knock there. */
  PUSH_TO_PRIVATE_NETWORKS: flag.default(false),
  /** The names of all nodes there may be, with commas; replaces discovery by Redis. */
  CLUSTER_NODES: optional(
    z.string().transform((list) => list.split(",").map((name) => name.trim())),
  ),
});

/** The names of all settings. */
export const SETTING_NAMES: readonly string[] = Object.keys(schema.shape);

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
  account: string;
  document: string;
  inbox: string;
  cluster: string;
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

/** The settings that are told, over those of an environment. Throws when one does not make sense. */
export function loadConfig(
  overrides: Partial<Config> = {},
  environment: Record<string, string | undefined> = process.env,
): Config {
  const parsed = schema.safeParse(environment);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const name = String(issue?.path[0]);
    throw new Error(
      `Cannot read setting ${name}: ${issue?.message}, received "${shown(name, environment[name])}"`,
    );
  }
  const settings = parsed.data;
  const config: Config = {
    port: settings.PORT,
    host: settings.HOST,
    dataDir: resolve(settings.DATA_DIR),
    publicUrl: settings.PUBLIC_URL === undefined ? undefined : new URL(settings.PUBLIC_URL),
    trustProxy: settings.TRUST_PROXY,
    databases: databasesOf(settings),
    cluster: clusterOf(settings),
    mail: mailOf(settings),
    pushToPrivateNetworks: settings.PUSH_TO_PRIVATE_NETWORKS,
    ...overrides,
  };
  assertPublicUrl(config.publicUrl);
  assertCluster(config);
  return config;
}

type Settings = z.infer<typeof schema>;

function databasesOf(settings: Settings): DatabaseConfig | undefined {
  const { DATABASE_URL } = settings;
  if (DATABASE_URL === undefined) return undefined;
  return {
    account: settings.ACCOUNT_DATABASE_URL ?? DATABASE_URL,
    document: settings.DOCUMENT_DATABASE_URL ?? DATABASE_URL,
    inbox: settings.INBOX_DATABASE_URL ?? DATABASE_URL,
    cluster: settings.CLUSTER_DATABASE_URL ?? DATABASE_URL,
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

/** Passwords stand in addresses, and errors in logs. */
function shown(name: string, value: string | undefined): string {
  return /_URL$/.test(name) ? (value ?? "").replace(/\/\/[^@/]*@/, "//…@") : (value ?? "");
}

/** Session cookies must not cross a network in the clear. */
function assertPublicUrl(url: URL | undefined): void {
  if (!url || url.protocol === "https:" || LOCAL_HOSTS.has(url.hostname)) return;
  throw new Error(
    `Cannot serve at PUBLIC_URL: expected https (or http on localhost), received "${url.href}"`,
  );
}

/** Nodes that share messages and not data would each have a truth of their own. */
function assertCluster({ databases, cluster }: Config): void {
  if (cluster === undefined || databases !== undefined) return;
  throw new Error("Cannot join a cluster: expected DATABASE_URL beside REDIS_URL, received none");
}
