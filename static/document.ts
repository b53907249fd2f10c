/**
 * The editor: makes a note's page live. Where somebody may write, it takes over the textarea; where they
 * may only read, the rendered text follows the others. What it does with edits is decided in
 * `document/session.ts`; here is only what touches the page.
 */

import { Editor } from "./document/editor.ts";
import type { Present } from "./document/frames.ts";
import { markOwnName, tellLooks } from "./document/looks.ts";
import { People } from "./document/people.ts";
import { Preview } from "./document/preview.ts";
import type { Frame, Live, LiveState } from "./shell/live.ts";

/** Starts the island on its element; the answer stops it. */
export function mount(element: HTMLElement, live: Live): () => void {
  const textarea = element.querySelector("textarea");
  const stop = textarea ? mountEditor(element, textarea, live) : mountReader(element, live);
  const offs = [
    stop,
    markOwnName(element.dataset.user),
    tellLooks(element.dataset.note ?? "", live),
  ];
  return () => {
    for (const off of offs) off();
  };
}

function mountEditor(element: HTMLElement, textarea: HTMLTextAreaElement, live: Live): () => void {
  const editor = new Editor(element, textarea, live);
  return () => editor.stop();
}

/** A note that one may only read: the preview and who is here stay current. */
function mountReader(element: HTMLElement, live: Live): () => void {
  const note = element.dataset.note ?? "";
  const container = element.querySelector<HTMLElement>("#editor-preview");
  const status = element.querySelector("#editor-status");
  const words = element.dataset;
  const say = (text = "") => {
    if (status) status.textContent = text;
  };
  const people = new People(document.querySelector("#editor-people"), say);
  const preview = container && new Preview(element, container, live);
  const request = () => preview?.request();
  const handlers: Record<string, (frame: Frame) => void> = {
    opened: request,
    reset: request,
    preview: (frame) => preview?.receive(frame),
    presence: (frame) => people.show(frame.people as Present[], live.client),
    revoked: ({ deleted }) => say(words[deleted ? "purged" : "revoked"]),
    trashed: () => say(words.trashed),
    restored: () => say(words.restored),
    role: ({ role }) => role === "write" && say(words.write),
  };
  const open = (state: LiveState) => {
    if (state !== "open") return;
    const version = Number(element.dataset.version);
    live.send({ t: "open", note, version, mode: "read", away: document.hidden });
  };
  const offs = Object.entries(handlers).map(([type, handler]) =>
    live.on(type, (frame) => frame.note === note && handler(frame)),
  );
  offs.push(live.onState(open));
  return () => {
    for (const off of offs) off();
    live.send({ t: "close", note });
  };
}
