/** The ways to an account: the setup link, an invitation, or open sign-up. */

import type { Context } from "hono";
import {
  type Account,
  type AccountStore,
  type Entry,
  limits,
  type PersonId,
  type Role,
  toPersonId,
} from "../../actors/mod.ts";
import type { Env } from "../http/env.ts";
import { hashToken, mintToken, serverSecret, sign } from "../http/tokens.ts";
import type { Services } from "../services.ts";
import { guessLanguage, guessTimeZone } from "./locale.ts";

const OPEN_SIGN_UP = "open_sign_up";

/** A way in that is open, and what comes of it. */
export type WayIn =
  | { state: "open"; role: Role; entry: Entry | undefined }
  | { state: "closed"; reason: "not_set_up" | "by_invitation" | "link_is_dead" };

/** The tokens that a sign-up link may carry. */
export interface EntryTokens {
  setup?: string | undefined;
  invitation?: string | undefined;
}

type EntryServices = Pick<Services, "accounts" | "clock" | "config">;

/**
 * Mints the link with which the first account is made, and ends the one before. Undefined as soon as
 * there is an account. Nodes of a cluster, which start one after the other, all give the same one.
 */
export async function mintSetupLink(
  services: EntryServices,
  { isOneOfMany = false }: { isOneOfMany?: boolean } = {},
): Promise<string | undefined> {
  const { accounts, clock, config } = services;
  if ((await accounts.count()) > 0) return undefined;
  const token = isOneOfMany ? await sharedToken(accounts) : mintToken();
  await accounts.setSetupToken(hashToken(token), clock.now() + limits.setupLinkMsMax);
  return new URL(`/signup?setup=${token}`, config.publicUrl).href;
}

async function sharedToken(accounts: AccountStore): Promise<string> {
  const nonce = await accounts.initSetting("setup_nonce", mintToken());
  return sign(`setup:${nonce}`, await serverSecret(accounts));
}

/** Which way in the tokens open, or why none is. */
export async function findWayIn(services: EntryServices, tokens: EntryTokens): Promise<WayIn> {
  const { accounts, clock } = services;
  const now = clock.now();
  if (tokens.setup) {
    const tokenHash = hashToken(tokens.setup);
    const isOpen = await accounts.isSetupToken(tokenHash, now);
    if (isOpen)
      return { state: "open", role: "administrator", entry: { type: "setup", tokenHash } };
    return { state: "closed", reason: "link_is_dead" };
  }
  if (tokens.invitation) {
    const tokenHash = hashToken(tokens.invitation);
    const invitation = await accounts.findInvitation(tokenHash, now);
    if (!invitation) return { state: "closed", reason: "link_is_dead" };
    return { state: "open", role: invitation.role, entry: { type: "invitation", tokenHash } };
  }
  if (await isSignUpOpen(services)) return { state: "open", role: "member", entry: undefined };
  const isSetUp = (await accounts.count()) > 0;
  return { state: "closed", reason: isSetUp ? "by_invitation" : "not_set_up" };
}

/** Whether anybody may make an account. */
export async function isSignUpOpen(services: Pick<Services, "accounts">): Promise<boolean> {
  return (await services.accounts.getSetting(OPEN_SIGN_UP)) === "on";
}

/** Lets anybody make an account, or nobody without an invitation. */
export async function setSignUpOpen(
  services: Pick<Services, "accounts">,
  isOpen: boolean,
): Promise<void> {
  await services.accounts.setSetting(OPEN_SIGN_UP, isOpen ? "on" : undefined);
}

/** An invitation of its maker; the link is known only now. */
export async function invite(
  services: EntryServices,
  from: { createdBy: PersonId; role: Role },
): Promise<{ id: string; link: string }> {
  const { accounts, clock, config } = services;
  const token = mintToken();
  const now = clock.now();
  const id = clock.mintId();
  const expiresAt = now + limits.invitationMsMax;
  const invitation = {
    ...from,
    id,
    createdAt: now,
    expiresAt,
    usedAt: undefined,
    usedBy: undefined,
  };
  await accounts.createInvitation(invitation, hashToken(token));
  return { id, link: new URL(`/signup?invitation=${token}`, config.publicUrl).href };
}

/** A new account with what the browser lets us guess; all of it can be changed in the settings. */
export function newAccount(
  services: Pick<Services, "clock">,
  given: { name: string; email: string; role: Role },
  guess: { timeZone?: string | undefined; acceptLanguage?: string | undefined } = {},
): Account {
  return {
    ...given,
    id: toPersonId(services.clock.mintId()),
    timeZone: guessTimeZone(guess.timeZone),
    language: guessLanguage(guess.acceptLanguage),
    theme: "system",
    shortcuts: true,
    createdAt: services.clock.now(),
  };
}

/** The tokens in the request's address, or in the form that came from there. */
export function entryTokensOf(
  c: Context<Env>,
  form: Readonly<Record<string, string>> = {},
): EntryTokens {
  return {
    setup: form.setup || c.req.query("setup"),
    invitation: form.invitation || c.req.query("invitation"),
  };
}
