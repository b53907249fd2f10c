/** The frames that a browser may send, checked before anything else sees them. See docs/protocol.md. */

import { z } from "zod";
import {
  type Delta,
  isId,
  isOperationId,
  isPlainText,
  limits,
  parseDelta,
} from "../../actors/mod.ts";
import { weigh } from "./frame_weight.ts";

const id = z.custom<string>(isId);
const version = z.number().int().min(0);
/** A part of a note that is too long to be shown at once. */
const part = z.number().int().min(1).max(limits.textUnitsMax);
/** As the server said it; what it is compared with is at most so long. */
const etag = z.string().max(limits.etagUnitsMax).optional();
const position = z.number().int().min(0).max(limits.textUnitsMax);
const caret = z.tuple([position, position]);
const delta = z.custom<unknown>().transform((value, context): Delta => {
  const parsed = parseDelta(value, {
    componentsMax: limits.deltaComponentsMax,
    insertedUnitsMax: limits.textPieceUnitsMax,
  });
  if (parsed) return parsed;
  context.addIssue({ code: "custom", message: "not a delta" });
  return z.NEVER;
});

const frame = z.discriminatedUnion("t", [
  z.object({
    t: z.literal("watch"),
    topics: z.array(z.string().max(64)).max(limits.topicsMax),
    since: z.number().optional(),
  }),
  z.object({
    t: z.literal("open"),
    note: id,
    version: version.optional(),
    etag,
    mode: z.enum(["write", "read"]).default("read"),
    away: z.boolean().default(false),
  }),
  z.object({ t: z.literal("seen"), note: id }),
  z.object({
    t: z.literal("edit"),
    note: id,
    id: z.custom<string>(isOperationId),
    base: version,
    etag,
    delta,
    caret: caret.optional(),
  }),
  z.object({ t: z.literal("caret"), note: id, version, etag, caret: caret.nullable() }),
  z.object({ t: z.literal("preview"), note: id, on: z.boolean(), part: part.default(1) }),
  z.object({ t: z.literal("close"), note: id }),
  z.object({ t: z.literal("ping") }),
]);

/** The kinds of frames there are. */
export const FRAME_TYPES: readonly LiveFrame["t"][] = frame.options.map(
  ({ shape }) => shape.t.value,
);

/** A frame from a browser. */
export type LiveFrame = z.infer<typeof frame>;

/** One kind of frame. */
export type FrameOf<Type extends LiveFrame["t"]> = Extract<LiveFrame, { t: Type }>;

/** The note and the edit that a frame is about, as far as it says so. */
export interface FrameSubject {
  note: string | undefined;
  id: string | undefined;
}

/** What came over the socket, or what it was about when it cannot be read. */
export type ParsedFrame =
  | { state: "ok"; frame: LiveFrame }
  | ({ state: "invalid"; code: "invalid" | "invalid_text" | "bad_delta" } & FrameSubject);

/** What is looked at of a frame that is not parsed. */
const HEAD_UNITS = 300;

const WEIGHT = {
  depthMax: limits.frameDepthMax,
  valuesMax: limits.deltaComponentsMax + limits.frameValuesMax,
};

/**
 * As how many frames one counts, by the work it makes: a query for each list, a text that is looked up
 * and sent, a rendering, an inbox that changes. What an edit takes goes by its bytes.
 */
export function framesOf(frame: LiveFrame): number {
  switch (frame.t) {
    case "watch":
    case "seen":
      return 5;
    case "open":
      return 10;
    case "preview":
      return frame.on ? 20 : 1;
    case "edit":
    case "caret":
    case "close":
    case "ping":
      return 1;
  }
}

/** Reads a text frame. One that is too much to be parsed is not. */
export function parseFrame(text: string): ParsedFrame {
  if (text.length > limits.smallFrameBytesMax && !weigh(text, WEIGHT).isWithin) {
    const isEdit = /"t":\s*"edit"/.test(text.slice(0, HEAD_UNITS));
    return { state: "invalid", code: isEdit ? "bad_delta" : "invalid", ...subjectOf(text) };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { state: "invalid", note: undefined, id: undefined, code: "invalid" };
  }
  const parsed = frame.safeParse(value);
  if (parsed.success) return { state: "ok", frame: parsed.data };
  const about =
    typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  return {
    state: "invalid",
    note: isId(about.note) ? about.note : undefined,
    id: isOperationId(about.id) ? about.id : undefined,
    code: about.t === "edit" ? deltaFault(about.delta) : "invalid",
  };
}

/** What a frame is about, by its first characters alone: good enough to say so to its sender. */
export function subjectOf(text: string): FrameSubject {
  const head = text.slice(0, HEAD_UNITS);
  const note = /"note":\s*"(\w+)"/.exec(head)?.[1];
  const id = /"id":\s*"([\w-]+)"/.exec(head)?.[1];
  return { note: isId(note) ? note : undefined, id: isOperationId(id) ? id : undefined };
}

function deltaFault(delta: unknown): "invalid_text" | "bad_delta" {
  const isText = (component: unknown) => typeof component !== "string" || isPlainText(component);
  return Array.isArray(delta) && !delta.every(isText) ? "invalid_text" : "bad_delta";
}
