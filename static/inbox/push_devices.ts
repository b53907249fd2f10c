/**
 * The part of the settings that lets this device be notified. The server knows which devices there are;
 * the browser alone knows which of them it is, and whether it may and can be one.
 */

import { isSupported, remember, subscribe, subscriptionOf } from "./push_subscription.ts";

/** Starts on the form of the devices' section. */
export function mount(element: HTMLElement): () => void {
  const form = element as HTMLFormElement;
  const mounted = new AbortController();
  const { signal } = mounted;
  const refresh = () => void show(form);
  refresh();
  form.querySelector("[type=button]")?.addEventListener("click", () => turnOn(form), { signal });
  // The page was morphed: what it says is the server's again.
  document.addEventListener("suite:swapped", refresh, { signal });
  return () => mounted.abort();
}

/** Says how this device stands. */
async function show(form: HTMLFormElement): Promise<void> {
  const subscription = await subscriptionOf();
  const own = document.querySelector(
    `[data-endpoint="${CSS.escape(subscription?.endpoint ?? "")}"]`,
  );
  // One that the server does not know, or not anymore, is of no use.
  if (!own) await subscription?.unsubscribe();
  remember(form.dataset.user, !!own);
  for (const badge of document.querySelectorAll<HTMLElement>("[data-this-device]")) {
    badge.hidden = !own?.contains(badge);
  }
  tell(form, stateOf(own));
}

/** The sentences are the server's; here it is known which of them is true, and whether the button helps. */
function tell(form: HTMLFormElement, state: string): void {
  for (const part of form.querySelectorAll<HTMLElement>("[data-push-state]")) {
    part.hidden = !part.matches(`[data-push-state~=${state}]`);
  }
}

/** "phone" is an iPhone or iPad, where a page has to be on the home screen first. */
function stateOf(own: Element | null): string {
  if (!isSupported()) return /iP[ah]/.test(navigator.userAgent) ? "phone" : "unable";
  if (Notification.permission === "denied") return "blocked";
  return own && Notification.permission === "granted" ? "on" : "off";
}

async function turnOn(form: HTMLFormElement): Promise<void> {
  if ((await Notification.requestPermission()) !== "granted") return await show(form);
  try {
    const { endpoint = "", keys } = (await subscribe(form.dataset.key ?? "")).toJSON();
    for (const [name, value] of Object.entries({ endpoint, ...keys })) {
      const input = form.querySelector<HTMLInputElement>(`[name=${name}]`);
      if (input) input.value = value;
    }
    form.requestSubmit();
  } catch {
    tell(form, "lost");
  }
}
