/**
 * One POST to a server that somebody's browser has named, so to whatever address they like. The name is
 * looked up once, every address is checked, and the connection goes to a checked address and nowhere
 * else: a name that means something else a moment later (DNS rebinding) gains nothing. Redirects are not
 * followed, and of the answer nothing is read but its head.
 */

import { lookup } from "node:dns/promises";
import * as http from "node:http";
import * as https from "node:https";
import { isIP } from "node:net";
import { limits } from "../../actors/mod.ts";
import { isPublicAddress } from "./public_address.ts";

/** What came of a request. */
export type PushAnswer =
  | { state: "answered"; status: number; retryAfter: string | undefined }
  /** We do not knock there. */
  | { state: "refused"; reason: string }
  /** There was no answer. */
  | { state: "lost"; reason: string };

/** What is sent. */
export interface PushRequest {
  headers: Record<string, string | number>;
  body: Uint8Array;
}

/** How requests are made. */
export interface PushRequestOptions {
  /** Whether private addresses and plain http will do. */
  toPrivateNetworks: boolean;
  timeoutMs: number;
  /** The addresses of a name. */
  resolve: (host: string) => Promise<string[]>;
  /** Certificates of authorities to trust instead of the usual ones. */
  ca?: string | undefined;
}

/** An endpoint that may be asked, or why it may not. */
export type CheckedEndpoint = { state: "ok"; url: URL } | { state: "refused"; reason: string };

/** The addresses of a name, as the system knows them. */
export async function resolveHost(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}

/** Checks what can be seen of an endpoint without asking anybody. */
export function checkEndpoint(
  endpoint: string,
  { toPrivateNetworks }: Pick<PushRequestOptions, "toPrivateNetworks">,
): CheckedEndpoint {
  const refused = (reason: string) => ({ state: "refused", reason }) as const;
  if (endpoint.length > limits.pushEndpointUnitsMax) return refused("the address is too long");
  if (!URL.canParse(endpoint)) return refused("the address is malformed");
  const url = new URL(endpoint);
  const isAllowed = url.protocol === "https:" || (toPrivateNetworks && url.protocol === "http:");
  if (!isAllowed) return refused("the address does not begin with https");
  if (url.username !== "" || url.password !== "") return refused("the address has a password");
  if (endpoint.includes("#")) return refused("the address has a fragment");
  return { state: "ok", url };
}

/** Sends one request; never rejects, and never takes longer than it may. */
export async function sendPush(
  url: URL,
  request: PushRequest,
  options: PushRequestOptions,
): Promise<PushAnswer> {
  const signal = AbortSignal.timeout(options.timeoutMs);
  const late = new Promise<PushAnswer>((resolve) => {
    signal.addEventListener("abort", () => {
      const reason = `no answer within ${Math.ceil(options.timeoutMs / 1_000)} s`;
      resolve({ state: "lost", reason });
    });
  });
  return await Promise.race([late, attempt(url, request, { ...options, signal })]);
}

type Attempt = PushRequestOptions & { signal: AbortSignal };

async function attempt(url: URL, request: PushRequest, options: Attempt): Promise<PushAnswer> {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  let addresses: string[];
  try {
    addresses = isIP(host) ? [host] : await options.resolve(host);
  } catch {
    return { state: "lost", reason: `no address is known for ${host}` };
  }
  if (!options.toPrivateNetworks && !addresses.every(isPublicAddress)) {
    return { state: "refused", reason: "the address is not on the public internet" };
  }
  // IPv4 first: where there is no IPv6, that is known only by trying.
  const [first, ...others] = addresses.sort((one, other) => isIP(one) - isIP(other));
  if (first === undefined) return { state: "lost", reason: `no address is known for ${host}` };
  const answer = await post({ url, host, address: first, request, options });
  const another = others.find((address) => isIP(address) !== isIP(first));
  if (answer.state !== "lost" || another === undefined) return answer;
  return await post({ url, host, address: another, request, options });
}

function post(given: {
  url: URL;
  host: string;
  address: string;
  request: PushRequest;
  options: Attempt;
}): Promise<PushAnswer> {
  const { url, host, address, request, options } = given;
  const isSecure = url.protocol === "https:";
  const settings: https.RequestOptions = {
    method: "POST",
    host: address,
    port: url.port || (isSecure ? 443 : 80),
    path: url.pathname + url.search,
    headers: { ...request.headers, Host: url.host },
    // The certificate has to be of the name that was checked.
    ...(isSecure ? { servername: isIP(host) ? "" : host, ca: options.ca } : {}),
    agent: false,
    signal: options.signal,
  };
  return new Promise((resolve) => {
    const sent = (isSecure ? https : http).request(settings, (response) => {
      const { statusCode: status = 0, headers } = response;
      resolve({ state: "answered", status, retryAfter: headers["retry-after"] });
      response.on("error", () => {});
      response.destroy();
    });
    sent.on("error", (error) => resolve({ state: "lost", reason: reasonOf(error) }));
    sent.end(request.body);
  });
}

/** Not the words of the library: they may name addresses that are nobody's business. */
function reasonOf(error: Error & { code?: string }): string {
  const code = error.code ?? "";
  if (code === "ECONNREFUSED" || code === "ConnectionRefused") return "nothing listens there";
  if (/CERT|SIGNED|TLS|SSL|ALTNAME/i.test(`${code} ${error.message}`)) {
    return "its certificate is not valid";
  }
  if (/PARSE|HPE_|Invalid|Malformed/i.test(`${code} ${error.message}`)) {
    return "it does not speak HTTP";
  }
  return "the connection was lost";
}
