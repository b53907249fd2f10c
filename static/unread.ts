/** How much waits in the inbox, in the window's title and on the app's icon. The rail has the number. */

/** Follows the number, and every change of the title. */
export function startUnread(): void {
  show();
  document.addEventListener("suite:swapped", show);
  new MutationObserver(show).observe(document.head, { childList: true, subtree: true });
}

function show(): void {
  const unread = Number(document.getElementById("inbox-count")?.dataset.unread ?? 0);
  const prefix = unread > 0 ? `(${unread > 99 ? "99+" : unread}) ` : "";
  const title = prefix + document.title.replace(/^\(\d+\+?\) /, "");
  if (title !== document.title) document.title = title;
  // Where there is no such icon, or it may not be changed, the title has to do.
  navigator.setAppBadge?.(unread).catch(() => {});
}
