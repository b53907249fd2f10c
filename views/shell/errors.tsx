/** What a person sees when a page cannot be shown: what happened, and the way on. */

import { LinkButton } from "../parts/components.tsx";
import { Icon, type IconName } from "../parts/icons.tsx";
import type { Page } from "../parts/page.ts";
import { Layout } from "./layout.tsx";

const ICONS: Record<number, IconName> = {
  401: "lock",
  403: "lock",
  404: "search",
  410: "trash",
  429: "clock",
  503: "clock",
  504: "clock",
};

/** The page of a refused or failed request. */
export function ErrorPage(props: { page: Page; status: number; title: string; text: string }) {
  const { page, status, title, text } = props;
  const isPassing = status === 429 || status >= 500;
  return (
    <Layout page={page} title={title}>
      <div class="error-page">
        <span class="empty-icon">
          <Icon name={ICONS[status] ?? "warning"} />
        </span>
        <p class="error-text">{text}</p>
        <p class="muted">Status {status}</p>
        <div class="empty-actions">
          {isPassing && (
            <LinkButton href={page.path} kind="primary" icon="restore">
              Try again
            </LinkButton>
          )}
          <LinkButton href={page.viewer ? "/" : "/signin"} kind={isPassing ? "plain" : "primary"}>
            {page.viewer ? "Go to Today" : "Sign in"}
          </LinkButton>
        </div>
      </div>
    </Layout>
  );
}
