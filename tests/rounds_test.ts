/** How often one after the other a page asks its stores and actors: what does not depend is asked at once. */

import { afterAll, beforeAll, expect, spyOn, test } from "bun:test";
import { connectLive } from "./support/live_client.ts";
import { startSuite, type TestSuite } from "./support/suite.ts";
import { emailOf, inviteAndSignUp, signUp, type Visitor } from "./support/visitor.ts";

let suite: TestSuite;
let ada: Visitor;

beforeAll(async () => {
  suite = await startSuite();
  ada = await signUp(suite.setupLink, "Ada");
  await inviteAndSignUp(ada, "Grace");
});

afterAll(() => suite.stop());

type Call = (...given: unknown[]) => Promise<unknown>;

/** Lets everything that was asked wait until nothing more is asked beside it, and counts how often. */
async function roundsOf(work: () => Promise<unknown>): Promise<string[][]> {
  const rounds: string[][] = [];
  let waiting: (() => void)[] = [];
  const wait = (name: string): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (waiting.length === 0) {
      rounds.push([]);
      setImmediate(() => {
        const released = waiting;
        waiting = [];
        for (const release of released) release();
      });
    }
    rounds.at(-1)?.push(name);
    waiting.push(resolve);
    return promise;
  };
  const { services } = suite;
  const asked = [
    ...["validate"].map((name) => ({ of: services.sessions, name })),
    ...["attempt"].map((name) => ({ of: services.throttles.requests, name })),
    ...["unread"].map((name) => ({ of: services.inboxQueries, name })),
    ...["presentIn"].map((name) => ({ of: services, name })),
    ...["people"].map((name) => ({ of: services.accounts, name })),
    ...["ask"].map((name) => ({ of: services.documents, name })),
    ...["summary", "audience", "isWatching"].map((name) => ({
      of: services.documentQueries,
      name,
    })),
  ];
  const spies = asked.map(({ of, name }) => {
    const target = of as unknown as Record<string, Call>;
    const real = target[name]?.bind(of) as Call;
    return spyOn(target, name).mockImplementation(async (...given) => {
      await wait(name);
      return await real(...given);
    });
  });
  try {
    await work();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return rounds;
}

test("a note's page asks five times one after the other", async () => {
  const note = await ada.createNote("For @Grace");
  await ada.share(note, emailOf("Grace"), "read");
  const client = await connectLive(suite.url, { cookie: ada.cookie });
  await client.open(note);
  const rounds = await roundsOf(() => ada.get(`/notes/${note}`));
  client.close();
  expect(rounds.map((names) => names.toSorted())).toEqual([
    ["validate"],
    ["attempt", "unread"],
    ["ask"],
    ["audience", "isWatching", "presentIn", "summary"],
    ["people"],
  ]);
});
