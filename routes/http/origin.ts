/** Where a request comes from: the page that sent it, and the machine. */

import { isIP } from "node:net";

/** `[2001:db8::1]`, `[2001:db8::1]:4711` or `192.0.2.7:4711`; a bare address is none of them. */
const ADDRESS = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/;

const LOOPBACK_HOSTS = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Whether one of our own pages sent the request. Browsers tell by `Origin`; where they leave it out,
 * by `Sec-Fetch-Site`. A request with neither is not from a page of ours.
 */
export function isSameOrigin(headers: Headers, publicUrl: URL): boolean {
  const origin = headers.get("Origin");
  if (origin === null) return headers.get("Sec-Fetch-Site") === "same-origin";
  return origin === publicUrl.origin || isSameLoopback(origin, publicUrl);
}

/** On one's own machine `localhost`, `127.0.0.1` and `[::1]` are the same place. */
function isSameLoopback(origin: string, publicUrl: URL): boolean {
  if (!LOOPBACK_HOSTS.has(publicUrl.hostname) || !URL.canParse(origin)) return false;
  const { protocol, hostname, port } = new URL(origin);
  const isSame = protocol === publicUrl.protocol && port === publicUrl.port;
  return isSame && LOOPBACK_HOSTS.has(hostname);
}

/**
 * The path to go on to after signing in: one of ours, or `/`. Anything a browser could take for
 * another site, such as `//evil.example` or `/\evil.example`, is not followed.
 */
export function localPath(wanted: string | undefined): string {
  const base = "http://local.invalid";
  if (!wanted?.startsWith("/") || !URL.canParse(wanted, base)) return "/";
  const url = new URL(wanted, base);
  if (url.origin !== base || url.pathname.startsWith("//")) return "/";
  if (url.pathname === "/signin" || url.pathname === "/signup") return "/";
  return url.pathname + url.search + url.hash;
}

/**
 * The address of the client. Behind a trusted proxy it is the last one in `X-Forwarded-For`, because
 * that is the one the proxy saw itself; those before it are the client's to invent. Some proxies add the
 * port, which changes with every connection and is left out. What is no address is not believed.
 */
export function clientAddress(
  headers: Headers,
  options: { direct: string | undefined; trustProxy: boolean },
): string {
  const forwarded = options.trustProxy
    ? headers.get("X-Forwarded-For")?.split(",").at(-1)?.trim()
    : undefined;
  return readAddress(forwarded) ?? readAddress(options.direct) ?? "unknown";
}

/** An address without its port, its brackets and the clothes of IPv6 around IPv4; or nothing. */
function readAddress(text: string | undefined): string | undefined {
  const [, bracketed, plain] = ADDRESS.exec(text ?? "") ?? [];
  const address = (bracketed ?? plain ?? text ?? "").replace(/^::ffff:(?=\d+\.)/i, "");
  return isIP(address) === 0 ? undefined : address.toLowerCase();
}

/** What stands for an address when attempts are counted: whoever has one in IPv6 has a whole /64. */
export function addressKey(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("%")[0]?.split("::") ?? [];
  const front = head === "" ? [] : head.split(":");
  const back = tail ? tail.split(":") : [];
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length);
  const groups = [...front, ...Array<string>(zeros).fill("0"), ...back];
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(":")}::/64`;
}
