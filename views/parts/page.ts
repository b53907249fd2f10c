/** What every page is told by the server, whatever it shows. */

import type { Account } from "../../actors/mod.ts";

/** Fingerprinted URLs of what a page loads. */
export interface Assets {
  css: string;
  app: string;
  editor: string;
  /** What the editor loads when somebody is named. */
  mentions: string;
  icon: string;
  /** The same as a picture, for phones. */
  touchIcon: string;
  /** What the list of devices needs. */
  pushDevices: string;
  /** What a browser needs where people sign in or have just done so. */
  device: string;
  /** What the page needs that tells what this browser keeps. */
  kept: string;
}

/** One thing to tell the person after what they just did. */
export interface Notice {
  text: string;
  /** Where a form undoes it, such as `/notes/01J…/restore`. */
  undoAction?: string;
}

/** The surroundings of a page. */
export interface Page {
  /** Who looks; undefined before signing in. */
  viewer: Account | undefined;
  /** The path and query of the request. */
  path: string;
  csrfToken: string;
  /** How much waits in the viewer's inbox. */
  unread: number;
  /** Whether only the content region is swapped and the shell stays. */
  partial: boolean;
  assets: Assets;
  /** Whether the viewer has just signed in, and this is the first page. */
  isNewSession?: boolean;
  /** Milliseconds since 1970. */
  now: number;
  notice?: Notice;
  /** The node where what the page shows lives: its socket is best opened there. */
  node?: string | undefined;
}
