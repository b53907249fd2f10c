/**
 * How much may come over sockets, and how fast. Each socket has a number of frames, each sender a number
 * of bytes over all their sockets of this node, and both come back with time: bursts are fine, floods are
 * not. A kind of frame that makes more work than its bytes say counts as several.
 */

import { type Clock, limits } from "../../actors/mod.ts";

/** What is left at a time (a token bucket). */
export interface Bucket {
  left: number;
  refilledAt: number;
}

/** How much a bucket holds, and how fast it fills. */
export interface BucketLimits {
  burstMax: number;
  perSecond: number;
}

/** What somebody sends counts together, in as many tabs as they like. */
export interface FrameSender {
  /** An account, or a link together with an address. */
  readonly key: string;
  readonly kind: "member" | "link";
}

/** Whether bytes may be taken in. */
export type Admission =
  | { state: "ok" }
  | { state: "throttled"; retryAfterSeconds: number }
  | { state: "flood" };

/** Of what is sent as an answer, one byte in so many counts: writing it is less work than reading it. */
const SENT_BYTES_PER_COUNTED = 4;

const BYTES: Readonly<Record<FrameSender["kind"], BucketLimits>> = {
  member: {
    burstMax: limits.memberFramesBytesMax,
    perSecond: limits.memberFramesBytesPerSecondMax,
  },
  link: { burstMax: limits.linkFramesBytesMax, perSecond: limits.linkFramesBytesPerSecondMax },
};
const FRAMES: BucketLimits = {
  burstMax: limits.frameBurstMax,
  perSecond: limits.framesPerSecondMax,
};

/** A socket's frames, at first. */
export function makeFrameBucket(now: number): Bucket {
  return { left: FRAMES.burstMax, refilledAt: now };
}

/** Takes so many frames off a socket's; answers whether there were enough. */
export function spendFrames(bucket: Bucket, frames: number, now: number): boolean {
  refill(bucket, FRAMES, now);
  if (bucket.left < frames) return false;
  bucket.left -= frames;
  return true;
}

interface SenderBucket extends Bucket {
  readonly limits: BucketLimits;
}

/** The bytes of all senders of this node. */
export class FrameBudget {
  readonly #clock: Clock;
  /** Only those that are not full: a full one is like none. */
  readonly #buckets = new Map<string, SenderBucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Senders that are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /**
   * Counts bytes that have come. Those that are too many count as well, since they had to be received:
   * a sender that goes on regardless is a flood.
   */
  admit(sender: FrameSender, bytes: number): Admission {
    const { burstMax, perSecond } = BYTES[sender.kind];
    const left = this.#spend(sender, bytes);
    if (left >= 0) return { state: "ok" };
    if (left < -burstMax) return { state: "flood" };
    return { state: "throttled", retryAfterSeconds: Math.ceil((bytes - left) / perSecond) };
  }

  /** Counts bytes that were sent as an answer. */
  answered(sender: FrameSender, bytes: number): void {
    this.#spend(sender, Math.ceil(bytes / SENT_BYTES_PER_COUNTED));
  }

  /** Forgets senders that have all of their bytes back. */
  sweep(): void {
    const now = this.#clock.now();
    for (const [key, bucket] of this.#buckets) {
      refill(bucket, bucket.limits, now);
      if (bucket.left >= bucket.limits.burstMax) this.#buckets.delete(key);
    }
  }

  /** Takes bytes off; answers what is left, which may be less than nothing. */
  #spend({ key, kind }: FrameSender, bytes: number): number {
    const now = this.#clock.now();
    const { burstMax } = BYTES[kind];
    const full = { left: burstMax, refilledAt: now, limits: BYTES[kind] };
    const bucket = this.#buckets.get(key) ?? full;
    this.#buckets.set(key, bucket);
    refill(bucket, bucket.limits, now);
    const left = bucket.left - bytes;
    // What is owed beyond a burst is forgotten: it would only keep the sender's other tabs waiting.
    bucket.left = Math.max(left, -burstMax);
    return left;
  }
}

function refill(bucket: Bucket, { burstMax, perSecond }: BucketLimits, now: number): void {
  const earned = (Math.max(0, now - bucket.refilledAt) / 1_000) * perSecond;
  bucket.left = Math.min(burstMax, bucket.left + earned);
  bucket.refilledAt = now;
}
