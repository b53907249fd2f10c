/**
 * What is deleted for good is gone: from every table, file and memory, and for everybody. Walks over all
 * kinds of actors, tables, routes and frames that there are, so that one which comes later and leaves
 * something behind fails here.
 */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Config } from "../config.ts";
import { startRedis } from "../scripts/cluster/redis.ts";
import { type Attempt, tryFrames, tryRoutes } from "./purge/attempts.ts";
import { type Doomed, doomedInbox, doomedNote, inhabit, WORDS, type World } from "./purge/nouns.ts";
import { allTables, filesWith, type Place, tablesWith } from "./purge/remains.ts";
import { connectLive } from "./support/live_client.ts";
import { PushEndpoint } from "./support/push_endpoint.ts";
import { startSuite, type TestSuite } from "./support/suite.ts";
import { type TemporaryFolder, temporaryFolder } from "./support/temporary_folder.ts";
import { testDatabase } from "./support/test_database.ts";
import { TestRedis } from "./support/test_redis.ts";
import { signIn, Visitor } from "./support/visitor.ts";
import { waitFor } from "./support/wait_for.ts";

/** One for each kind of actor; a kind that is missing here fails a test. */
const NOUNS = { document: doomedNote, inbox: doomedInbox } as const;

/** Ids may stay here: an id that is known cannot live again. */
const GRAVES = /\.(?:tombstone|ended_subject)$/;
/** Nothing of a noun is kept here, or it is on its way to others. */
const NOT_FILLED =
  /\.(?:tombstone|ended_subject|remains|probe|setting|outbox|parked_event|kysely_\w+|sqlite_sequence|search_\w+)$/;

const redis = new TestRedis(startRedis);

/** Without the beginning, which an index of words may share with the word before. */
const NEEDLES = WORDS.map((word) => word.slice(2));

async function tablesWithWords(place: Place): Promise<string[]> {
  return (await Promise.all(NEEDLES.map((needle) => tablesWith(place, needle)))).flat();
}

/** Events say what has happened until everybody has heard of it. */
async function areEventsTold(place: Place, id: string): Promise<void> {
  const isTold = async () => !(await tablesWith(place, id)).includes("document.outbox");
  await waitFor(isTold, { what: "all events to be told" });
}

async function expectGone(place: Place, { id, owns }: Pick<Doomed, "id" | "owns">): Promise<void> {
  expect(await tablesWithWords(place)).toEqual([]);
  const tables = (await tablesWith(place, id)).filter(owns);
  expect(tables.filter((table) => !GRAVES.test(table))).toEqual([]);
  if ("dataDir" in place) {
    for (const needle of NEEDLES) expect(filesWith(place.dataDir, needle)).toEqual([]);
  }
}

function expectSilent(attempts: readonly Attempt[]): void {
  for (const { what, text } of attempts) {
    for (const word of WORDS) expect([what, text.includes(word)]).toEqual([what, false]);
  }
}

describe.each([
  { name: "in SQLite files", nodes: 1, isEmbedded: true },
  { name: "in Postgres, on two nodes", nodes: 2, isEmbedded: false },
])("what is deleted for good $name", ({ nodes, isEmbedded }) => {
  let folder: TemporaryFolder;
  let place: Place;
  let suites: TestSuite[];
  let push: PushEndpoint;
  let world: World;

  async function start(): Promise<void> {
    suites = [];
    for (let node = 0; node < nodes; node++) suites.push(await startSuite(settings(node)));
    if (!isEmbedded) await isWhole(suites);
  }

  function settings(node: number): Partial<Config> {
    // Nothing listens there: what is to be sent waits.
    const mail = { smtpUrl: "smtp://127.0.0.1:9", from: "suite@harbor.example" };
    const common = { mail, pushToPrivateNetworks: true };
    if ("dataDir" in place) return { ...common, dataDir: place.dataDir };
    const url = place.databaseUrl;
    const databases = { url, urls: {}, connectionsMax: 5, migrateOnStart: true };
    const cluster = { redisUrl: redis.url, nodeName: `node-${node}`, nodeNames: undefined };
    return { ...common, databases, cluster };
  }

  beforeAll(async () => {
    folder = temporaryFolder();
    place = isEmbedded ? { dataDir: folder.path } : { databaseUrl: await testDatabase() };
    push = await PushEndpoint.start();
    await start();
    world = await inhabit(suites, push);
  }, 60_000);

  afterAll(async () => {
    for (const suite of suites) await suite.stop();
    await push[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  }, 60_000);

  test("is tried for every kind of actor there is, and each keeps tombstones", async () => {
    const kinds = suites[0]?.services.system.report().kinds.map(({ kind }) => kind) ?? [];
    expect(kinds.toSorted()).toEqual(Object.keys(NOUNS).toSorted() as typeof kinds);
    const tables = await allTables(place);
    for (const kind of kinds) expect(tables).toContain(`${kind}.tombstone`);
  });

  describe.each(Object.keys(NOUNS) as (keyof typeof NOUNS)[])("%s", (kind) => {
    let doomed: Doomed;

    beforeAll(async () => {
      doomed = await NOUNS[kind](world);
    }, 60_000);

    test("was in every table that there is for it", async () => {
      const tables = (await allTables(place)).filter(
        (table) => doomed.fills(table) && !NOT_FILLED.test(table),
      );
      const filled = [...(await tablesWith(place, doomed.id)), ...(await tablesWithWords(place))];
      expect(tables.filter((table) => !filled.includes(table))).toEqual([]);
      await areEventsTold(place, doomed.id);
    }, 60_000);

    test("is in no table, file or memory once that is acknowledged", async () => {
      await doomed.purge();
      for (const needle of "dataDir" in place ? NEEDLES : []) {
        expect(filesWith(folder.path, needle)).toEqual([]);
      }
      expect(await tablesWithWords(place)).toEqual([]);
      for (const { services } of suites) {
        const { documents, inboxes, system } = services;
        for (const actors of [documents, inboxes]) expect(actors.isActive(doomed.id)).toBe(false);
        const live = system.report().busiest.map(({ address }) => address as string);
        expect(live).not.toContain(`${kind}:${doomed.id}`);
      }
      for (const client of doomed.open) {
        const isClosed = () => client.frames.some(({ t }) => t === "revoked");
        await waitFor(isClosed, { what: "the note to be closed in every tab" });
      }
      await areEventsTold(place, doomed.id);
      await expectGone(place, doomed);
    }, 60_000);

    test("cannot be brought back by any route, whoever asks", async () => {
      for (const suite of suites) {
        const people = { owner: "Ada", member: "Grace", former: "Ken", stranger: "Nils" };
        for (const name of Object.values(people)) {
          const visitor = await signIn(suite.url, name);
          expectRefused(await tryRoutes(visitor, suite.services, doomed), { ...doomed, name });
        }
        const outside = new Visitor(suite.url);
        expectRefused(await tryRoutes(outside, suite.services, doomed), {
          ...doomed,
          name: "nobody",
        });
      }
      await areEventsTold(place, doomed.id);
      await expectGone(place, doomed);
    }, 120_000);

    test("cannot be brought back by any frame, over old sockets and new ones", async () => {
      // Frames are about notes.
      if (!doomed.isNote) return;
      for (const { url } of suites) {
        for (const name of ["Ada", "Grace", "Ken", "Nils"]) {
          const { cookie } = await signIn(url, name);
          const client = await connectLive(url, { cookie });
          expectNoWord(await tryFrames(client, doomed));
          client.close();
        }
        await expect(connectLive(url, { key: doomed.token })).rejects.toThrow();
      }
      for (const client of doomed.open) {
        expectNoWord(await tryFrames(client, doomed));
        client.close();
      }
      await areEventsTold(place, doomed.id);
      await expectGone(place, doomed);
    }, 60_000);
  });

  test("is not there after a restart either, and its id is still refused", async () => {
    const note = await world.ada.createNote("# soon gone");
    await world.ada.post(`/notes/${note}/trash`);
    await world.ada.post(`/notes/${note}/purge`, { confirmed: "1" });
    for (const suite of suites) await suite.stop();
    await start();
    for (const { url } of suites) {
      for (const name of ["Ada", "Nils"]) {
        const visitor = await signIn(url, name);
        const { status, text } = await visitor.post("/notes", { id: note, text: "again" });
        expect([status, text.includes("deleted for good")]).toEqual([410, true]);
        expect((await visitor.get(`/notes/${note}`)).status).toBe(404);
      }
    }
    await expectGone(place, { id: note, owns: () => true });
  }, 60_000);
});

/** What one may be answered by a path that names what is gone: that it is not there. */
function expectRefused(
  attempts: readonly Attempt[],
  { isNote, name }: { isNote: boolean; name: string },
): void {
  expect(attempts.length).toBeGreaterThan(50);
  expectSilent(attempts);
  if (!isNote) return;
  for (const { what, status } of attempts) {
    if (!/ \/(?:notes\/:id|shared\/)/.test(what) && what !== "POST /notes") continue;
    // Who purged it may say so twice; who is not signed in is asked to sign in.
    const isRepeat = what === "POST /notes/:id/purge" && name === "Ada";
    const asksToSignIn = name === "nobody" && [303, 401, 403].includes(status);
    const isFine = isRepeat ? status === 303 : status >= 400 || asksToSignIn;
    expect([what, name, status, isFine]).toEqual([what, name, status, true]);
  }
}

function expectNoWord(frames: readonly unknown[]): void {
  const text = JSON.stringify(frames);
  for (const word of WORDS) expect(text).not.toContain(word);
}

/** Every shard has an owner. */
async function isWhole(suites: readonly TestSuite[]): Promise<void> {
  await waitFor(
    () => {
      const shards = suites.map(({ services }) => services.clusterReport()?.shards ?? 0);
      return shards.reduce((sum, count) => sum + count, 0) === 1_024 && !shards.includes(0);
    },
    { deadlineMs: 30_000, what: "every shard to have an owner" },
  );
}
