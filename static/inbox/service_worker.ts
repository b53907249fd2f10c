/**
 * Shows what is pushed while no page of the suite is open. Every push shows something, whatever came: a
 * browser takes the right away from whoever gets pushes and shows nothing.
 */

/** What we use of a service worker's surroundings; the types of pages know nothing of them. */
interface WorkerScope extends EventTarget {
  registration: ServiceWorkerRegistration;
  clients: {
    claim(): Promise<void>;
    matchAll(options: { type: "window"; includeUncontrolled: boolean }): Promise<WindowClient[]>;
    openWindow(url: string): Promise<unknown>;
  };
  skipWaiting(): Promise<void>;
}

interface WindowClient {
  url: string;
  visibilityState: DocumentVisibilityState;
  focus(): Promise<WindowClient>;
  postMessage(message: unknown): void;
}

interface WorkerEvent extends Event {
  waitUntil(done: Promise<unknown>): void;
  data?: { json(): unknown } | null;
  notification?: Notification;
  oldSubscription?: PushSubscription | null;
  newSubscription?: PushSubscription | null;
}

/** As the suite sends it. */
interface Message {
  title: string;
  body: string;
  path: string;
  tag: string;
  unread: number;
}

const NOTHING: Message = {
  title: "Something new in MVP Suite",
  body: "",
  path: "/inbox",
  tag: "suite",
  unread: 0,
};

const worker = self as unknown as WorkerScope;

on("install", () => worker.skipWaiting());
on("activate", () => worker.clients.claim());
on("push", ({ data }) => show(messageOf(data)));
on("notificationclick", ({ notification }) => {
  notification?.close();
  return open(String(notification?.data?.path ?? NOTHING.path));
});
on("pushsubscriptionchange", renew);

function on(name: string, handler: (event: WorkerEvent) => Promise<unknown>): void {
  worker.addEventListener(name, (event) => {
    (event as WorkerEvent).waitUntil(handler(event as WorkerEvent));
  });
}

function messageOf(data: WorkerEvent["data"]): Message {
  try {
    return { ...NOTHING, ...(data?.json() as Partial<Message>) };
  } catch {
    return NOTHING;
  }
}

async function show({ title, body, path, tag, unread }: Message): Promise<void> {
  const options = { body, tag, renotify: true, data: { path }, icon: "/static/icon_192.png" };
  await worker.registration.showNotification(title, options);
  await navigator.setAppBadge?.(unread).catch(() => {});
}

/** A page that is open already goes there itself, so that a call or an upload in it goes on. */
async function open(path: string): Promise<void> {
  const url = new URL(path, location.origin);
  if (url.origin !== location.origin) return;
  const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page =
    pages.find((each) => each.url === url.href) ??
    pages.find(({ visibilityState }) => visibilityState === "visible") ??
    pages[0];
  if (!page) {
    await worker.clients.openWindow(url.href);
    return;
  }
  if (page.url !== url.href) page.postMessage({ type: "open", path: url.href });
  // Not every browser allows it at every moment; the page is there all the same.
  await page.focus().catch(() => {});
}

/** The browser has ended a subscription: it makes another, and the suite hears of it. */
async function renew({ oldSubscription, newSubscription }: WorkerEvent): Promise<void> {
  const answer = await fetch("/settings/devices", { headers: { Accept: "application/json" } });
  const { publicKey, csrfToken } = (await answer.json()) as {
    publicKey: string;
    csrfToken: string;
  };
  const { pushManager } = worker.registration;
  const options = { userVisibleOnly: true, applicationServerKey: publicKey };
  const subscription = newSubscription ?? (await pushManager.subscribe(options));
  await fetch("/settings/devices", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Csrf-Token": csrfToken },
    body: JSON.stringify({ ...subscription.toJSON(), replaces: oldSubscription?.endpoint }),
  });
}
