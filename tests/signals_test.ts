/** Signals as they really come: more than one, to more than one process of the same group. */

import { expect, test } from "bun:test";
import { connectLive } from "./support/live_client.ts";
import { spawnSuite } from "./support/suite.ts";
import { signUp } from "./support/visitor.ts";
import { waitFor } from "./support/wait_for.ts";

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

test.each(SIGNALS)(
  "a server that leaves is not stopped by hearing %s again",
  async (signal) => {
    await using suite = await spawnSuite();
    const ada = await signUp(suite.setupLink, "Ada");
    const id = await ada.createNote("kept");
    const client = await connectLive(suite.url, { cookie: ada.cookie });
    await (await client.open(id)).type(" safe");
    const told = setInterval(() => process.kill(suite.pid, signal), 1);
    void suite.exited.then(() => clearInterval(told));
    expect(await suite.exited).toBe(0);
    expect(await waitFor(() => client.closed)).toMatchObject({ code: 1012 });
  },
  60_000,
);

test.each(SIGNALS)(
  "npm start ends cleanly when its whole group hears %s, as from systemd or a terminal",
  async (signal) => {
    const command = ["node", "scripts/start.mjs"];
    await using suite = await spawnSuite({ command });
    const client = await connectLive(suite.url, {
      cookie: (await signUp(suite.setupLink, "Ada")).cookie,
    });
    process.kill(-suite.pid, signal);
    expect(await suite.exited).toBe(0);
    // The server itself had the time to say so to everybody.
    expect(await waitFor(() => client.closed)).toMatchObject({ code: 1012 });
    expect(suite.output).not.toContain("error");
  },
  60_000,
);
