/** Counts tries of passwords, by the account that is tried and by the address that tries. */

import type { Context } from "hono";
import { limits } from "../../actors/mod.ts";
import type { Env } from "../http/env.ts";
import { addressKey } from "../http/origin.ts";
import { routeOf } from "../http/route_of.ts";
import type { Services } from "../services.ts";

type AttemptServices = Pick<Services, "throttles" | "log">;

/** Seconds to wait, or 0; an address that has to wait uses up nobody's attempts. */
export async function countAttempt(
  c: Context<Env>,
  { throttles, log }: AttemptServices,
  email: string | undefined,
): Promise<number> {
  let waitSeconds = await throttles.address.attempt(addressKey(c.var.address));
  if (waitSeconds === 0 && email !== undefined) {
    waitSeconds = await throttles.account.attempt(accountKey(email));
  }
  if (waitSeconds > 0) {
    const { address } = c.var;
    log.warn("throttled", { audit: true, route: routeOf(c), address, waitSeconds });
    c.header("Retry-After", String(waitSeconds));
  }
  return waitSeconds;
}

/** The attempt was right: the account starts anew, the address has one back. */
export async function clearAttempts(
  c: Context<Env>,
  { throttles }: AttemptServices,
  email: string,
): Promise<void> {
  await throttles.account.clear(accountKey(email));
  // Not all of them: somebody with an account could else try others' without end.
  await throttles.address.forgive(addressKey(c.var.address));
}

/** The attempt was no failure of the person, such as when the server was too busy to look. */
export async function forgiveAttempt(
  c: Context<Env>,
  { throttles }: AttemptServices,
  email: string | undefined,
): Promise<void> {
  if (email !== undefined) await throttles.account.forgive(accountKey(email));
  await throttles.address.forgive(addressKey(c.var.address));
}

/** What to tell whoever has to wait. */
export function waitProblem(waitSeconds: number): { title: string; text: string } {
  const minutes = Math.ceil(waitSeconds / 60);
  const time = minutes === 1 ? "a minute" : `${minutes} minutes`;
  return { title: "Too many tries", text: `There were many tries. Try again in ${time}.` };
}

function accountKey(email: string): string {
  return email.trim().normalize("NFC").toLowerCase().slice(0, limits.emailUnitsMax);
}
