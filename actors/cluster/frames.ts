/**
 * What nodes send each other, as bytes: a version, then a MessagePack array of a type and its fields.
 * The fields of a type are only ever added to at the end; a frame of another version is not read.
 */

import { decode, encode } from "@msgpack/msgpack";
import type { ErrorCode } from "../errors.ts";
import type { ActorKind } from "../ids.ts";
import type { Lane } from "../runtime/mailbox.ts";
import type { NodeCard, NodeId, ShardClaim } from "./ports.ts";

const VERSION = 1;

/** A frame from one node to another. */
export type NodeFrame =
  | {
      type: "ask";
      from: NodeId;
      /** Names the ask in its answer; unique for the node that asks. */
      ask: number;
      kind: ActorKind;
      id: string;
      operation: unknown;
      timeoutMs: number;
      lane: Lane;
      /** Whose operation it is. */
      sender: string;
    }
  | { type: "reply"; ask: number; reply: unknown }
  | { type: "failure"; ask: number; failure: Failure }
  | { type: "tell"; kind: ActorKind; id: string; operation: unknown; lane: Lane; sender: string }
  /** Watches that are new or still kept, each with what it announces of itself. */
  | { type: "watch"; from: NodeId; kind: ActorKind; watches: [id: string, presence: unknown][] }
  | { type: "unwatch"; from: NodeId; kind: ActorKind; ids: string[] }
  | { type: "events"; kind: ActorKind; id: string; events: unknown[] }
  | { type: "peers"; kind: ActorKind; id: string; peers: [node: NodeId, presence: unknown][] }
  /** What a node owns from now on, and what it does not anymore. */
  | { type: "shards"; card: NodeCard; claimed: ShardClaim[]; released: ShardClaim[] };

/** An error on its way to another node. */
export interface Failure {
  code: ErrorCode;
  message: string;
  retryAfterSeconds: number | undefined;
  field: string | undefined;
}

type FieldsOf<Type extends NodeFrame["type"]> = Exclude<
  keyof Extract<NodeFrame, { type: Type }>,
  "type"
>;

/** The fields of each type in their order on the line. */
const FIELDS: { readonly [Type in NodeFrame["type"]]: readonly FieldsOf<Type>[] } = {
  ask: ["from", "ask", "kind", "id", "operation", "timeoutMs", "lane", "sender"],
  reply: ["ask", "reply"],
  failure: ["ask", "failure"],
  tell: ["kind", "id", "operation", "lane", "sender"],
  watch: ["from", "kind", "watches"],
  unwatch: ["from", "kind", "ids"],
  events: ["kind", "id", "events"],
  peers: ["kind", "id", "peers"],
  shards: ["card", "claimed", "released"],
};

const TYPES = Object.keys(FIELDS) as NodeFrame["type"][];

/** The bytes of a frame. */
export function encodeFrame(frame: NodeFrame): Uint8Array {
  const fields: readonly string[] = FIELDS[frame.type];
  const values = fields.map((field) => frame[field as keyof NodeFrame] as unknown);
  const body = encode([TYPES.indexOf(frame.type), ...values], { ignoreUndefined: true });
  const bytes = new Uint8Array(body.length + 1);
  bytes[0] = VERSION;
  bytes.set(body, 1);
  return bytes;
}

/** The frame in some bytes, or undefined when they hold none that is known here. */
export function decodeFrame(bytes: Uint8Array): NodeFrame | undefined {
  if (bytes[0] !== VERSION) return undefined;
  try {
    const values = decode(bytes.subarray(1));
    if (!Array.isArray(values)) return undefined;
    const type = TYPES[values[0]];
    if (type === undefined || values.length <= FIELDS[type].length) return undefined;
    const entries = FIELDS[type].map((field, index) => [field, values[index + 1]]);
    return { type, ...Object.fromEntries(entries) };
  } catch {
    // Not MessagePack: whoever sent it speaks another language.
    return undefined;
  }
}
