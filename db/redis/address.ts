/** Reads a connection string of Redis: one server, a cluster, or a master that sentinels know. */

/** A server's name and port. */
export interface RedisHost {
  host: string;
  port: number;
}

/** Where Redis is, and how to get in. */
export interface RedisAddress {
  kind: "single" | "cluster" | "sentinel";
  /** The server, some of the cluster, or the sentinels. */
  hosts: RedisHost[];
  /** Whether connections are encrypted. */
  isSecure: boolean;
  username: string | undefined;
  password: string | undefined;
  /** The number of the database; always 0 in a cluster. */
  database: number;
  /** What sentinels call the master; empty elsewhere. */
  masterName: string;
}

const PORT = 6_379;
const SENTINEL_PORT = 26_379;

const FORM =
  /^redis(?<tls>s)?(?:\+(?<kind>cluster|sentinel))?:\/\/(?:(?<login>[^@/]*)@)?(?<hosts>[^/?]+)(?:\/(?<path>[^/?]*))?$/;
const HOST = /^(?<host>\[[0-9a-f:.]+\]|[^:[\]]+)(?::(?<port>\d{1,5}))?$/i;

/**
 * Takes a connection string apart: `redis://user:password@host:port/database`, the same with `rediss`,
 * `redis+cluster://host:port,host:port`, or `redis+sentinel://host:port,host:port/master-name`.
 */
export function parseRedisAddress(text: string): RedisAddress {
  const form = FORM.exec(text)?.groups;
  if (form === undefined) throw cannotRead("redis://, redis+cluster:// or redis+sentinel://", text);
  const kind = (form.kind ?? "single") as RedisAddress["kind"];
  const port = kind === "sentinel" ? SENTINEL_PORT : PORT;
  const hosts = (form.hosts ?? "").split(",").map((host) => parseHost(host, port, text));
  if (kind === "single" && hosts.length > 1) throw cannotRead("one host", text);
  const path = decodeURIComponent(form.path ?? "");
  if (kind === "sentinel" && path === "") throw cannotRead("the name of a master", text);
  if (kind === "single" && !/^\d{0,4}$/.test(path)) throw cannotRead("a database's number", text);
  return {
    kind,
    hosts,
    isSecure: form.tls !== undefined,
    ...parseLogin(form.login),
    database: kind === "single" ? Number(path) : 0,
    masterName: kind === "sentinel" ? path : "",
  };
}

/** Without a colon it is a password, as it was before Redis knew users. */
function parseLogin(login = ""): Pick<RedisAddress, "username" | "password"> {
  const colon = login.indexOf(":");
  const name = colon === -1 ? "" : decodeURIComponent(login.slice(0, colon));
  const password = decodeURIComponent(login.slice(colon + 1));
  return {
    username: name === "" ? undefined : name,
    password: password === "" ? undefined : password,
  };
}

function parseHost(text: string, defaultPort: number, address: string): RedisHost {
  const parts = HOST.exec(text.trim())?.groups;
  const port = Number(parts?.port ?? defaultPort);
  if (parts?.host === undefined || port < 1 || port > 65_535) throw cannotRead("hosts", address);
  return { host: parts.host.replace(/^\[|\]$/g, ""), port };
}

/** Passwords stand in addresses, and errors in logs. */
function cannotRead(wanted: string, received: string): Error {
  const shown = received.replace(/\/\/[^@/]*@/, "//…@");
  return new Error(`Cannot read the address of Redis: wanted ${wanted}, received "${shown}"`);
}
