/** What the shell tells a person without being asked: toasts, and the connection when it is lost. */

import type { Live, LiveState } from "./live.ts";

const TOAST_MS = 8_000;
/** A short break is nobody's business. */
const LOST_MS = 1_500;

/** Shows one sentence, politely. */
export function say(text: string): void {
  const toast = document.createElement("div");
  toast.className = "toast";
  toast.dataset.island = "toast";
  const line = document.createElement("p");
  line.textContent = text;
  toast.append(line);
  document.getElementById("toasts")?.replaceChildren(toast);
  startToast(toast);
}

/** A toast goes by itself, but never while somebody points at it or has the focus in it. */
export function startToast(toast: Element): () => void {
  keepInSight(document.activeElement, toast);
  const timer = setInterval(() => {
    if (!toast.matches(":hover, :focus-within")) dismiss(toast);
  }, TOAST_MS);
  toast.querySelector("[data-dismiss]")?.addEventListener("click", () => dismiss(toast));
  return () => clearInterval(timer);
}

/** What one is typing in is not covered: then the toast is at the other end of the window. */
function keepInSight(field: Element | null, toast: Element): void {
  const layers = toast.closest(".layers");
  layers?.classList.remove("above");
  if (!field?.matches("textarea,input")) return;
  const { top, bottom } = field.getBoundingClientRect();
  const covered = toast.getBoundingClientRect();
  layers?.classList.toggle("above", bottom > covered.top && top < covered.bottom);
}

function dismiss(toast: Element): void {
  const hadFocus = toast.contains(document.activeElement);
  toast.remove();
  if (hadFocus) document.getElementById("page-title")?.focus();
}

/** Says when the line is lost, and when one has to sign in again. */
export function startConnection(live: Live): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let trouble = "";
  live.onState((state) => {
    clearTimeout(timer);
    if (state === "closed") timer = setTimeout(() => showConnection(state, ""), LOST_MS);
    else showConnection(state, state === "open" ? trouble : "");
  });
  // Another node may have none: what is so is said again behind every greeting.
  live.on("hello", () => {
    trouble = "";
    showConnection(live.state, trouble);
  });
  live.on("trouble", ({ text }) => {
    trouble = text ?? "";
    showConnection(live.state, trouble);
  });
}

function showConnection(state: LiveState, trouble: string): void {
  const box = document.getElementById("connection");
  if (!box) return;
  box.replaceChildren();
  const isWriting = document.querySelector("[data-island=document]") !== null;
  const kept = isWriting ? " Your changes are kept on this device." : "";
  if (state === "closed") box.append(`Reconnecting…${kept}`);
  if (state === "open" && trouble !== "") box.append(`${trouble}${kept}`);
  if (state !== "signed-out") return;
  const link = document.createElement("a");
  link.href = `/signin?next=${encodeURIComponent(location.pathname + location.search)}`;
  link.textContent = "Sign in";
  box.append(`You are signed out.${kept} `, link);
}
