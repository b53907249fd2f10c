/** The pages behind the link that ends e-mail. They tell nobody whose e-mail it is. */

import type { NotificationKind } from "../../actors/mod.ts";
import { Button } from "../parts/components.tsx";
import type { Page } from "../parts/page.ts";
import { AuthLayout } from "../shell/layout.tsx";
import { notificationWords } from "./words.tsx";

interface UnsubscribeProps {
  page: Page;
  /** What sort of e-mail: of one kind, or what comes once a day. */
  sort: NotificationKind | "daily";
}

/** Asks. */
export function UnsubscribePage({ page, sort }: UnsubscribeProps) {
  return (
    <AuthLayout page={page} title="No more e-mail?">
      <p>{sortText(sort)} You will still find everything in your inbox.</p>
      <form class="form" method="post" action={page.path}>
        <div class="form-actions">
          <Button kind="primary">Stop these e-mails</Button>
        </div>
      </form>
    </AuthLayout>
  );
}

/** Says that it is done. */
export function UnsubscribedPage({ page }: Pick<UnsubscribeProps, "page">) {
  return (
    <AuthLayout page={page} title="You get no more of these e-mails">
      <p>
        Everything is still in your inbox.{" "}
        <a href="/settings/notifications">Choose how you are told</a> if you change your mind.
      </p>
    </AuthLayout>
  );
}

/** Says that a link is none of ours. */
export function DeadUnsubscribePage({ page }: Pick<UnsubscribeProps, "page">) {
  return (
    <AuthLayout page={page} title="This link does not work">
      <p>
        It may have been cut off on its way. Open it from the e-mail again, or{" "}
        <a href="/settings/notifications">sign in and choose how you are told</a>.
      </p>
    </AuthLayout>
  );
}

function sortText(sort: UnsubscribeProps["sort"]): string {
  if (sort === "daily") return "This ends the e-mail that sums up your day.";
  return `This ends e-mails that say: ${notificationWords(sort).label.toLowerCase()}.`;
}
