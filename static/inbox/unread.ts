/** How much waits in the inbox, in the window's title and on the app's icon. The rail has the number. */

/** Follows the number, which every page and every change brings anew. */
export function startUnread(): void {
  show();
  // By then the title is that of the answer.
  document.addEventListener("htmx:finally:swap", show);
}

function show(): void {
  const unread = Number(document.getElementById("inbox-count")?.dataset.unread ?? 0);
  const prefix = unread > 0 ? `(${unread > 99 ? "99+" : unread}) ` : "";
  const title = prefix + document.title.replace(/^\(\d+\+?\) /, "");
  if (title !== document.title) document.title = title;
  // Where there is no such icon, or it may not be changed, the title has to do.
  navigator.setAppBadge?.(unread).catch(() => {});
}
