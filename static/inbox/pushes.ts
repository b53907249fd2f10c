/** A notification that was tapped while a page was open: the page goes there, and its shell stays. */

import htmx from "htmx.org";

/** Follows what the service worker asks for. */
export function startPushes(): void {
  navigator.serviceWorker?.addEventListener("message", ({ data }) => {
    if (data?.type !== "open") return;
    const link = document.createElement("a");
    link.href = data.path;
    document.body.append(link);
    htmx.process(link);
    link.click();
    link.remove();
  });
}
