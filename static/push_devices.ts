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
  form.querySelector("[data-push-on]")?.addEventListener("click", () => turnOn(form), { signal });
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
  const isKnown = own !== null;
  // One that the server does not know, or not anymore, is of no use.
  if (!isKnown) await subscription?.unsubscribe();
  remember(form.dataset.user, isKnown);
  for (const badge of document.querySelectorAll<HTMLElement>("[data-this-device]")) {
    badge.hidden = !own?.contains(badge);
  }
  tell(form, stateOf(isKnown));
}

/** The sentences are the server's; here it is known which of them is true. */
function tell(form: HTMLFormElement, state: string): void {
  for (const text of form.querySelectorAll<HTMLElement>("[data-push-state]")) {
    text.hidden = text.dataset.pushState !== state;
  }
  const button = form.querySelector<HTMLElement>("[data-push-on]");
  if (button) button.hidden = state !== "off" && state !== "lost";
}

function stateOf(isKnown: boolean): string {
  if (!isSupported()) return /iPhone|iPad/.test(navigator.userAgent) ? "phone" : "unable";
  if (Notification.permission === "denied") return "blocked";
  return isKnown && Notification.permission === "granted" ? "on" : "off";
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
