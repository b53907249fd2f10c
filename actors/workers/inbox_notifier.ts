/**
 * Makes notifications of what services tell. Each kind of event has a row that says who is told what;
 * the inbox of each person decides the rest. Events may come twice: an inbox tells nothing twice.
 */

import type { SharedFacts } from "../cluster/ports.ts";
import { type DocumentTypes, titleOf } from "../document.ts";
import { SuiteError } from "../errors.ts";
import type { DomainEvent, DomainEventType } from "../events.ts";
import type { PersonId } from "../ids.ts";
import type {
  InboxOperation,
  InboxQueries,
  InboxTypes,
  NotificationKind,
  NotificationReason,
} from "../inbox.ts";
import { limits } from "../limits.ts";
import type { AccountStore, DocumentQueries, Log } from "../ports.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Actors } from "../runtime/ref.ts";
import type { QuarantinedActor } from "../runtime/report.ts";
import { ToldOnce } from "./told_once.ts";

/** Somebody who changes a note all the time is told of once in so long. */
const CHANGES_TOLD_ONCE_MS = 30 * 60_000;
/** Of how many notes and authors it is remembered who was told of changes. */
const CHANGES_REMEMBERED_MAX = 10_000;

/** What a notifier works with. */
export interface NotifierOptions {
  documents: Actors<DocumentTypes>;
  inboxes: Actors<InboxTypes>;
  inboxQueries: InboxQueries;
  documentQueries: DocumentQueries;
  accounts: AccountStore;
  facts: SharedFacts;
  /** Ends what was made of a note that was purged. */
  finishPurge(documentId: string): Promise<void>;
  /** Whether a page of a person is open on this node; what is open elsewhere is asked later. */
  isOnline(userId: PersonId): boolean;
  clock: Clock;
  log: Log;
}

/** What administrators are told about the suite itself. */
export interface Alarm {
  /** The same on every node. */
  id: string;
  kind: Extract<NotificationKind, `ops.${string}`>;
  title: string;
  at: number;
}

type Source = (event: DomainEvent, notifier: Notifier) => Promise<void>;

/** What becomes of each kind of event. */
const SOURCES: Partial<Record<DomainEventType, Source>> = {
  "document.shared": (event, notifier) =>
    // Whoever came by a link knows.
    event.data.byLink === true
      ? Promise.resolve()
      : notifier.tellWithAccess(event, { kind: "note.shared", reason: "shared" }),
  "document.mentioned": (event, notifier) =>
    notifier.tellWithAccess(event, { kind: "note.mentioned", reason: "mentioned" }),
  "document.changed": (event, notifier) => notifier.documentChanged(event),
  "document.unshared": (event, notifier) => notifier.unshared(event),
  "document.purged": (event, notifier) => notifier.finishPurge(event),
  "document.trashed": (event, notifier) => notifier.trashedOrRestored(event),
  "document.restored": (event, notifier) => notifier.trashedOrRestored(event),
};

/** The consumer of all services' events. */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #changesTold = new ToldOnce<PersonId>(CHANGES_REMEMBERED_MAX);

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /** Takes one event; rejects when it has to be delivered again. */
  async take(event: DomainEvent): Promise<void> {
    if (Object.hasOwn(SOURCES, event.type)) await SOURCES[event.type]?.(event, this);
  }

  /** Tells those whom an event concerns and who may see the note now: it may come late. */
  async tellWithAccess(
    event: DomainEvent,
    what: { kind: NotificationKind; reason: NotificationReason },
  ): Promise<void> {
    const userIds = await this.#withAccess(event);
    await this.tellOfDocument(event, { ...what, userIds });
  }

  async #withAccess({ subjectId, userIds }: DomainEvent): Promise<PersonId[]> {
    const audience = new Set(await this.#options.documentQueries.audience(subjectId));
    return userIds.filter((userId) => audience.has(userId));
  }

  /** Tells people something about a note; answers whether there was anything to tell of. */
  async tellOfDocument(
    event: DomainEvent,
    what: {
      kind: NotificationKind;
      reason: NotificationReason;
      userIds?: readonly PersonId[];
      eventId?: string;
    },
  ): Promise<boolean> {
    const { accounts, documentQueries, facts } = this.#options;
    const { subjectId, byId, at } = event;
    const { kind, reason, userIds = event.userIds, eventId = event.id } = what;
    const told = userIds.filter((userId) => userId !== byId);
    if (told.length === 0) return false;
    const document = await documentQueries.summary(subjectId);
    if (document === undefined || document.deletedAt !== undefined) return false;
    const people = await accounts.findAll(byId === undefined ? told : [...told, byId]);
    const present = (await facts.present([subjectId])).get(subjectId) ?? [];
    const notification = {
      eventId,
      kind,
      reason,
      subject: documentSubject(subjectId),
      title: await this.#titleOf(subjectId, document.title),
      path: `/notes/${subjectId}`,
      byId,
      byName: byId === undefined ? undefined : people.get(byId)?.name,
      at,
    };
    // Who has no account anymore is told nothing.
    await this.#askAll(
      told.filter((userId) => people.has(userId)),
      (userId) => ({
        type: "notify",
        notification,
        entryId: this.#options.clock.mintId(),
        isLooking: present.includes(userId),
        isOnline: this.#options.isOnline(userId),
        timeZone: people.get(userId)?.timeZone,
        at: this.#options.clock.now(),
      }),
    );
    return true;
  }

  /** Tells those who watch, and whoever was told of it before what it is called now. */
  async documentChanged(event: DomainEvent): Promise<void> {
    const { documentQueries, inboxQueries, clock } = this.#options;
    const { subjectId } = event;
    const document = await documentQueries.summary(subjectId);
    if (document === undefined) return;
    // What it was made with is no change to anybody.
    if (event.data.version !== 1) await this.#tellWatchers(event);
    const subject = documentSubject(subjectId);
    const title = await this.#titleOf(subjectId, document.title);
    const holders = await inboxQueries.holders(subject, { titleNot: title });
    await this.#askAll(holders, () => ({ type: "retitle", subject, title, at: clock.now() }));
  }

  /** Each of them once in a while, however often somebody changes it. */
  async #tellWatchers(event: DomainEvent): Promise<void> {
    const { subjectId, byId, at } = event;
    const period = Math.floor(at / CHANGES_TOLD_ONCE_MS);
    const eventId = `document.changed:${subjectId}:${byId ?? "guest"}:${period}`;
    const watchers = await this.#options.documentQueries.watchers(subjectId);
    const userIds = this.#changesTold.untold(eventId, watchers);
    const what = { kind: "note.changed", reason: "watching", userIds, eventId } as const;
    if (await this.tellOfDocument(event, what)) this.#changesTold.add(eventId, userIds);
  }

  /** What it was about is no business of these people anymore, unless it was shared again meanwhile. */
  async unshared(event: DomainEvent): Promise<void> {
    const kept = new Set(await this.#withAccess(event));
    const at = this.#options.clock.now();
    const subject = documentSubject(event.subjectId);
    const left = event.userIds.filter((userId) => !kept.has(userId));
    await this.#askAll(left, () => ({ type: "withdraw", subject, at }));
  }

  /** It is in the trash or not, whichever of the two events comes last. */
  async trashedOrRestored(event: DomainEvent): Promise<void> {
    const { documentQueries, clock } = this.#options;
    const document = await documentQueries.summary(event.subjectId);
    // One that was purged is erased by its own event.
    if (document === undefined) return;
    const type = document.deletedAt === undefined ? "reinstate" : "withdraw";
    const subject = documentSubject(event.subjectId);
    const at = clock.now();
    await this.#askAll(await this.#withAccess(event), () => ({ type, subject, at }));
  }

  /** The purge itself has done that, unless the process died before. */
  finishPurge({ subjectId }: DomainEvent): Promise<void> {
    return this.#options.finishPurge(subjectId);
  }

  /** Tells administrators that an actor is out of service. */
  async quarantined({ address, since }: QuarantinedActor): Promise<void> {
    const id = `ops.quarantined:${address}:${since}`;
    await this.raise(OPS_SUBJECT + address, {
      id,
      kind: "ops.quarantined",
      title: address,
      at: since,
    });
  }

  /** Tells administrators that something has to be done. */
  async raise(subject: string, { id: eventId, kind, title, at }: Alarm): Promise<void> {
    const { accounts, clock } = this.#options;
    const administrators = (await accounts.list()).filter(({ role }) => role === "administrator");
    const notification = {
      eventId,
      kind,
      reason: "administrator",
      subject,
      title,
      path: "/ops",
      byId: undefined,
      byName: undefined,
      at,
    } as const;
    const zones = new Map(administrators.map(({ id, timeZone }) => [id, timeZone]));
    await this.#askAll([...zones.keys()], (userId) => ({
      type: "notify",
      notification,
      entryId: clock.mintId(),
      isLooking: false,
      timeZone: zones.get(userId),
      at: clock.now(),
    }));
  }

  /** What administrators were told of and is not over. */
  raised(kind: Alarm["kind"]): Promise<string[]> {
    return this.#options.inboxQueries.subjects(kind, { prefix: OPS_SUBJECT });
  }

  /** It is over: what was told of it is withdrawn from all who have it. */
  async settle(subject: string): Promise<void> {
    const { inboxQueries, clock } = this.#options;
    const at = clock.now();
    const holders = await inboxQueries.holders(subject);
    await this.#askAll(holders, () => ({ type: "withdraw", subject, at }));
  }

  /** What a note is called; one that was made this moment is not in the read side yet. */
  async #titleOf(documentId: string, projected: string): Promise<string> {
    if (projected !== "") return projected.slice(0, limits.titleUnitsMax);
    const reply = await this.#options.documents.ask(documentId, { type: "describe" });
    const title = reply.type === "described" ? titleOf(reply.text) : "";
    return title.slice(0, limits.titleUnitsMax) || "Untitled";
  }

  /** Asks many inboxes; when some could not, the event comes again and those that could know it. */
  async #askAll(
    userIds: readonly PersonId[],
    operationFor: (userId: PersonId) => InboxOperation,
  ): Promise<void> {
    const { inboxes } = this.#options;
    const asked = userIds.map((userId) => inboxes.ask(userId, operationFor(userId)));
    for (const result of await Promise.allSettled(asked)) {
      if (result.status === "rejected" && !isGone(result.reason)) throw result.reason;
    }
  }
}

/** Whether an inbox was purged: it takes nothing anymore. */
function isGone(error: unknown): boolean {
  return error instanceof SuiteError && error.code === "gone";
}

/** How the subjects of all that is told to administrators begin. */
export const OPS_SUBJECT = "ops:";

/** What entries about a note are about. */
export function documentSubject(documentId: string): string {
  return `document:${documentId}`;
}
