/**
 * A device belongs to a session, and ends with it. The page to sign in has this island, where nobody is
 * signed in and the browser is nobody's device; so has the first page after signing in, where it becomes
 * again what it was for that person, without a question.
 */

import {
  isRemembered,
  isSupported,
  subscribe,
  subscriptionOf,
} from "../inbox/push_subscription.ts";

const DEVICES = "/settings/devices";

/** Starts on its element, which says who is signed in. */
export function mount({ dataset: { user } }: HTMLElement): undefined {
  const done = user === undefined ? pause() : resume(user);
  // Whoever wants to know why finds it here; the settings have a button.
  done.catch(console.info);
}

async function pause(): Promise<void> {
  await (await subscriptionOf())?.unsubscribe();
}

async function resume(user: string): Promise<void> {
  if (!isRemembered(user) || !isSupported() || Notification.permission !== "granted") return;
  const answer = await fetch(DEVICES, { headers: { Accept: "application/json" } });
  const { publicKey, csrfToken } = (await answer.json()) as Record<string, string>;
  await fetch(DEVICES, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Csrf-Token": csrfToken ?? "" },
    body: JSON.stringify(await subscribe(publicKey ?? "")),
  });
}
