/** The frames that a browser may send, checked before anything else sees them. See docs/protocol.md. */

import { z } from "zod";
import { type Delta, isId, isOperationId, isPlainText, limits, parseDelta } from "../actors/mod.ts";

const id = z.custom<string>(isId);
const version = z.number().int().min(0);
/** A part of a note that is too long to be shown at once. */
const part = z.number().int().min(1).max(limits.textUnitsMax);
/** As the server said it; what it is compared with is at most so long. */
const etag = z.string().max(limits.etagUnitsMax).optional();
const position = z.number().int().min(0).max(limits.textUnitsMax);
const caret = z.tuple([position, position]);
const delta = z.custom<unknown>().transform((value, context): Delta => {
  const parsed = parseDelta(value, { componentsMax: limits.deltaComponentsMax });
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

/** What came over the socket, or what it was about when it cannot be read. */
export type ParsedFrame =
  | { state: "ok"; frame: LiveFrame }
  | {
      state: "invalid";
      note: string | undefined;
      id: string | undefined;
      code: "invalid" | "invalid_text" | "bad_delta";
    };

/** Reads a text frame. */
export function parseFrame(text: string): ParsedFrame {
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

function deltaFault(delta: unknown): "invalid_text" | "bad_delta" {
  const isText = (component: unknown) => typeof component !== "string" || isPlainText(component);
  return Array.isArray(delta) && !delta.every(isText) ? "invalid_text" : "bad_delta";
}
