/** This browser as a device that is notified, and for which people it was one. */

const WORKER = "/sw.js";

/** Where this is, workers and notifications are too. */
export function isSupported(): boolean {
  return "PushManager" in window;
}

/** What the browser is subscribed to now. */
export async function subscriptionOf(): Promise<PushSubscription | null | undefined> {
  if (!isSupported()) return null;
  const registration = await navigator.serviceWorker.getRegistration("/");
  return await registration?.pushManager.getSubscription();
}

/** Subscribes it to the server's key. */
export async function subscribe(key: string): Promise<PushSubscription> {
  await navigator.serviceWorker.register(WORKER, { scope: "/" });
  const { pushManager } = await navigator.serviceWorker.ready;
  // One that was made for another key would be refused.
  await (await pushManager.getSubscription())?.unsubscribe();
  return await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

/** Remembers whether a person wants to be notified here, beyond the end of their session. */
export function remember(user: string | undefined, isDevice: boolean): void {
  localStorage[`push ${user}`] = isDevice ? "on" : "";
}

/** Whether a person wanted to be notified here when they were signed in the last time. */
export function isRemembered(user: string | undefined): boolean {
  return Boolean(localStorage[`push ${user}`]);
}
