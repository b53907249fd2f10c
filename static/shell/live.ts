/**
 * The tab's one socket, for islands. htmx opens it and swaps the HTML that comes; this file takes the
 * JSON, notices when the line is dead, and says what state the connection is in.
 */

import htmx from "htmx.org";

/** A frame of data; `t` says what it is. See docs/protocol.md. */
export interface Frame {
  readonly t: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a frame holds depends on its `t`; islands know theirs.
  readonly [field: string]: any;
}

/** `closed` means that it is being opened again; `signed-out` that it cannot be. */
export type LiveState = "connecting" | "open" | "closed" | "signed-out";

/** What islands are given. */
export interface Live {
  readonly state: LiveState;
  /** What the server calls this tab's socket; empty until it said so. */
  readonly client: string;
  /** Whether the frame went out; when not, nothing is kept. */
  send(frame: Frame): boolean;
  /** Calls the handler for every frame of a type, until the answer is called. */
  on(type: string, handler: (frame: Frame) => void): () => void;
  /** Calls the handler now and whenever the state changes, until the answer is called. */
  onState(handler: (state: LiveState) => void): () => void;
}

const PING_AFTER_MS = 20_000;
const DEAD_AFTER_MS = 28_000;
const TICK_MS = 4_000;
/** After a close that htmx takes as final, such as a flood. */
const RETRY_MS = 5_000;
const SIGNED_OUT = 4401;
/** Closes after which hx-ws connects again by itself. */
const RECONNECTED_BY_HTMX = [1001, 1005, 1006, 1011, 1012, 1013, 1014];

interface SocketEvent {
  connection: { socket: WebSocket | null };
  message: { data: unknown };
  code: number | null;
  reason: string;
}

let state: LiveState = "connecting";
let client = "";
let socket: WebSocket | null = null;
let heardAt = 0;
let topics = "";
let hasConnected = false;
const handlers = new Map<string, Set<(frame: Frame) => void>>();
const stateHandlers = new Set<(state: LiveState) => void>();

/** The tab's connection. */
export const live: Live = {
  get state() {
    return state;
  },
  get client() {
    return client;
  },
  send(frame) {
    if (socket?.readyState !== WebSocket.OPEN) return false;
    socket.send(JSON.stringify(frame));
    return true;
  },
  on(type, handler) {
    const set = handlers.get(type) ?? new Set();
    handlers.set(type, set.add(handler));
    return () => set.delete(handler);
  },
  onState(handler) {
    stateHandlers.add(handler);
    handler(state);
    return () => stateHandlers.delete(handler);
  },
};

/** Listens to what htmx tells of the socket. */
export function startLive(): void {
  listen("htmx:ws:after:connection", ({ connection }) => opened(connection.socket));
  listen("htmx:ws:close", closed);
  listen("htmx:ws:before:message:incoming", receive);
  setInterval(tick, TICK_MS);
  addEventListener("online", () => state !== "open" && reconnect());
  // A laptop that wakes up does not know yet that its line is dead.
  document.addEventListener("visibilitychange", () => !document.hidden && tick());
  live.on("stale", ({ topic }) => refetch(`[data-topics~="${CSS.escape(String(topic))}"]`));
}

function listen(name: string, handler: (detail: SocketEvent, event: Event) => void): void {
  document.addEventListener(name, (event) =>
    handler((event as CustomEvent<SocketEvent>).detail, event),
  );
}

function opened(next: WebSocket | null): void {
  socket = next;
  heardAt = Date.now();
  setState("open");
  topics = "";
  watchTopics();
  // What happened while the line was down was not heard.
  if (hasConnected) refetch("[data-topics]");
  hasConnected = true;
}

function closed({ code, reason }: SocketEvent): void {
  socket = null;
  setState(code === SIGNED_OUT ? "signed-out" : "closed");
  if (code === SIGNED_OUT) return;
  if (reason === "closed" && code !== null && !RECONNECTED_BY_HTMX.includes(code)) {
    setTimeout(reconnect, RETRY_MS);
  }
}

function receive({ message }: SocketEvent, event: Event): void {
  heardAt = Date.now();
  if (typeof message.data !== "string" || message.data[0] !== "{") return;
  event.preventDefault();
  const frame = JSON.parse(message.data) as Frame;
  if (frame.t === "hello") client = frame.client;
  for (const handler of handlers.get(frame.t) ?? []) handler(frame);
}

function setState(next: LiveState): void {
  if (state === next) return;
  state = next;
  for (const handler of stateHandlers) handler(next);
}

function tick(): void {
  if (state !== "open") return;
  const silence = Date.now() - heardAt;
  if (silence < PING_AFTER_MS) return;
  if (!live.send({ t: "ping" })) reconnect();
  else if (silence > DEAD_AFTER_MS) probe();
}

/** After a long silence (a sleep, or a dead line) an answer must come soon. */
function probe(): void {
  const before = heardAt;
  setTimeout(() => heardAt === before && state === "open" && reconnect(), TICK_MS / 2);
}

/** Lets htmx tear down its connection, in whatever state it is, and open a new one. */
function reconnect(): void {
  const element = document.getElementById("live");
  if (element && state !== "signed-out") htmx.process(element, true);
}

/** Tells the server which fragments the page wants, when that has changed. */
export function watchTopics(): void {
  const wanted = new Set<string>();
  let since = Number.POSITIVE_INFINITY;
  for (const element of document.querySelectorAll<HTMLElement>("[data-topics]")) {
    for (const topic of element.dataset.topics?.split(" ") ?? []) wanted.add(topic);
    since = Math.min(since, Number(element.dataset.since ?? since));
  }
  const next = [...wanted].sort().join(" ");
  if (next === topics) return;
  // What happened between the making of the page and now was not heard either.
  const from = Number.isFinite(since) ? { since } : {};
  if (live.send({ t: "watch", topics: [...wanted], ...from })) topics = next;
}

function refetch(selector: string): void {
  for (const element of document.querySelectorAll(selector))
    htmx.trigger(element, "stale", {}, false);
}
