/**
 * Joins everything: opens the stores, starts the actors, serves the routes. `start` is what tests and
 * scripts use; run as a program, the first argument says what to do.
 */

import { join } from "node:path";
import type { Server } from "bun";
import {
  ActorSystem,
  type Actors,
  type Clock,
  type DocumentTypes,
  documentBehavior,
  type Log,
  limits,
  SuiteError,
  systemClock,
} from "./actors/mod.ts";
import { type Config, loadConfig } from "./config.ts";
import { SqliteDocumentQueries } from "./db/document_queries.ts";
import type { DocumentSchema } from "./db/document_schema.ts";
import { SqliteDocumentStore } from "./db/document_store.ts";
import { documentMigrations } from "./db/migrations/document/mod.ts";
import { openSqlite } from "./db/open.ts";
import { openAccounts } from "./db/open_accounts.ts";
import { Argon2idHasher } from "./db/password.ts";
import { signInThrottles } from "./db/throttle.ts";
import { mintSetupLink } from "./routes/account.tsx";
import { createApp } from "./routes/app.ts";
import { type BuiltAssets, buildAssets } from "./routes/assets.ts";
import { Housekeeping } from "./routes/housekeeping.ts";
import { ListFeed } from "./routes/list_feed.tsx";
import { Live } from "./routes/live.ts";
import type { LiveConnection, LiveServer, LiveSocket } from "./routes/live_socket.ts";
import { authenticateLive } from "./routes/live_upgrade.ts";
import { createLog } from "./routes/log.ts";
import { Projector } from "./routes/projector.ts";
import type { Services } from "./routes/services.ts";
import { runUserCommand } from "./routes/user_command.ts";

/** A suite that runs. */
export interface Suite {
  /** Where it listens. */
  url: URL;
  services: Services;
  /** The open sockets. */
  live: Live;
  /** The one-time link with which the first account is made, while there is none. */
  setupLink: string | undefined;
  /** Projects and saves everything, closes every socket, and stops. */
  stop(): Promise<void>;
}

/** How to start: settings over those of the environment, and where log lines go. */
export type StartOptions = Partial<Config> & { log?: Log };

/** Starts the suite. */
export async function start(options: StartOptions = {}): Promise<Suite> {
  const { log = createLog(), ...settings } = options;
  const config = loadConfig(settings);
  const clock = systemClock;
  const [stores, assets] = await Promise.all([openStores(config.dataDir, clock), buildAssets()]);
  const server = new LateServer();
  const parts = compose({ config, clock, log, assets, stores, server });
  const bun = serve(parts, config);
  server.bun = bun;
  const url = new URL(`http://${formatHost(config.host)}:${bun.port}`);
  // A port of 0 is chosen by the system: only now the address is known.
  if (config.publicUrl === undefined) parts.services.config.publicUrl = url;
  void parts.projector.catchUp().catch((error) => {
    log.error("cannot catch up projections", { error: String(error) });
  });
  parts.housekeeping.start();
  return {
    url,
    services: parts.services,
    live: parts.live,
    setupLink: await mintSetupLink(parts.services),
    stop: () => stop(parts, bun),
  };
}

// ------------------------------------------------------------------------------------ joining

type Stores = Awaited<ReturnType<typeof openStores>>;
type Parts = ReturnType<typeof compose>;

/** One file per service. */
async function openStores(dataDir: string, clock: Clock) {
  const [account, document] = await Promise.all([
    openAccounts(join(dataDir, "account.db"), clock),
    openSqlite<DocumentSchema>(join(dataDir, "document.db"), documentMigrations),
  ]);
  return {
    ...account,
    documentStore: new SqliteDocumentStore(document),
    documentQueries: new SqliteDocumentQueries(document, clock),
    async close() {
      await Promise.all([account.close(), document.close()]);
    },
  };
}

function compose(given: {
  config: Config;
  clock: Clock;
  log: Log;
  assets: BuiltAssets;
  stores: Stores;
  server: LateServer;
}) {
  const { config, clock, log, assets, stores, server } = given;
  const { accounts, sessions, documentQueries } = stores;
  const residentBytes = () => process.memoryUsage.rss();
  const system = new ActorSystem({ clock, log, residentBytes });
  const documents = system.register(documentBehavior, stores.documentStore);
  const { live, feed, projector } = listen({ documents, stores, clock, log, server });
  const services: Services = {
    config: {
      publicUrl: config.publicUrl ?? new URL(`http://${formatHost(config.host)}:${config.port}`),
      trustProxy: config.trustProxy,
    },
    clock,
    log,
    assets: assets.urls,
    system,
    documents,
    documentQueries,
    accounts,
    sessions,
    passwords: new Argon2idHasher(),
    throttles: signInThrottles(),
    closeSessions: (ids) => live.closeSessions(ids),
    staleLists: (userIds) => feed.stale(userIds),
    presentIn: (id) => live.presentIn(id),
  };
  const health = { isLeaving: false };
  const app = createApp({ services, health, assets });
  const housekeeping = new Housekeeping(services);
  return { services, system, live, feed, projector, housekeeping, app, health, stores };
}

/** Everything that follows what documents tell. */
function listen(given: {
  documents: Actors<DocumentTypes>;
  stores: Stores;
  clock: Clock;
  log: Log;
  server: LiveServer;
}) {
  const { documents, stores, clock, log, server } = given;
  const { accounts, sessions, documentQueries: queries } = stores;
  const live = new Live({
    documents,
    sessions,
    clock,
    log,
    server,
    onPresence: (id) => feed.changed(id),
    hasListChanged: (userId, since) => feed.hasChanged(userId, since),
  });
  const presentIn = (id: string) => live.presentIn(id);
  const feed = new ListFeed({ queries, accounts, clock, log, server, presentIn });
  const onProjected = (id: string) => feed.changed(id);
  const projector = new Projector({ documents, queries, clock, log, onProjected });
  documents.observe((id, events) => {
    projector.hear(id, events);
    feed.hear(id, events);
  });
  return { live, feed, projector };
}

function serve(parts: Parts, config: Config): Server<LiveConnection> {
  const { app, live, services } = parts;
  return Bun.serve<LiveConnection>({
    port: config.port,
    hostname: config.host,
    maxRequestBodySize: limits.formBytesMax,
    idleTimeout: limits.requestIdleSecondsMax,
    async fetch(request, bun) {
      if (new URL(request.url).pathname !== "/live")
        return app.fetch(request, { peer: bun.requestIP(request)?.address });
      const answer = await authenticateLive(request, services);
      if (answer instanceof Response) return answer;
      if (bun.upgrade(request, { data: answer })) return undefined;
      return new Response("Cannot open socket: expected a WebSocket upgrade", { status: 426 });
    },
    websocket: {
      open: (socket: LiveSocket) => live.opened(socket),
      message: (socket: LiveSocket, message) => live.received(socket, message),
      close: (socket: LiveSocket) => live.closed(socket),
      maxPayloadLength: limits.frameBytesMax,
      idleTimeout: limits.socketIdleSecondsMax,
      backpressureLimit: limits.socketBufferBytesMax,
      closeOnBackpressureLimit: true,
      perMessageDeflate: false,
    },
  });
}

/** The publishing side, which actors' listeners hold before there is a server. */
class LateServer implements LiveServer {
  bun: Server<LiveConnection> | undefined;

  publish(topic: string, text: string): number {
    return this.bun?.publish(topic, text) ?? 0;
  }

  subscriberCount(topic: string): number {
    return this.bun?.subscriberCount(topic) ?? 0;
  }
}

/** Leaves politely: no new requests, everything that waits is finished and saved, sockets move on. */
async function stop(parts: Parts, bun: Server<LiveConnection>): Promise<void> {
  const { system, live, feed, projector, housekeeping, stores, health } = parts;
  health.isLeaving = true;
  housekeeping.stop();
  await projector.flush();
  live.drain();
  await system.drain();
  await bun.stop(true);
  feed.stop();
  await stores.close();
}

function formatHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

// ------------------------------------------------------------------------------------ program

const USAGE = `Usage: suite [serve]
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
  if (command === "user") {
    const { dataDir } = loadConfig();
    const stores = await openStores(dataDir, systemClock);
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
  console.log(`MVP Suite is at ${suite.services.config.publicUrl.href}`);
  if (suite.setupLink) {
    console.log(`Nobody has an account yet. Make the administrator's, once:\n  ${suite.setupLink}`);
  }
  await new Promise<void>((resolve) => {
    process.once("SIGTERM", resolve);
    process.once("SIGINT", resolve);
  });
  // Whatever hangs must not keep the node from leaving.
  const cutOff = setTimeout(() => process.exit(1), limits.drainMsMax);
  await suite.stop();
  clearTimeout(cutOff);
}

if (import.meta.main) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    const expected = error instanceof SuiteError || error instanceof Error;
    console.error(expected ? error.message : error);
    process.exitCode = 1;
  }
}
