/**
 * The shell around every page. It is sent once; later answers carry only what `#main` shows, so that
 * the socket and whatever runs in the shell outlive navigation. Without JavaScript every page comes
 * whole.
 */

import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import { limits } from "../../actors/mod.ts";
import { Avatar, CsrfInput, Dialog, Toast } from "../parts/components.tsx";
import { domIds } from "../parts/dom_ids.ts";
import { Icon, type IconName } from "../parts/icons.tsx";
import type { Page } from "../parts/page.ts";
import { type ShortcutId, shortcut } from "../parts/shortcuts.ts";
import { countText, InboxCount } from "./inbox_count.tsx";

/** Read by htmx when it starts: no style sheet of its own, and no waiting before things settle. */
const HTMX_CONFIG = JSON.stringify({
  includeIndicatorCSS: false,
  defaultSettleDelay: 0,
  defaultTimeout: 20_000,
});

/** A socket that stays when the tab is in the background, and hurries back when it is lost. */
const SOCKET_CONFIG = JSON.stringify({
  ws: { pauseOnBackground: false, reconnectDelay: 200, reconnectMaxDelay: 5_000 },
});

/** A step on the way back. */
export interface Crumb {
  href: string;
  label: string;
}

/** What a page may ask of the shell. */
export interface LayoutProps {
  page: Page;
  /** The page's heading, and the window's title. */
  title: string;
  /** The primary action and what stands beside it. */
  actions?: Child;
  breadcrumb?: readonly Crumb[] | undefined;
  children?: Child;
  /** Uses the whole width. */
  wide?: boolean;
  /** Uses the whole window, and scrolls inside; for the editor. */
  fill?: boolean;
  /** Where a guest's page connects; signed-in people connect by their session. */
  liveUrl?: string | undefined;
}

/** A page of the suite. */
export function Layout(props: LayoutProps) {
  return props.page.partial ? <PartialPage {...props} /> : <WholePage {...props} />;
}

function PartialPage(props: LayoutProps) {
  const { page, title } = props;
  return (
    <>
      <title>{windowTitle(title, page)}</title>
      <Content {...props} />
      <hx-partial hx-target={`#${domIds.rail}`} hx-swap="innerMorph">
        <RailContent page={page} />
      </hx-partial>
      {page.notice && (
        <hx-partial hx-target={`#${domIds.toasts}`} hx-swap="innerHTML">
          <Notices page={page} />
        </hx-partial>
      )}
    </>
  );
}

function WholePage(props: LayoutProps) {
  const { page } = props;
  const liveUrl = nearTo(page.node, props.liveUrl ?? (page.viewer ? "/live?v=1" : undefined));
  return (
    <Document page={page} title={props.title} shell>
      <a class="skip-link" href={`#${domIds.main}`} hx-boost="false">
        Skip to content
      </a>
      <div id={domIds.progress} class="progress" />
      <div class="shell">
        <nav id={domIds.rail} class="rail" aria-label="Suite">
          <RailContent page={page} />
        </nav>
        <main
          id={domIds.main}
          class="main"
          tabindex={-1}
          aria-labelledby={domIds.title}
          hx-history-elt="true"
        >
          <Content {...props} />
        </main>
      </div>
      <div class="layers">
        <div id={domIds.connection} class="connection" role="status" />
        <div class="toasts" role="status">
          <div id={domIds.news} />
          <div id={domIds.toasts}>
            <Notices page={page} />
          </div>
        </div>
      </div>
      {page.viewer && <Palette />}
      <Dialog id={domIds.sheet} label="Keyboard shortcuts" />
      {page.viewer && <Dialog id={domIds.snooze} label="Snooze" />}
      {page.isNewSession && <Device page={page} />}
      {liveUrl && (
        <div
          id={domIds.live}
          hx-ws:connect={liveUrl}
          hx-config={SOCKET_CONFIG}
          hx-swap="none"
          hx-target="this"
          hidden
        />
      )}
    </Document>
  );
}

/** A hint for a load balancer, which works without. */
function nearTo(node: string | undefined, url: string | undefined): string | undefined {
  return node === undefined || url === undefined ? url : `${url}&near=${node}`;
}

/** Pages before signing in: one card, no rail, plain forms. */
export function AuthLayout(props: { page: Page; title: string; children?: Child }) {
  return (
    <Document page={props.page} title={props.title}>
      <a class="skip-link" href={`#${domIds.main}`}>
        Skip to content
      </a>
      <div class="auth" hx-boost:inherited="false">
        <main id={domIds.main} class="auth-card" tabindex={-1} aria-labelledby={domIds.title}>
          <p class="auth-brand">
            <BrandMark />
            MVP Suite
          </p>
          <h1 id={domIds.title} dir="auto">
            {props.title}
          </h1>
          {props.page.notice && <p role="status">{props.page.notice.text}</p>}
          {props.children}
        </main>
        {!props.page.viewer && <Device page={props.page} />}
      </div>
    </Document>
  );
}

/** Whether this browser is notified changes with who is signed in: see `static/shell/device.ts`. */
function Device({ page }: { page: Page }) {
  const { viewer, assets } = page;
  return <div data-island="device" data-src={assets.device} data-user={viewer?.id} hidden />;
}

function Document(props: { page: Page; title: string; shell?: boolean; children?: Child }) {
  const { page } = props;
  const { viewer, assets } = page;
  const boost = props.shell
    ? {
        "hx-boost:inherited": `target:#${domIds.main}`,
        "hx-indicator:inherited": `#${domIds.progress}`,
      }
    : {};
  return (
    <>
      {raw("<!DOCTYPE html>")}
      <html lang="en" data-theme={viewer?.theme ?? "system"}>
        <head>
          <meta charset="utf-8" />
          <title>{windowTitle(props.title, page)}</title>
          <meta
            name="viewport"
            content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content"
          />
          <meta name="color-scheme" content="light dark" />
          <meta name="htmx-config" content={HTMX_CONFIG} />
          <link rel="icon" href={assets.icon} type="image/svg+xml" />
          <link rel="apple-touch-icon" href={assets.touchIcon} />
          <link rel="manifest" href="/manifest.webmanifest" />
          <link rel="stylesheet" href={assets.css} />
          <script type="module" src={assets.app} />
        </head>
        <body
          data-editor-src={assets.editor}
          data-shortcuts={viewer && !viewer.shortcuts ? "off" : "on"}
          data-language={viewer?.language}
          data-time-zone={viewer?.timeZone}
          hx-headers:inherited={JSON.stringify({ "X-Csrf-Token": page.csrfToken })}
          {...boost}
        >
          {props.children}
        </body>
      </html>
    </>
  );
}

/** A tab in the background shows how much waits. */
function windowTitle(title: string, { unread }: Page): string {
  return `${unread > 0 ? `(${countText(unread)}) ` : ""}${title} · MVP Suite`;
}

function Content(props: LayoutProps) {
  const width = props.fill ? "fill" : props.wide ? "wide" : "narrow";
  return (
    <div class={`content ${width}`}>
      <header class="page-header">
        {props.breadcrumb && <Breadcrumb crumbs={props.breadcrumb} />}
        <div class="page-heading">
          <h1 id={domIds.title} tabindex={-1} dir="auto">
            {props.title}
          </h1>
          {props.actions && <div class="page-actions">{props.actions}</div>}
        </div>
      </header>
      {props.children}
    </div>
  );
}

function Breadcrumb(props: { crumbs: readonly Crumb[] }) {
  const last = props.crumbs.length - 1;
  return (
    <nav class="breadcrumb" aria-label="Breadcrumb">
      <ol>
        {props.crumbs.map(({ href, label }, index) => (
          <li>
            <a href={href} dir="auto" {...(index === last ? { "data-keys": "u" } : {})}>
              {label}
            </a>
            <Icon name="chevronRight" />
          </li>
        ))}
      </ol>
    </nav>
  );
}

// -------------------------------------------------------------------------------------- rail

function RailContent(props: { page: Page }) {
  const { viewer } = props.page;
  if (!viewer) {
    return (
      <a class="rail-item" href="/signin" hx-boost="false">
        <Icon name="lock" />
        <span>Sign in</span>
      </a>
    );
  }
  const off = !viewer.shortcuts;
  return (
    <>
      <ul class="rail-places">
        <RailPlace page={props.page} href="/" label="Today" icon="house" keys="go.today" />
        <RailPlace page={props.page} href="/notes" label="Notes" icon="note" keys="go.notes" />
        <RailPlace page={props.page} href="/inbox" label="Inbox" icon="inbox" keys="go.inbox">
          <InboxCount unread={props.page.unread} />
        </RailPlace>
      </ul>
      <ul class="rail-tools">
        <li>
          <a
            class="rail-item"
            href="/search"
            data-opens={domIds.palette}
            {...current(props.page, "/search")}
            {...shortcut("palette", { off })}
          >
            <Icon name="search" />
            <span>Search</span>
          </a>
        </li>
        <li>
          <PersonMenu page={props.page} viewer={viewer} />
        </li>
      </ul>
    </>
  );
}

function RailPlace(props: {
  page: Page;
  href: string;
  label: string;
  icon: IconName;
  keys: ShortcutId;
  children?: Child;
}) {
  const off = props.page.viewer?.shortcuts === false;
  return (
    <li>
      <a
        class="rail-item"
        href={props.href}
        {...current(props.page, props.href)}
        {...shortcut(props.keys, { label: props.label, off })}
      >
        <Icon name={props.icon} />
        <span>{props.label}</span>
        {props.children}
      </a>
    </li>
  );
}

/** Marks the place one is in: exactly there, or somewhere below it. */
function current(page: Page, href: string): { "aria-current"?: "page" | "true" } {
  const path = page.path.split("?")[0] ?? "";
  if (path === href) return { "aria-current": "page" };
  if (href !== "/" && path.startsWith(`${href}/`)) return { "aria-current": "true" };
  return {};
}

function PersonMenu(props: { page: Page; viewer: NonNullable<Page["viewer"]> }) {
  const { viewer, page } = props;
  return (
    <details class="menu rail-menu" data-menu>
      <summary class="rail-item">
        <Avatar person={viewer} named />
        <span>
          You<span class="unseen">, {viewer.name}: settings and sign out</span>
        </span>
      </summary>
      <div class="menu-panel">
        <p class="menu-title">
          <span class="strong" dir="auto">
            {viewer.name}
          </span>
          <span class="muted">{viewer.email}</span>
        </p>
        <a href="/settings" {...shortcut("go.settings", { off: !viewer.shortcuts })}>
          <Icon name="settings" />
          Settings
        </a>
        <a
          href="/shortcuts"
          data-opens={domIds.sheet}
          {...shortcut("sheet", { off: !viewer.shortcuts })}
        >
          <Icon name="keyboard" />
          Keyboard shortcuts
        </a>
        {viewer.role === "administrator" && (
          <>
            <a href="/admin">
              <Icon name="shield" />
              Admin
            </a>
            <a href="/ops">
              <Icon name="activity" />
              Ops
            </a>
          </>
        )}
        <form method="post" action="/signout" hx-boost="false">
          <CsrfInput token={page.csrfToken} />
          <button type="submit">
            <Icon name="signOut" />
            Sign out
          </button>
        </form>
        <a href="/signout">
          <Icon name="trash" />
          Sign out and clear…
        </a>
      </div>
    </details>
  );
}

// ------------------------------------------------------------------------------------ layers

function Notices(props: { page: Page }) {
  const { notice, csrfToken, viewer } = props.page;
  if (!notice) return null;
  return (
    <Toast
      text={notice.text}
      csrfToken={csrfToken}
      undoAction={notice.undoAction}
      keysOff={viewer?.shortcuts === false}
    />
  );
}

/** Go anywhere, create anything, find anything; the results come from the server. */
function Palette() {
  return (
    <Dialog id={domIds.palette} label="Search and commands">
      <div class="palette-search">
        <Icon name="search" />
        <input
          id={domIds.paletteInput}
          name="q"
          type="search"
          role="combobox"
          aria-label="Search and commands"
          aria-expanded="true"
          aria-autocomplete="list"
          aria-controls={domIds.paletteResults}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          maxlength={limits.searchUnitsMax}
          placeholder="Search notes, go somewhere, do something"
          hx-get="/palette"
          hx-trigger="input delay:60ms, open"
          hx-target={`#${domIds.paletteResults}`}
          hx-swap="innerMorph"
          hx-sync="this:replace"
        />
      </div>
      <div id={domIds.paletteResults} class="palette-results" role="listbox" aria-label="Results" />
    </Dialog>
  );
}

/** The mark of the suite, also its favicon. */
function BrandMark() {
  return (
    <svg class="brand" viewBox="0 0 24 24" aria-hidden="true">
      <rect width="24" height="24" rx="6" />
      <path d="M6.5 17V7.5L12 13l5.5-5.5V17" />
    </svg>
  );
}
