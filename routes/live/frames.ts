/** Reads the frames that a browser may send, before anything else sees them. See docs/protocol.md. */

import { z } from "zod";
import { type ErrorCode, limits } from "../../actors/mod.ts";
import {
  type Channel,
  type Frame,
  type FrameKind,
  type FrameSubjects,
  frameKind,
} from "./channel.ts";
import { weigh } from "./frame_weight.ts";

const watch = z.object({
  t: z.literal("watch"),
  topics: z.array(z.string().max(64)).max(limits.topicsMax),
  since: z.number().optional(),
});
const ping = z.object({ t: z.literal("ping") });

/** The topics of a page; what one may not watch is left out. */
export type WatchFrame = z.infer<typeof watch>;

/** The frames of the socket itself. */
export type LiveFrame = WatchFrame | z.infer<typeof ping>;

/** What the socket itself takes: a query for each list that is watched. */
export const liveKinds: readonly FrameKind[] = [
  frameKind<WatchFrame>({ t: "watch", schema: watch, weight: () => 5 }),
  frameKind({ t: "ping", schema: ping, weight: () => 1 }),
];

/** What a frame is about, by field. */
export type FrameSubject = Readonly<Record<string, string | undefined>>;

/** What came over the socket, or what it was about when it cannot be read. */
export type ParsedFrame =
  /** Without a channel it is the socket's own. */
  | { state: "ok"; frame: Frame; kind: FrameKind; channel: Channel | undefined }
  | { state: "invalid"; code: ErrorCode; about: FrameSubject };

/** What is looked at of a frame that is not parsed. */
const HEAD_UNITS = 300;

const WEIGHT = {
  depthMax: limits.frameDepthMax,
  valuesMax: limits.deltaComponentsMax + limits.frameValuesMax,
};

/** Reads frames of the socket itself and of all channels. */
export class FrameReader {
  readonly #kinds = new Map<string, { kind: FrameKind; channel: Channel | undefined }>();
  readonly #subjects: FrameSubjects;

  /** Throws when two kinds have the same name. */
  constructor(channels: readonly Channel[]) {
    this.#subjects = Object.assign({}, ...channels.map(({ subjects }) => subjects));
    for (const kind of liveKinds) this.#add(kind, undefined);
    for (const channel of channels) for (const kind of channel.kinds) this.#add(kind, channel);
  }

  #add(kind: FrameKind, channel: Channel | undefined): void {
    if (this.#kinds.has(kind.t)) {
      throw new Error(`Cannot read frames: expected one kind "${kind.t}", received two`);
    }
    this.#kinds.set(kind.t, { kind, channel });
  }

  /** The names of all kinds. */
  get types(): string[] {
    return [...this.#kinds.keys()];
  }

  /** Reads a text frame. One that is too much to be parsed is not. */
  parse(text: string): ParsedFrame {
    if (text.length > limits.smallFrameBytesMax && !weigh(text, WEIGHT).isWithin) {
      const [, t = ""] = /"t":\s*"(\w+)"/.exec(text.slice(0, HEAD_UNITS)) ?? [];
      return invalid(this.#kinds.get(t)?.kind, undefined, this.subjectOf(text));
    }
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return invalid(undefined, undefined, {});
    }
    const fields = (typeof value === "object" && value !== null ? value : {}) as Fields;
    const known = typeof fields.t === "string" ? this.#kinds.get(fields.t) : undefined;
    const parsed = known?.kind.schema.safeParse(value);
    if (known && parsed?.success) return { state: "ok", frame: parsed.data, ...known };
    return invalid(known?.kind, fields, this.about(fields));
  }

  /** What a frame is about, as far as its fields are what they should be. */
  about(fields: Fields): FrameSubject {
    const entries = Object.entries(this.#subjects).map(([name, isGood]) => {
      const value = fields[name];
      return [name, isGood(value) ? value : undefined] as const;
    });
    return Object.fromEntries(entries);
  }

  /** What a frame is about, by its first characters alone: good enough to say so to its sender. */
  subjectOf(text: string): FrameSubject {
    const head = text.slice(0, HEAD_UNITS);
    const names = Object.keys(this.#subjects);
    const fields = names.map((name) => {
      return [name, new RegExp(`"${name}":\\s*"([\\w-]+)"`).exec(head)?.[1]] as const;
    });
    return this.about(Object.fromEntries(fields));
  }
}

type Fields = Readonly<Record<string, unknown>>;

function invalid(
  kind: FrameKind | undefined,
  value: Fields | undefined,
  about: FrameSubject,
): ParsedFrame {
  return { state: "invalid", code: kind?.fault?.(value) ?? "invalid", about };
}
