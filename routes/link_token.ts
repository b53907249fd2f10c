/**
 * The secrets in links. A link's token is derived from its id with the server's key, so that its owner
 * can copy it again although only its hash is stored.
 */

import { isId } from "../actors/mod.ts";

/** Makes and reads the tokens of links. */
export interface LinkTokens {
  /** The token of a link. */
  tokenOf(linkId: string): Promise<string>;
  /** What is stored of a token, hexadecimal; undefined when the text cannot be one. */
  hashOf(token: string): Promise<string | undefined>;
}

const TOKEN_PATTERN = /^[A-Za-z0-9_-]{43}$/;

/** Tokens under a key of the server. */
export async function createLinkTokens(secret: string): Promise<LinkTokens> {
  const bytes = new TextEncoder().encode(secret);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
  return {
    async tokenOf(linkId) {
      if (!isId(linkId)) throw new RangeError(`Cannot make a token: expected an id of a link`);
      const signed = await crypto.subtle.sign(
        "HMAC",
        key,
        new TextEncoder().encode(`link:${linkId}`),
      );
      return new Uint8Array(signed).toBase64({ alphabet: "base64url", omitPadding: true });
    },
    async hashOf(token) {
      if (!TOKEN_PATTERN.test(token)) return undefined;
      const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
      return new Uint8Array(digest).toHex();
    },
  };
}
