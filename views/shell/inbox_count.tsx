/** How much waits in the inbox, as every page shows it: in the rail and in the title of the window. */

import { domIds } from "../parts/dom_ids.ts";

/** How many things wait, beside the word Inbox; also the number in the window's title. */
export function InboxCount(props: { unread: number }) {
  const { unread } = props;
  return (
    <span id={domIds.inboxCount} class="rail-count" data-unread={unread}>
      {unread > 0 && (
        <>
          <span aria-hidden="true">{countText(unread)}</span>
          <span class="unseen">, {unread} unread</span>
        </>
      )}
    </span>
  );
}

/** A number that fits: beyond 99 it does not matter. */
export function countText(unread: number): string {
  return unread > 99 ? "99+" : String(unread);
}
