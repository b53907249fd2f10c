/**
 * Joins everything: opens the stores, starts the actors, joins the cluster, serves the routes. `start` is
 * what tests and scripts use; run as a program, the first argument says what to do.
 */

import type { Server } from "bun";
import {
  ActorSystem,
  type Actors,
  type Address,
  type Clock,
  documentBehavior,
  Eraser,
  EventRelay,
  EventWatch,
  gathered,
  Housekeeping,
  InboxChores,
  type InboxTypes,
  inboxBehavior,
  type Log,
  LoopWatch,
  limits,
  metered,
  Notifier,
  Projector,
  startAll,
  stopAll,
  systemClock,
  type Worker,
  type WorkerPool,
} from "./actors/mod.ts";
import { type Config, loadConfig, misspelledSettings } from "./config.ts";
import { Argon2idHasher } from "./db/account.ts";
import { HealthProbe } from "./db/health_probe.ts";
import { joinCluster, type Links, stayAlone } from "./db/links.ts";
import { createLog } from "./db/log.ts";
import { runMigrateCommand } from "./db/migrate_command.ts";
import { openSenders, type Senders } from "./db/open_senders.ts";
import { serviceNames } from "./db/services.ts";
import { Checkpoints } from "./db/sqlite/checkpoints.ts";
import { lockDataDir } from "./db/sqlite/data_lock.ts";
import { Erasure } from "./db/sqlite/erasure.ts";
import { openEmbeddedStores, openPostgresStores, type Stores } from "./db/stores.ts";
import { ProcessPool } from "./db/workers/worker_pool.ts";
import { mintSetupLink } from "./routes/account/pages.tsx";
import { runUserCommand } from "./routes/account/user_command.ts";
import { createApp } from "./routes/app.ts";
import { DocumentChannel } from "./routes/document/channel.ts";
import { Comparing } from "./routes/document/comparing.ts";
import { ListFeed } from "./routes/document/feed.tsx";
import { Presence } from "./routes/document/presence.ts";
import { Rendering } from "./routes/document/rendering.ts";
import { seeDocument } from "./routes/document/seen.ts";
import { type BuiltAssets, buildAssets } from "./routes/http/assets.ts";
import { makeBodyBudgets } from "./routes/http/body_budget.ts";
import type { Health } from "./routes/http/health.ts";
import { serve } from "./routes/http/serve.ts";
import { TroubleWatch } from "./routes/http/trouble_watch.ts";
import { InboxFeed } from "./routes/inbox/feed.tsx";
import { openDeliverer } from "./routes/inbox/open_deliverer.ts";
import { Fanout } from "./routes/live/fanout.ts";
import { Live, personTopic } from "./routes/live/live.ts";
import type { LiveConnection } from "./routes/live/socket.ts";
import type { Services } from "./routes/services.ts";

/** A suite that runs. */
export interface Suite {
  /** Where it listens. */
  url: URL;
  services: Services;
  /** The open sockets. */
  live: Live;
  /** The one-time link with which the first account is made, while there is none. */
  setupLink: string | undefined;
  /** Hands over, projects and saves everything, closes every socket, and stops. */
  stop(): Promise<void>;
}

/** How to start: settings over those of the environment, and where log lines go. */
export type StartOptions = Partial<Config> & { log?: Log };

/** How a worker process is begun. */
const WORKER_COMMAND = [process.execPath, `${import.meta.dir}/worker.ts`];

/** Processor time of the main thread so far, in milliseconds. */
function workedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** Starts the suite. */
export async function start(options: StartOptions = {}): Promise<Suite> {
  const { log = createLog(), ...settings } = options;
  const config = loadConfig(settings, undefined, serviceNames);
  for (const { name, meant } of misspelledSettings(undefined, serviceNames)) {
    log.warn("unknown setting", { name, meant });
  }
  const clock = systemClock;
  const watch = new LoopWatch({ clock, log, workedMs });
  // Closed from the last to the first when the suite stops, and when it cannot start.
  await using opening = new AsyncDisposableStack();
  if (config.databases === undefined) opening.use(lockDataDir(config.dataDir));
  const stores = await openStores(config, { clock, log, meter: watch });
  opening.defer(() => stores.close());
  const assets = await buildAssets();
  const links = await openLinks(config, { stores, clock, log });
  opening.defer(() => links.close());
  const senders = await openSenders({
    accounts: stores.accounts,
    mail: config.mail,
    pushToPrivateNetworks: config.pushToPrivateNetworks,
    publicUrl: () => parts.services.config.publicUrl,
    log,
  });
  opening.defer(() => senders.close());
  const pool = new ProcessPool({ command: WORKER_COMMAND, clock, log });
  opening.defer(() => pool.close());
  const parts = compose({ config, clock, log, assets, stores, links, senders, watch, pool });
  await links.cluster?.start(parts.system);
  const bun = serve(parts, config);
  opening.defer(() => bun.stop(true));
  parts.fanout.attach(bun);
  const url = new URL(`http://${formatHost(config.host)}:${bun.port}`);
  // A port of 0 is chosen by the system: only now the address is known.
  if (config.publicUrl === undefined) parts.services.config.publicUrl = url;
  await startAll([...parts.workers, ...parts.chores]);
  const isOneOfMany = links.cluster !== undefined;
  const setupLink = await mintSetupLink(parts.services, { isOneOfMany });
  const open = opening.move();
  return {
    url,
    services: parts.services,
    live: parts.live,
    setupLink,
    stop: () => stop(parts, bun).finally(() => open.disposeAsync()),
  };
}

// ------------------------------------------------------------------------------------ joining

type Parts = ReturnType<typeof compose>;

function openStores(
  { databases, dataDir }: Config,
  options: Parameters<typeof openEmbeddedStores>[1],
): Promise<Stores> {
  return databases === undefined
    ? openEmbeddedStores(dataDir, options)
    : openPostgresStores(databases, options);
}

/** On Postgres there may be other nodes, so the shards are claimed even where there is no Redis. */
function openLinks(
  { cluster }: Config,
  given: { stores: Stores; clock: Clock; log: Log },
): Promise<Links> {
  const { stores, clock, log } = given;
  const { shardTable: table } = stores;
  const tools = eventTools({ stores, clock, log });
  if (table === undefined) return stayAlone(tools);
  return joinCluster({ table, ...tools, ...cluster });
}

/** What consumers of events work with. */
function eventTools({ stores, clock, log }: { stores: Stores; clock: Clock; log: Log }) {
  // Where some data is damaged, most events can still be handled.
  const isImpaired = () =>
    Object.values(stores.probes).some(({ health }) => health.has("down") || health.has("full"));
  return { parked: stores.parkedEvents, isImpaired, clock, log };
}

/** What everything else is composed of. */
interface Bricks {
  config: Config;
  clock: Clock;
  log: Log;
  assets: BuiltAssets;
  stores: Stores;
  links: Links;
  senders: Senders;
  watch: LoopWatch;
  pool: WorkerPool;
}

function compose(bricks: Bricks) {
  const { config, clock, log, assets, stores, links, senders, watch, pool } = bricks;
  const actors = composeActors(bricks);
  const fanout = new Fanout({ bus: links.bus, clock });
  const rendering = new Rendering({ pool, clock });
  const checkpoints = new Checkpoints({ files: stores.files, pool, clock, log });
  const documents = composeDocuments({ ...bricks, ...actors, fanout, rendering });
  const eraser = composeEraser({ ...bricks, ...actors, ...documents, fanout, checkpoints });
  const notices = composeNotices({ ...bricks, ...actors, fanout, eraser });
  const { feed, inboxFeed, live, projector } = documents;
  const { notifier, chores: inboxChores } = notices;
  const sweeps = [...projector.sweeps, ...inboxChores.sweeps];
  const events = new EventWatch({
    ...{ outboxes: stores.outboxes, parked: stores.parkedEvents, sweeps, notifier, clock, log },
    quarantined: () => actors.system.report().quarantined,
    isHere: actors.isHere,
  });
  const made = { feed, fanout, rendering, events, eraser };
  const services = composeServices({ ...bricks, ...actors, ...made });
  hearOthers({ ...bricks, ...actors, ...documents, ...notices, fanout });
  const probe = new HealthProbe(stores.probes, { clock, log });
  const health = composeHealth({ config, links, probe, events });
  const housekeeping = new Housekeeping(services);
  sweeps.push(...housekeeping.sweeps);
  const tools = eventTools({ stores, clock, log });
  const relay = new EventRelay({ outboxes: stores.outboxes, stream: links.events, ...tools });
  const outgoing = { queue: stores.deliveries, mailer: senders.mailer };
  const deliverer = openDeliverer({ services, fanout, ...outgoing });
  // What an inbox wants sent leaves soon, and not when the queue is looked at the next time.
  actors.localInboxes.observe(
    gathered(() => deliverer.poke(), { clock, ms: limits.deliveryGatherMs }),
  );
  const consumers: Worker = {
    async start() {
      await links.events.consume("lists", (event) => feed.take(event));
      await links.events.consume("inbox", (event) => notifier.take(event));
    },
  };
  const trouble = new TroubleWatch({ health, clock, tell: (text) => live.setTrouble(text) });
  // Each stands on those before it.
  const workers: readonly Worker[] = [
    ...[watch, checkpoints, probe, trouble, deliverer, feed, inboxFeed, consumers, relay, events],
  ];
  // What asks actors by itself has to end before those are handed over.
  const chores: readonly Worker[] = [projector, housekeeping, inboxChores];
  const app = createApp({ services, health, assets });
  const { system } = actors;
  return { services, system, live, fanout, app, health, links, watch, workers, chores };
}

/** What `/healthz`, `/readyz` and the pages say of this node. */
function composeHealth(given: {
  config: Config;
  links: Links;
  probe: HealthProbe;
  events: EventWatch;
}): Health {
  const { config, links, probe, events } = given;
  return {
    isLeaving: false,
    // The files of one process are on a disk of its own; Postgres is everybody's.
    localParts: config.databases === undefined ? new Set(probe.names) : new Set(),
    parts: () => ({ ...probe.states(), ...links.parts() }),
    cluster: () => links.cluster?.report(),
    events: () => events.health,
  };
}

/** The actors of this node, and the way to those of the others. */
function composeActors({ clock, log, stores, links, watch }: Bricks) {
  const { cluster } = links;
  const system = new ActorSystem({
    clock,
    log,
    residentBytes: () => process.memoryUsage.rss(),
    ...(cluster === undefined ? {} : { territory: cluster.territory }),
  });
  const localDocuments = system.register(metered(documentBehavior, watch), stores.documentStore);
  const localInboxes = system.register(metered(inboxBehavior, watch), stores.inboxStore);
  const documents = cluster?.route("document", localDocuments) ?? localDocuments;
  const inboxes = cluster?.route("inbox", localInboxes) ?? localInboxes;
  const isHere = (address: Address) =>
    cluster === undefined || cluster.nodeOf(address) === cluster.self;
  return { system, localInboxes, documents, inboxes, isHere };
}

/** What routes work with. */
function composeServices(
  parts: Bricks &
    Pick<Services, "rendering" | "events" | "eraser"> &
    ReturnType<typeof composeActors> & { feed: ListFeed; fanout: Fanout },
): Services {
  const { config, clock, log, assets, stores, links, senders, watch, pool } = parts;
  const { system, documents, inboxes, isHere, feed, fanout, rendering, events, eraser } = parts;
  const { cluster } = links;
  return {
    config: {
      publicUrl: config.publicUrl ?? new URL(`http://${formatHost(config.host)}:${config.port}`),
      trustProxy: config.trustProxy,
    },
    clock,
    log,
    assets: assets.urls,
    system,
    documents,
    documentQueries: stores.documentQueries,
    inboxes,
    inboxQueries: stores.inboxQueries,
    pushDevices: stores.pushDevices,
    push: senders.push,
    accounts: stores.accounts,
    sessions: stores.sessions,
    sessionEnds: stores.sessionEnds,
    passwords: new Argon2idHasher(),
    bodies: makeBodyBudgets(),
    throttles: links.throttles,
    rendering,
    events,
    comparing: new Comparing({ pool, queries: stores.documentQueries }),
    workers: () => pool.report(),
    loop: () => watch.report,
    staleLists: (userIds) => feed.stale(userIds),
    presentIn: (ids) => links.facts.present(ids),
    eraser,
    releaseActor(address) {
      fanout.tellNodes({ type: "released", address });
      return system.release(address);
    },
    nodeOf: (address) => cluster?.nodeNameOf(address),
    isHere,
    clusterReport: () => cluster?.report(),
  };
}

/** What ends all that was made of a note which is deleted for good. */
function composeEraser(
  given: Pick<Bricks, "stores" | "clock"> & {
    inboxes: Actors<InboxTypes>;
    fanout: Fanout;
    checkpoints: Checkpoints;
    forget(documentId: string): void;
  },
): Eraser {
  const { inboxes, stores, checkpoints, clock, fanout, forget } = given;
  const erasure = new Erasure(() => stores.eraseDeleted(checkpoints));
  const { inboxQueries, parkedEvents } = stores;
  return new Eraser({
    ...{ inboxes, inboxQueries, parkedEvents, clock },
    eraseFiles: () => erasure.erase(),
    forget(documentId) {
      forget(documentId);
      fanout.tellNodes({ type: "document_purged", documentId });
    },
  });
}

/** What shows documents and inboxes to people: sockets, lists, and the read side. */
function composeDocuments(
  given: Bricks & ReturnType<typeof composeActors> & { fanout: Fanout; rendering: Rendering },
) {
  const { documents, inboxes, stores, links, clock, log, isHere, fanout, rendering } = given;
  const { accounts, sessions, documentQueries: queries, inboxQueries } = stores;
  const { facts } = links;
  const feed = new ListFeed({ queries, accounts, clock, log, server: fanout, facts });
  const inboxFeed = new InboxFeed({ queries: inboxQueries, facts, clock, log, server: fanout });
  inboxes.observe((userId, events) => inboxFeed.hear(userId, events));
  const channel = new DocumentChannel({
    ...{ documents, rendering, clock, log, server: fanout },
    onPresence: (id) => void presence.tell(id),
    onRenewal: (id) => void presence.renew(id),
    people: (ids) => accounts.people(ids),
    onSeen: (userId, documentId) =>
      void seeDocument({ inboxes, inboxQueries, clock, log }, { userId, documentId }),
    answered: (socket, units) => live.answered(socket, units),
  });
  const live = new Live({
    ...{ sessions, clock, log, server: fanout, lineage: stores.lineage },
    channels: [channel],
    lists: {
      notes: (userId, since) => feed.hasChanged(userId, since),
      inbox: (userId, since) => inboxFeed.hasChanged(userId, since),
    },
    greet: (userId) => inboxFeed.greet(userId),
  });
  const presence = new Presence({
    facts,
    presentIn: (id) => channel.presentIn(id),
    onChange: (id) => feed.changed(id),
  });
  const projector = new Projector({
    ...{ documents, queries, accounts, rendering, clock, log },
    isHere: (id) => isHere(`document:${id}`),
  });
  documents.observe((id, events) => projector.hear(id, events));
  // Everything that a node keeps in memory of a note's text, beside its actor.
  const forget = (documentId: string) => {
    channel.purged(documentId);
    rendering.forget(documentId);
  };
  return { live, feed, inboxFeed, projector, forget };
}

/** What tells people, and keeps their inboxes. */
function composeNotices(
  given: Bricks & ReturnType<typeof composeActors> & { fanout: Fanout; eraser: Eraser },
) {
  const { documents, inboxes, stores, links, clock, log, isHere, fanout, eraser } = given;
  const { accounts, documentQueries, inboxQueries } = stores;
  const { facts } = links;
  const notifier = new Notifier({
    ...{ documents, inboxes, inboxQueries, documentQueries, accounts, facts, clock, log },
    finishPurge: (documentId) => eraser.finish(documentId),
    isOnline: (userId) => fanout.subscriberCount(personTopic(userId)) > 0,
  });
  const chores = new InboxChores({ inboxes, queries: inboxQueries, accounts, clock, log, isHere });
  return { notifier, chores };
}

/** What is told within this process and by other nodes, and what follows from it. */
function hearOthers(
  given: Pick<Bricks, "stores" | "log"> & {
    fanout: Fanout;
    live: Live;
    system: ActorSystem;
    notifier: Notifier;
    forget(documentId: string): void;
  },
): void {
  const { fanout, live, stores, system, notifier, log, forget } = given;
  const { sessions, sessionEnds } = stores;
  stores.observeAccounts((userId) => fanout.tellNodes({ type: "account_changed", userId }));
  sessionEnds.add({ name: "sockets", end: (ids) => live.closeSessions(ids) });
  sessionEnds.add({
    name: "sockets of other nodes",
    end: (sessionIds) => fanout.tellNodes({ type: "sessions_ended", sessionIds }),
  });
  system.observeQuarantines((actor) => {
    notifier.quarantined(actor).catch((error) => {
      log.warn("cannot tell administrators of a quarantine", { error: String(error) });
    });
  });
  fanout.listen({
    news: (news) => {
      if (news.type === "sessions_ended") live.closeSessions(news.sessionIds);
      else if (news.type === "account_changed") sessions.forget(news.userId);
      else if (news.type === "document_purged") forget(news.documentId);
      else system.release(news.address);
    },
    missed: () => live.missed(),
  });
}

/**
 * Leaves politely. What lives here is handed over first, while everything is still answered; once no load
 * balancer sends anything more, the sockets move on, and the rest is finished and saved. Sockets that
 * ended sooner would come back to this very node.
 */
async function stop(parts: Parts, bun: Server<LiveConnection>): Promise<void> {
  const { system, live, health, links, workers, chores } = parts;
  health.isLeaving = true;
  await stopAll(chores);
  await links.cluster?.leave();
  if (links.cluster !== undefined) await Bun.sleep(limits.leaveGraceMs);
  live.drain();
  await Promise.race([bun.stop(), Bun.sleep(limits.leaveGraceMs)]);
  await system.drain();
  await bun.stop(true);
  await stopAll(workers);
}

function formatHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

// ------------------------------------------------------------------------------------ program

const USAGE = `Usage: suite [serve]
       suite migrate [--from sqlite]
       suite user create --email ADDRESS --name NAME [--role administrator|member|guest] [--password PASSWORD]
       suite user reset-password --email ADDRESS [--password PASSWORD]
       suite user list`;

/** Runs the program with its arguments; answers the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const [command = "serve", ...rest] = args;
  if (command === "serve" && rest.length === 0) {
    await serveUntilStopped();
    return 0;
  }
  if (command === "migrate") {
    const write = (line: string) => console.log(line);
    return await runMigrateCommand(rest, { ...loadConfig({}, undefined, serviceNames), write });
  }
  if (command === "user") {
    const stores = await openStores(loadConfig({}, undefined, serviceNames), {
      clock: systemClock,
    });
    try {
      const passwords = new Argon2idHasher();
      return await runUserCommand(rest, { ...stores, passwords, clock: systemClock });
    } finally {
      await stores.close();
    }
  }
  console.error(USAGE);
  return command === "help" || command === "--help" ? 0 : 2;
}

async function serveUntilStopped(): Promise<void> {
  const suite = await start();
  const lines = [`MVP Suite is at ${suite.services.config.publicUrl.href}`];
  if (suite.setupLink) {
    lines.push(`Nobody has an account yet. Make the administrator's, once:\n  ${suite.setupLink}`);
  }
  console.log(lines.join("\n"));
  await untilTold(async () => {
    // Whatever hangs must not keep the node from leaving.
    const cutOff = setTimeout(() => process.exit(1), limits.drainMsMax);
    await suite.stop();
    clearTimeout(cutOff);
  });
}

/**
 * Waits to be told to leave, then leaves. A launcher and its process manager, or a terminal, may both tell
 * it: a process that leaves already is not to be stopped by hearing it again, up to its very end.
 */
async function untilTold(leave: () => Promise<void>): Promise<void> {
  await new Promise<void>((resolve) => {
    process.on("SIGTERM", resolve);
    process.on("SIGINT", resolve);
  });
  await leave();
}

if (import.meta.main) {
  // Connections that do not answer are left alone, and would keep the process from ending.
  process.exit(
    await main(process.argv.slice(2)).catch((error) => {
      console.error(error instanceof Error ? error.message : error);
      return 1;
    }),
  );
}
