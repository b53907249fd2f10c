/**
 * A push service with one device behind it, on this machine. It does what browsers and their services do
 * with a push: checks who signed it (RFC 8292), and decrypts it (RFC 8291) with keys that only it has.
 */

import {
  createDecipheriv,
  createECDH,
  createHmac,
  createPublicKey,
  randomBytes,
  verify,
} from "node:crypto";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { PushDevice, PushMessage } from "../../actors/mod.ts";
import { certificate, certificateKey } from "./certificate.ts";

/** What the service does with the next pushes: a status, or something that servers should not do. */
export type PushAnswer = number | "hang" | "garbage" | "endless";

/** A push that came in. */
export interface ReceivedPush {
  message: PushMessage;
  headers: http.IncomingHttpHeaders;
  /** What the signature says about who sent it. */
  claims: { aud: string; exp: number; sub: string };
  /** Bytes that went over the line. */
  size: number;
}

/** How to start. */
export interface PushEndpointOptions {
  /** With a certificate for `push.example`. */
  secure?: boolean;
}

/** The service and its device. */
export class PushEndpoint implements AsyncDisposable {
  answer: PushAnswer = 201;
  /** Headers of further answers. */
  answerHeaders: Record<string, string> = {};
  readonly received: ReceivedPush[] = [];
  /** Connections that are open now, and requests there were, with those that got no good answer. */
  connections = 0;
  requests = 0;
  /** Why a push could not be read. */
  readonly problems: unknown[] = [];
  readonly #server: http.Server;
  readonly #sockets = new Set<Socket>();
  readonly #isSecure: boolean;
  readonly #keys = createECDH("prime256v1");
  readonly #auth = randomBytes(16);

  constructor({ secure = false }: PushEndpointOptions) {
    this.#isSecure = secure;
    this.#keys.generateKeys();
    const listener: http.RequestListener = (request, response) => {
      void this.#take(request, response).catch((error) => this.problems.push(error));
    };
    this.#server = secure
      ? https.createServer({ cert: certificate, key: certificateKey }, listener)
      : http.createServer(listener);
    this.#server.on("connection", (socket: Socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on("close", () => {
        this.connections--;
        this.#sockets.delete(socket);
      });
      socket.on("error", () => {});
    });
  }

  /** Starts a service. */
  static async start(options: PushEndpointOptions = {}): Promise<PushEndpoint> {
    const endpoint = new PushEndpoint(options);
    const server = endpoint.#server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return endpoint;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What a browser would give to the suite when it subscribes. */
  get subscription(): Pick<PushDevice, "endpoint" | "p256dh" | "auth"> {
    const scheme = this.#isSecure ? "https" : "http";
    return {
      endpoint: `${scheme}://127.0.0.1:${this.port}/push/device`,
      p256dh: this.#keys.getPublicKey("base64url"),
      auth: this.#auth.toString("base64url"),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #take(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    this.requests++;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { answer, answerHeaders } = this;
    if (answer === "hang") return;
    if (answer === "garbage") {
      request.socket.end("\u0000\u0001 this is no HTTP\r\n\r\n");
      return;
    }
    if (answer === "endless") {
      response.writeHead(201, answerHeaders);
      const more = () => {
        while (!response.destroyed && response.write("x".repeat(65_536)));
      };
      response.on("drain", more);
      more();
      return;
    }
    if (answer >= 200 && answer < 300) this.#read(request, Buffer.concat(chunks));
    response.writeHead(answer, answerHeaders);
    response.end();
  }

  #read(request: http.IncomingMessage, body: Buffer): void {
    const { headers } = request;
    if (headers["content-encoding"] !== "aes128gcm") throw new Error("expected aes128gcm");
    if (headers.ttl === undefined) throw new Error("expected a TTL");
    const claims = verifyVapid(headers.authorization ?? "");
    const message = JSON.parse(this.#decrypt(body)) as PushMessage;
    this.received.push({ message, headers, claims, size: body.length });
  }

  /** RFC 8188 and RFC 8291, with the names used there. */
  #decrypt(body: Buffer): string {
    const salt = body.subarray(0, 16);
    const keyLength = body[20] ?? 0;
    const serverKey = body.subarray(21, 21 + keyLength);
    const sealed = body.subarray(21 + keyLength);
    const secret = this.#keys.computeSecret(serverKey);
    const info = Buffer.concat([
      Buffer.from("WebPush: info\0"),
      this.#keys.getPublicKey(),
      serverKey,
    ]);
    const ikm = expand(hmac(this.#auth, secret), info, 32);
    const prk = hmac(salt, ikm);
    const key = expand(prk, Buffer.from("Content-Encoding: aes128gcm\0"), 16);
    const nonce = expand(prk, Buffer.from("Content-Encoding: nonce\0"), 12);
    const decipher = createDecipheriv("aes-128-gcm", key, nonce);
    decipher.setAuthTag(sealed.subarray(-16));
    const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
    // The last record ends with 2, and zeros behind it.
    return plain.subarray(0, plain.lastIndexOf(2)).toString();
  }
}

function hmac(key: Uint8Array, data: Uint8Array): Buffer {
  return createHmac("sha256", key).update(data).digest();
}

function expand(prk: Buffer, info: Buffer, length: number): Buffer {
  return hmac(prk, Buffer.concat([info, Buffer.from([1])])).subarray(0, length);
}

function verifyVapid(authorization: string): ReceivedPush["claims"] {
  const match = /^vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), ?k=([\w-]+)$/.exec(authorization);
  if (!match) throw new Error(`expected a VAPID header, received "${authorization}"`);
  const [, header = "", payload = "", signature = "", k = ""] = match;
  const point = Buffer.from(k, "base64url");
  const [x, y] = [point.subarray(1, 33), point.subarray(33)];
  const coordinates = { x: x.toString("base64url"), y: y.toString("base64url") };
  const key = createPublicKey({ format: "jwk", key: { kty: "EC", crv: "P-256", ...coordinates } });
  const isGood = verify(
    "sha256",
    Buffer.from(`${header}.${payload}`),
    { key, dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  if (!isGood) throw new Error("expected a signature of the key it names");
  return JSON.parse(Buffer.from(payload, "base64url").toString());
}
