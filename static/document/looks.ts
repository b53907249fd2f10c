/** Says that somebody looks at a note again: what their inbox told of it is read then. */

import type { Live } from "../shell/live.ts";

/** Tells it whenever the tab comes to the front, until the answer is called. */
export function tellLooks(note: string, live: Live): () => void {
  const tell = () => {
    if (!document.hidden) live.send({ t: "seen", note });
  };
  document.addEventListener("visibilitychange", tell);
  return () => document.removeEventListener("visibilitychange", tell);
}

/** Shows one's own name in texts more strongly; the texts are the same for everybody. */
export function markOwnName(userId: string | undefined): () => void {
  if (userId === undefined) return () => {};
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`.mention[data-mention~="${CSS.escape(userId)}"]{
    background:var(--accent-fill);color:var(--on-accent)}`);
  document.adoptedStyleSheets.push(sheet);
  return () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
  };
}
