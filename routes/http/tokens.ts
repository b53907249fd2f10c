/** Secrets in links: long, random, and known to the store by their hash only. */

import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { AccountStore } from "../../actors/mod.ts";

const TOKEN_BYTES = 24;

/** A new secret for a link: 192 random bits, safe in a URL. */
export function mintToken(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES))).toString("base64url");
}

/** What the store keeps of a token: its SHA-256, hexadecimal. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

const secrets = new WeakMap<AccountStore, Promise<string>>();

/** The server's own secret: minted once and kept with the accounts, so that all nodes share it. */
export function serverSecret(accounts: AccountStore): Promise<string> {
  const known = secrets.get(accounts);
  if (known) return known;
  const secret = accounts.initSetting("server_secret", mintToken());
  secrets.set(accounts, secret);
  // What could not be read has to be read again.
  secret.catch(() => secrets.delete(accounts));
  return secret;
}

/** Whether two secrets are the same, in a time that does not tell where they differ. */
export function isSameSecret(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** A keyed hash that nobody can make without the secret. */
export function sign(text: string, secret: string): string {
  return createHmac("sha256", secret).update(text).digest("base64url");
}
