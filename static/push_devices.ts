/**
 * The part of the settings that lets this device be notified. The server knows which devices there are;
 * the browser alone knows which of them it is, and whether it may and can be one.
 */

import { say } from "./notices.ts";

const WORKER = "/sw.js";

/** Starts on the form of the devices' section. */
export function mount(element: HTMLElement): () => void {
  const form = element as HTMLFormElement;
  const refresh = () => void show(form);
  const press = (event: Event) => {
    if (event.target instanceof Element && event.target.closest("[data-push-on]"))
      void turnOn(form);
  };
  const leave = (event: Event) => void forget(event);
  refresh();
  form.addEventListener("click", press);
  document.addEventListener("submit", leave, true);
  // The page was morphed: what it says is the server's again.
  document.addEventListener("suite:swapped", refresh);
  return () => {
    form.removeEventListener("click", press);
    document.removeEventListener("submit", leave, true);
    document.removeEventListener("suite:swapped", refresh);
  };
}

/** Says how this device stands. */
async function show(form: HTMLFormElement): Promise<void> {
  const endpoint = (await subscriptionOf())?.endpoint;
  const own = endpoint === undefined ? null : rowOf(endpoint);
  for (const badge of document.querySelectorAll<HTMLElement>("[data-this-device]")) {
    badge.hidden = own?.contains(badge) !== true;
  }
  const state = stateOf(own !== null);
  const text = form.querySelector("[data-push-state]");
  if (text && text.textContent !== state.text) text.textContent = state.text;
  const button = form.querySelector<HTMLElement>("[data-push-on]");
  if (button) button.hidden = !state.canTurnOn;
}

function stateOf(isKnown: boolean): { text: string; canTurnOn: boolean } {
  if (!isSupported()) {
    // There, only what was put on the Home Screen may be notified.
    const isPhone = /iPhone|iPad/.test(navigator.userAgent);
    const text = isPhone
      ? "On an iPhone or iPad, add the suite to your Home Screen first and open it from there."
      : "This browser cannot show notifications when the suite is closed.";
    return { text, canTurnOn: false };
  }
  if (Notification.permission === "denied") {
    const text =
      "Notifications are blocked for this site. Allow them in the browser's settings for it, then reload.";
    return { text, canTurnOn: false };
  }
  if (isKnown && Notification.permission === "granted") {
    return { text: "This device is notified.", canTurnOn: false };
  }
  return { text: "This device is not notified yet.", canTurnOn: true };
}

function isSupported(): boolean {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

async function subscriptionOf(): Promise<PushSubscription | undefined> {
  if (!isSupported()) return undefined;
  const registration = await navigator.serviceWorker.getRegistration("/");
  return (await registration?.pushManager.getSubscription()) ?? undefined;
}

function rowOf(endpoint: string): Element | null {
  return document.querySelector(`[data-endpoint="${CSS.escape(endpoint)}"]`);
}

async function turnOn(form: HTMLFormElement): Promise<void> {
  if ((await Notification.requestPermission()) !== "granted") return await show(form);
  try {
    const { endpoint, keys } = (await subscribe(form.dataset.key ?? "")).toJSON();
    fill(form, { endpoint, p256dh: keys?.p256dh, auth: keys?.auth });
    form.requestSubmit();
  } catch (error) {
    console.info(error);
    say("The browser could not reach its push service. Try again in a moment.");
  }
}

async function subscribe(key: string): Promise<PushSubscription> {
  await navigator.serviceWorker.register(WORKER, { scope: "/" });
  const { pushManager } = await navigator.serviceWorker.ready;
  // One that was made for another key would be refused.
  await (await pushManager.getSubscription())?.unsubscribe();
  return await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

function fill(form: HTMLFormElement, values: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(values)) {
    const input = form.elements.namedItem(name);
    if (input instanceof HTMLInputElement) input.value = value ?? "";
  }
}

/** This device is removed from the list: the browser's side of it ends as well. */
async function forget({ target }: Event): Promise<void> {
  const row = target instanceof Element ? target.closest<HTMLElement>("[data-endpoint]") : null;
  if (row === null || !(target as Element).matches("[data-push-off]")) return;
  const subscription = await subscriptionOf();
  if (subscription?.endpoint === row.dataset.endpoint) await subscription?.unsubscribe();
}
