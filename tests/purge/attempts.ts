/** Every way there is to reach something by its id: all routes of the application, and all frames of a socket. */

import type { Services } from "../../routes/services.ts";
import { FRAME_TYPES, type FrameType } from "../support/frames.ts";
import type { Frame, LiveClient } from "../support/live_client.ts";
import { routesOf } from "../support/routes.ts";
import { emailOf, type Visitor } from "../support/visitor.ts";
import { waitFor } from "../support/wait_for.ts";

/** What a visitor knows of what is gone. */
export interface Knowledge {
  id: string;
  /** The token of a link that led to it. */
  token: string;
  /** Whether it is a note; others have ids that a note may have as well. */
  isNote: boolean;
}

/** What came of one try. */
export interface Attempt {
  what: string;
  status: number;
  text: string;
}

/** Forms that end the visitor's own session, and with it the tries that come after. */
const NOT_TRIED = new Set([
  ...["POST /signin", "POST /signup", "POST /signout", "POST /settings/password"],
  "POST /settings/sessions/others/end",
]);

/** Tries every route with what the visitor knows in each place of its path, and in every field. */
export async function tryRoutes(
  visitor: Visitor,
  services: Services,
  { id, token, isNote }: Knowledge,
): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  // Where the token for forms is.
  await visitor.get("/notes");
  for (const { method, path } of routesOf(services)) {
    if (NOT_TRIED.has(`${method} ${path}`)) continue;
    if (!isNote && `${method} ${path}` === "POST /notes") continue;
    const filled = path.replaceAll(/:(\w+)/g, (_, name) => (name === "token" ? token : id));
    const fields = {
      ...{ id, ids: id, note: id, address: `document:${id}`, text: "x", baseVersion: "1" },
      ...{ role: "write", person: emailOf("Grace"), expires: "never", until: "1", confirmed: "1" },
    };
    const query = new URLSearchParams({ id, q: "x", mention: "x", person: "g" });
    const { status, text } =
      method === "GET"
        ? await visitor.get(`${filled}?${query}`)
        : await visitor.post(filled, fields);
    attempts.push({ what: `${method} ${path}`, status, text });
  }
  return attempts;
}

/** A frame of each kind about a note. */
function framesAbout(id: string): Record<FrameType, Frame> {
  return {
    watch: { t: "watch", topics: ["notes", `document:${id}`, id] },
    open: { t: "open", note: id, mode: "write" },
    seen: { t: "seen", note: id },
    edit: { t: "edit", note: id, id: "operation-late", base: 0, delta: ["x"] },
    caret: { t: "caret", note: id, version: 1, caret: [0, 0] },
    preview: { t: "preview", note: id, on: true },
    close: { t: "close", note: id },
    ping: { t: "ping" },
  };
}

/** Sends every kind of frame about a note over a socket, and waits for what comes back. */
export async function tryFrames(client: LiveClient, { id }: Knowledge): Promise<Frame[]> {
  const frames = framesAbout(id);
  const before = client.frames.length;
  for (const type of FRAME_TYPES) if (type !== "close") client.send(frames[type]);
  // What is asked of an actor is answered behind the pong.
  await waitFor(
    () => {
      const answers = client.frames.slice(before);
      const errors = answers.filter(({ t, note }) => t === "error" && note === id);
      return answers.some(({ t }) => t === "pong") && errors.length >= 2;
    },
    { what: "a pong, and opening and editing to be refused" },
  );
  client.send(frames.close);
  return client.frames.slice(before);
}
