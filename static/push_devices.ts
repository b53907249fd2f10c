/**
 * The part of the settings that lets this device be notified. The server knows which devices there are;
 * the browser alone knows which of them it is, and whether it may and can be one.
 */

const WORKER = "/sw.js";

/** Starts on the form of the devices' section. */
export function mount(element: HTMLElement): () => void {
  const form = element as HTMLFormElement;
  const mounted = new AbortController();
  const { signal } = mounted;
  const refresh = () => void show(form);
  refresh();
  form.querySelector("[data-push-on]")?.addEventListener("click", () => turnOn(form), { signal });
  document.addEventListener("submit", forget, { signal, capture: true });
  // The page was morphed: what it says is the server's again.
  document.addEventListener("suite:swapped", refresh, { signal });
  return () => mounted.abort();
}

/** Says how this device stands. */
async function show(form: HTMLFormElement): Promise<void> {
  const own = rowOf(await subscriptionOf());
  for (const badge of document.querySelectorAll<HTMLElement>("[data-this-device]")) {
    badge.hidden = !own?.contains(badge);
  }
  tell(form, stateOf(own !== null));
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

/** Where this is, workers and notifications are too. */
function isSupported(): boolean {
  return "PushManager" in window;
}

async function subscriptionOf(): Promise<PushSubscription | undefined> {
  if (!isSupported()) return undefined;
  const registration = await navigator.serviceWorker.getRegistration("/");
  return (await registration?.pushManager.getSubscription()) ?? undefined;
}

function rowOf(subscription: PushSubscription | undefined): Element | null {
  const endpoint = CSS.escape(subscription?.endpoint ?? "");
  return document.querySelector(`[data-endpoint="${endpoint}"]`);
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

async function subscribe(key: string): Promise<PushSubscription> {
  await navigator.serviceWorker.register(WORKER, { scope: "/" });
  const { pushManager } = await navigator.serviceWorker.ready;
  // One that was made for another key would be refused.
  await (await pushManager.getSubscription())?.unsubscribe();
  return await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

/** This device is removed from the list: the browser's side of it ends as well. */
async function forget({ submitter }: SubmitEvent): Promise<void> {
  const row = submitter?.matches("[data-push-off]") && submitter.closest("[data-endpoint]");
  if (!row) return;
  const subscription = await subscriptionOf();
  if (rowOf(subscription) === row) await subscription?.unsubscribe();
}
