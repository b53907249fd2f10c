import { expect, test } from "bun:test";
import { systemClock } from "../../actors/mod.ts";
import { openAccounts } from "../../db/account.ts";
import { hashToken, isSameSecret, mintToken, serverSecret, sign } from "./tokens.ts";

test("mintToken() makes a new secret every time, safe in a URL", () => {
  const tokens = new Set(Array.from({ length: 100 }, mintToken));
  expect(tokens.size).toBe(100);
  for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9_-]{32}$/);
});

test("hashToken() is SHA-256 (FIPS 180-2, appendix B.1)", () => {
  expect(hashToken("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("sign() is HMAC-SHA-256 (RFC 4231, test case 2)", () => {
  const signature = sign("what do ya want for nothing?", "Jefe");
  expect(Buffer.from(signature, "base64url").toString("hex")).toBe(
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
});

test("isSameSecret() compares whole secrets", () => {
  expect(isSameSecret("secret", "secret")).toBe(true);
  expect(isSameSecret("secret", "secreT")).toBe(false);
  expect(isSameSecret("", "secret")).toBe(false);
  expect(isSameSecret("", "")).toBe(true);
});

test("serverSecret() is minted once and survives a restart", async () => {
  const { accounts, close } = await openAccounts(":memory:", systemClock);
  const [one, two] = await Promise.all([serverSecret(accounts), serverSecret(accounts)]);
  expect(one).toBe(two);
  expect(await accounts.getSetting("server_secret")).toBe(one);
  await close();
});
