/** What routes work with. `server.ts` puts it together; tests start the same. */

import type {
  AccountStore,
  ActorSystem,
  Actors,
  Address,
  Clock,
  ClusterReport,
  DocumentQueries,
  DocumentTypes,
  Eraser,
  EventWatch,
  InboxQueries,
  InboxTypes,
  Log,
  LoopReport,
  PasswordHasher,
  PushDevices,
  PushSender,
  SessionEnds,
  SessionStore,
  Throttle,
  WorkerPoolReport,
} from "../actors/mod.ts";
import type { Assets } from "../views/parts/page.ts";
import type { Comparing } from "./document/comparing.ts";
import type { Rendering } from "./document/rendering.ts";
import type { BodyBudgets } from "./http/body_budget.ts";

/** The running suite, as its routes see it. */
export interface Services {
  config: { publicUrl: URL; trustProxy: boolean };
  clock: Clock;
  log: Log;
  assets: Assets;
  system: ActorSystem;
  documents: Actors<DocumentTypes>;
  documentQueries: DocumentQueries;
  inboxes: Actors<InboxTypes>;
  inboxQueries: InboxQueries;
  pushDevices: PushDevices;
  push: PushSender;
  accounts: AccountStore;
  sessions: SessionStore;
  /** What ends with sessions in this process. */
  sessionEnds: SessionEnds;
  passwords: PasswordHasher;
  /** Room for the bodies of requests. */
  bodies: BodyBudgets;
  throttles: { account: Throttle; address: Throttle; requests: Throttle };
  rendering: Rendering;
  comparing: Comparing;
  /** The ways of events, and what got stuck on them. */
  events: EventWatch;
  /** How the worker processes and the event loop of this node are. */
  workers(): WorkerPoolReport;
  loop(): LoopReport;
  /** Tells lists of notes on these people's pages to fetch themselves again. */
  staleLists(userIds: readonly string[]): Promise<void>;
  /** Who is in documents now, on any node. */
  presentIn(documentIds: readonly string[]): Promise<Map<string, string[]>>;
  /** Ends what was made of notes that are deleted for good. */
  eraser: Eraser;
  /** Lets a quarantined actor start again, on whichever node it is; whether it was on this one. */
  releaseActor(address: Address): boolean;
  /** The node where an actor lives; undefined where one process is alone. */
  nodeOf(address: Address): string | undefined;
  /** Whether an actor lives on this node, so that chores are done by one node each. */
  isHere(address: Address): boolean;
  /** How the node stands among others; undefined where it is alone. */
  clusterReport(): ClusterReport | undefined;
}
