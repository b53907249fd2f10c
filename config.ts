/** The settings, read from the environment once and checked; nothing else reads the environment. */

import { resolve } from "node:path";
import { z } from "zod";

const LOCAL_HOSTS = new Set(["localhost", "127.0.0.1", "[::1]"]);

const flag = z
  .enum(["true", "false", "1", "0", ""])
  .transform((value) => value === "true" || value === "1");

const schema = z.object({
  /** The TCP port to listen on; 0 takes a free one. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  /** The address to listen on. */
  HOST: z.string().min(1).default("localhost"),
  /** Where everything is kept. */
  DATA_DIR: z.string().min(1).default("./data"),
  /** Where people find the suite; `https:` unless it is this machine. */
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Whether `X-Forwarded-For` of the proxy in front is to be believed. */
  TRUST_PROXY: flag.default(false),
});

/** The settings of one running suite. */
export interface Config {
  port: number;
  host: string;
  dataDir: string;
  /** Undefined until the port is known when it was left to be chosen. */
  publicUrl: URL | undefined;
  trustProxy: boolean;
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
      `Cannot read setting ${name}: ${issue?.message}, received "${environment[name] ?? ""}"`,
    );
  }
  const { PORT, HOST, DATA_DIR, PUBLIC_URL, TRUST_PROXY } = parsed.data;
  const config: Config = {
    port: PORT,
    host: HOST,
    dataDir: resolve(DATA_DIR),
    publicUrl: PUBLIC_URL === undefined ? undefined : new URL(PUBLIC_URL),
    trustProxy: TRUST_PROXY,
    ...overrides,
  };
  assertPublicUrl(config.publicUrl);
  return config;
}

/** Session cookies must not cross a network in the clear. */
function assertPublicUrl(url: URL | undefined): void {
  if (!url || url.protocol === "https:" || LOCAL_HOSTS.has(url.hostname)) return;
  throw new Error(
    `Cannot serve at PUBLIC_URL: expected https (or http on localhost), received "${url.href}"`,
  );
}
