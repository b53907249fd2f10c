/** The frames of documents, checked before anything else sees them. See docs/protocol.md. */

import { z } from "zod";
import {
  type Delta,
  isId,
  isOperationId,
  isPlainText,
  limits,
  parseDelta,
} from "../../actors/mod.ts";
import { type FrameKind, type FrameSubjects, frameKind } from "../live/channel.ts";

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

const SCHEMAS = {
  open: z.object({
    t: z.literal("open"),
    note: id,
    version: version.optional(),
    etag,
    mode: z.enum(["write", "read"]).default("read"),
    away: z.boolean().default(false),
  }),
  seen: z.object({ t: z.literal("seen"), note: id }),
  edit: z.object({
    t: z.literal("edit"),
    note: id,
    id: z.custom<string>(isOperationId),
    base: version,
    etag,
    delta,
    caret: caret.optional(),
  }),
  caret: z.object({ t: z.literal("caret"), note: id, version, etag, caret: caret.nullable() }),
  preview: z.object({ t: z.literal("preview"), note: id, on: z.boolean(), part: part.default(1) }),
  close: z.object({ t: z.literal("close"), note: id }),
};

type Schemas = typeof SCHEMAS;

/** One kind of a document's frames. */
export type DocumentFrameOf<Type extends keyof Schemas> = z.infer<Schemas[Type]>;

/** A frame about a document. */
export type DocumentFrame = DocumentFrameOf<keyof Schemas>;

/**
 * Weighed by the work that each makes: a text that is looked up and sent, a rendering, an inbox that
 * changes. What an edit takes goes by its bytes.
 */
export const documentKinds: readonly FrameKind[] = [
  frameKind({ t: "open", schema: SCHEMAS.open, weight: () => 10, waits: true }),
  frameKind({ t: "seen", schema: SCHEMAS.seen, weight: () => 5 }),
  frameKind({ t: "edit", schema: SCHEMAS.edit, weight: () => 1, waits: true, fault: deltaFault }),
  frameKind({ t: "caret", schema: SCHEMAS.caret, weight: () => 1 }),
  frameKind<DocumentFrameOf<"preview">>({
    ...{ t: "preview", schema: SCHEMAS.preview },
    weight: ({ on }) => (on ? 20 : 1),
  }),
  frameKind({ t: "close", schema: SCHEMAS.close, weight: () => 1 }),
];

/** The note and the edit that a frame is about. */
export const documentSubjects: FrameSubjects = { note: isId, id: isOperationId };

function deltaFault(
  value: Readonly<Record<string, unknown>> | undefined,
): "invalid_text" | "bad_delta" {
  const isText = (component: unknown) => typeof component !== "string" || isPlainText(component);
  const found = value?.delta;
  return Array.isArray(found) && !found.every(isText) ? "invalid_text" : "bad_delta";
}
