/** The server is killed while people type: nothing that was acknowledged is lost, and all agree. */

import { expect, test } from "bun:test";
import { connectLive, type LiveClient, type LiveNote } from "./support/live_client.ts";
import { seeded, testSeed } from "./support/seed.ts";
import { spawnSuite } from "./support/suite.ts";
import { signUp } from "./support/visitor.ts";
import { waitFor } from "./support/wait_for.ts";

const KILLS = Number(process.env.CRASH_KILLS ?? 8);
const EDITORS = 4;

/** Somebody who types words nobody else does, and writes down which were acknowledged. */
class Typist {
  readonly acknowledged: { word: string; version: number }[] = [];
  readonly #client: LiveClient;
  readonly #name: string;
  #words = 0;
  #isTyping = true;
  note: LiveNote | undefined;

  constructor(client: LiveClient, name: string) {
    this.#client = client;
    this.#name = name;
  }

  /** Types word after word, each once the last is safe; comes back whenever the line breaks. */
  async run(id: string, random: () => number): Promise<void> {
    const note = await this.#client.open(id);
    this.note = note;
    void this.#stayConnected();
    while (this.#isTyping) {
      const word = `${this.#name}${this.#words++} `;
      const spaces = [...note.text.matchAll(/ /g)].map(({ index }) => index + 1);
      const position = spaces[Math.floor(random() * spaces.length)] ?? 0;
      const version = await note.type(word, position);
      this.acknowledged.push({ word, version });
    }
  }

  stop(): void {
    this.#isTyping = false;
  }

  async #stayConnected(): Promise<void> {
    while (this.#isTyping || !this.note?.isSaved) {
      await waitFor(() => this.#client.closed || (!this.#isTyping && this.note?.isSaved), {
        deadlineMs: 60_000,
        what: "the line to break or everything to be saved",
      });
      // While the server is away there is nobody to connect to: that is asked again.
      if (this.#client.closed) await this.#client.connect().catch(() => {});
    }
  }
}

test(`after ${KILLS} kills every acknowledged edit is there, in order, and all agree`, async () => {
  const random = seeded(testSeed());
  await using suite = await spawnSuite();
  const ada = await signUp(suite.setupLink, "Ada");
  const id = await ada.createNote("start ");
  const typists: Typist[] = [];
  for (let i = 0; i < EDITORS; i++) {
    const client = await connectLive(suite.url, { cookie: ada.cookie });
    typists.push(new Typist(client, "abcdefgh"[i] ?? "x"));
  }
  const running = typists.map((typist) => typist.run(id, random));
  const count = () => typists.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0);

  for (let kill = 0; kill < KILLS; kill++) {
    const enough = count() + 1 + Math.floor(random() * 40);
    await waitFor(() => count() >= enough, { deadlineMs: 30_000, what: "some edits to be saved" });
    await suite.kill("SIGKILL");
    const before = typists.flatMap(({ acknowledged }) => acknowledged);
    const { text, version: reached = -1 } = await restartAndRead(suite, ada.cookie, id);
    for (const { word, version } of before) {
      expect(version).toBeLessThanOrEqual(reached);
      expect(text.split(word)).toHaveLength(2);
    }
  }
  for (const typist of typists) typist.stop();
  await Promise.all(running);

  const reader = await connectLive(suite.url, { cookie: ada.cookie });
  const fresh = await reader.open(id, "read");
  await waitFor(() => typists.every(({ note }) => note?.version === fresh.version), {
    what: "everybody to have the last version",
  });
  for (const { note } of typists) expect(note?.text).toBe(fresh.text);
  expectOrder(typists);
  expect(count()).toBeGreaterThan(KILLS);
}, 180_000);

/** The note after a restart, asked by somebody who just came; others may type on already. */
async function restartAndRead(
  suite: { restart(): Promise<void>; url: URL },
  cookie: string,
  id: string,
): Promise<LiveNote> {
  await suite.restart();
  const reader = await connectLive(suite.url, { cookie });
  const note = await reader.open(id, "read");
  reader.close();
  return note;
}

/** Versions were given out once each, and everybody saw the same edits under the same numbers. */
function expectOrder(typists: readonly Typist[]): void {
  const versions = typists.flatMap(({ acknowledged }) =>
    acknowledged.map(({ version }) => version),
  );
  expect(new Set(versions).size).toBe(versions.length);
  const [first, ...others] = typists.map(({ note }) => note?.history ?? []);
  const shortest = Math.min(first?.length ?? 0, ...others.map((history) => history.length));
  for (const history of others)
    expect(history.slice(-shortest)).toEqual(first?.slice(-shortest) ?? []);
}
