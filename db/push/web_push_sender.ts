/**
 * Reaches devices through the push services of their browsers: encrypted for the device (RFC 8291), signed
 * with the suite's own key (VAPID, RFC 8292). Each service has a circuit breaker of its own, so that one
 * that is away costs nothing while others work.
 */

import { createHash } from "node:crypto";
import { STATUS_CODES } from "node:http";
import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  circuitBreaker,
  handleType,
} from "cockatiel";
import webPush from "web-push";
import { z } from "zod";
import {
  type AccountStore,
  type Log,
  limits,
  type PushDevice,
  type PushMessage,
  type PushSender,
  type SendResult,
} from "../../actors/mod.ts";
import {
  checkEndpoint,
  type PushAnswer,
  type PushRequest,
  type PushRequestOptions,
  resolveHost,
  sendPush,
} from "./push_request.ts";

const VAPID_SETTING = "vapid_keys";
/** `Topic` takes so many characters of base64url. */
const TOPIC_UNITS = 32;

const vapidKeysSchema = z.object({ publicKey: z.string(), privateKey: z.string() });

/** A pair of keys, base64url. */
export type VapidKeys = z.infer<typeof vapidKeysSchema>;

/** How pushes are sent. */
export interface WebPushOptions {
  keys: VapidKeys;
  /** Where a push service may complain: `mailto:` or `https:`. */
  subject: () => string;
  toPrivateNetworks: boolean;
  log: Log;
  timeoutMs?: number;
  breakMs?: number;
  /** The addresses of a name; the system's unless told. */
  resolve?: PushRequestOptions["resolve"];
  /** Certificates of authorities to trust instead of the usual ones. */
  ca?: string;
}

/** The suite's keys: made once and kept with the accounts, because devices subscribe to them. */
export async function openVapidKeys(
  accounts: Pick<AccountStore, "initSetting">,
): Promise<VapidKeys> {
  const made = JSON.stringify(webPush.generateVAPIDKeys());
  return vapidKeysSchema.parse(JSON.parse(await accounts.initSetting(VAPID_SETTING, made)));
}

/** Sends to any push service. */
export class WebPushSender implements PushSender {
  readonly #options: WebPushOptions;
  readonly #requests: PushRequestOptions;
  readonly #breakMs: number;
  /** By host, the one that was used longest ago first. */
  readonly #breakers = new Map<string, CircuitBreakerPolicy>();

  constructor(options: WebPushOptions) {
    this.#options = options;
    this.#breakMs = options.breakMs ?? limits.pushBreakMs;
    this.#requests = {
      toPrivateNetworks: options.toPrivateNetworks,
      timeoutMs: options.timeoutMs ?? limits.pushMsMax,
      resolve: options.resolve ?? resolveHost,
      ca: options.ca,
    };
  }

  get publicKey(): string {
    return this.#options.keys.publicKey;
  }

  async send(
    device: Pick<PushDevice, "endpoint" | "p256dh" | "auth">,
    message: PushMessage,
  ): Promise<SendResult> {
    const checked = checkEndpoint(device.endpoint, this.#requests);
    if (checked.state === "refused") return refused(checked.reason);
    const { url } = checked;
    let request: PushRequest;
    try {
      request = this.#encrypt(url, device, message);
    } catch {
      return refused("the keys of the device are malformed");
    }
    try {
      return await this.#breakerOf(url.host).execute(async () => {
        const answer = await sendPush(url, request, this.#requests);
        const result = resultOf(answer);
        if (isFault(answer)) throw new ServiceFault(result);
        return result;
      });
    } catch (error) {
      if (error instanceof ServiceFault) return error.result;
      if (!(error instanceof BrokenCircuitError)) return failed("something unexpected happened");
      return failed("the push service does not work at the moment", this.#breakMs);
    }
  }

  /** The words are in the encrypted part only; the service sees a size and a hash of the tag. */
  #encrypt(
    url: URL,
    { p256dh, auth }: Pick<PushDevice, "p256dh" | "auth">,
    message: PushMessage,
  ): PushRequest {
    const { publicKey, privateKey } = this.#options.keys;
    const { headers, body } = webPush.generateRequestDetails(
      { endpoint: url.href, keys: { p256dh, auth } },
      payloadOf(message),
      {
        TTL: limits.pushLifetimeSeconds,
        urgency: "normal",
        topic: topicOf(message.tag),
        contentEncoding: "aes128gcm",
        vapidDetails: { subject: this.#options.subject(), publicKey, privateKey },
      },
    );
    return { headers: headers as Record<string, string | number>, body: body ?? Buffer.alloc(0) };
  }

  #breakerOf(host: string): CircuitBreakerPolicy {
    const breaker = this.#breakers.get(host) ?? this.#createBreaker(host);
    this.#breakers.delete(host);
    this.#breakers.set(host, breaker);
    const [oldest] = this.#breakers.keys();
    if (this.#breakers.size > limits.pushServicesMax && oldest) this.#breakers.delete(oldest);
    return breaker;
  }

  #createBreaker(host: string): CircuitBreakerPolicy {
    const { log } = this.#options;
    const breaker = circuitBreaker(handleType(ServiceFault), {
      halfOpenAfter: this.#breakMs,
      breaker: new ConsecutiveBreaker(limits.pushFailuresMax),
    });
    breaker.onBreak(() => log.warn("a push service does not work", { host }));
    breaker.onReset(() => log.info("a push service works again", { host }));
    return breaker;
  }
}

/** What the breaker counts: the service does not answer, or says that it does not work. */
class ServiceFault extends Error {
  readonly result: SendResult;

  constructor(result: SendResult) {
    super("Cannot reach a push service");
    this.result = result;
  }
}

function isFault(answer: PushAnswer): boolean {
  return answer.state === "lost" || (answer.state === "answered" && answer.status >= 500);
}

function resultOf(answer: PushAnswer): SendResult {
  if (answer.state === "refused") return refused(answer.reason);
  if (answer.state === "lost") return failed(answer.reason);
  const { status } = answer;
  const words = `${status} ${STATUS_CODES[status] ?? "Unknown"}`;
  if (status >= 200 && status < 300) return { state: "sent", answer: words };
  if (status === 404 || status === 410) return { state: "gone", answer: words };
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    return failed(words, retryAfterMs(answer.retryAfter));
  }
  if (status >= 300 && status < 400) return refused(`${words}, and redirects are not followed`);
  return refused(words);
}

function refused(answer: string): SendResult {
  return { state: "refused", answer };
}

function failed(answer: string, retryAfterMs?: number): SendResult {
  return { state: "failed", answer, retryAfterMs };
}

/** `Retry-After` in seconds or as a date, and never longer than anybody can make us wait. */
function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  if (Number.isNaN(ms)) return undefined;
  return Math.min(Math.max(0, ms), limits.retryAfterMsMax);
}

/** Of two messages with one topic, the service keeps the newer for a device that is away. */
function topicOf(tag: string): string {
  return createHash("sha256").update(tag).digest("base64url").slice(0, TOPIC_UNITS);
}

/** What the service worker reads, cut until it fits. */
export function payloadOf(message: PushMessage): string {
  let { title, body } = message;
  while (true) {
    const payload = JSON.stringify({ ...message, title, body });
    if (Buffer.byteLength(payload) <= limits.pushPayloadBytesMax) return payload;
    if (body !== "") body = shortened(body);
    else if (title !== "") title = shortened(title);
    else throw new RangeError("Cannot push: expected a short path and tag");
  }
}

function shortened(text: string): string {
  const units = Math.floor(Math.min(text.length, limits.pushPayloadBytesMax) * 0.9);
  if (units < 1) return "";
  // Not in the middle of a sign.
  return `${text.slice(0, units - 1).replace(/[\uD800-\uDBFF]$/, "")}${units > 1 ? "…" : ""}`;
}
