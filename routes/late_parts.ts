/** What the first parts of a suite hold of the last ones, before those are there. */

import type { Server } from "bun";
import type { Log, Notifier, QuarantinedActor } from "../actors/mod.ts";
import type { Fanout } from "./live/fanout.ts";
import type { LiveConnection, LiveServer } from "./live/socket.ts";

/** Parts of a suite that are joined later. */
export class LateParts implements LiveServer {
  bun: Server<LiveConnection> | undefined;
  fanout: Fanout | undefined;
  notifier: Notifier | undefined;
  forgetHere: ((documentId: string) => void) | undefined;

  publish(topic: string, text: string): number {
    return this.bun?.publish(topic, text) ?? 0;
  }

  subscriberCount(topic: string): number {
    return this.bun?.subscriberCount(topic) ?? 0;
  }

  /** A note was purged: no node keeps anything of it in memory. */
  forget(documentId: string): void {
    this.forgetHere?.(documentId);
    this.fanout?.tellNodes({ type: "document_purged", documentId });
  }

  accountChanged(userId: string): void {
    this.fanout?.tellNodes({ type: "account_changed", userId });
  }

  quarantined(actor: QuarantinedActor, log: Log): void {
    this.notifier?.quarantined(actor).catch((error) => {
      log.warn("cannot tell administrators of a quarantine", { error: String(error) });
    });
  }
}
