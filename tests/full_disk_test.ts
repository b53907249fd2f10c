/** A disk that is really full: writes say so, reading goes on, and nothing typed is lost. */

import { afterAll, expect, test } from "bun:test";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connectLive } from "./support/live_client.ts";
import { spawnSuite } from "./support/suite.ts";
import { temporaryFolder } from "./support/temporary_folder.ts";
import { signUp } from "./support/visitor.ts";
import { waitFor } from "./support/wait_for.ts";

const DISK_BYTES = 16_000_000;

/** A small disk in memory; undefined where one may not be mounted. */
function mountSmallDisk(path: string): { unmount(): void } | undefined {
  const options = ["-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "tmpfs", path];
  if (Bun.which("mount") === null || Bun.spawnSync(["mount", ...options]).exitCode !== 0)
    return undefined;
  return {
    unmount() {
      Bun.spawnSync(["umount", "-l", path]);
    },
  };
}

const probe = temporaryFolder();
const mounted = mountSmallDisk(probe.path);
mounted?.unmount();

afterAll(() => probe[Symbol.dispose]());

test.if(mounted !== undefined)(
  "a full disk refuses writes in words, reads on, and heals",
  async () => {
    const disk = mountSmallDisk(probe.path);
    try {
      await using suite = await spawnSuite({ dataDir: join(probe.path, "data") });
      const ada = await signUp(suite.setupLink, "Ada");
      const id = await ada.createNote("safe");
      const client = await connectLive(suite.url, { cookie: ada.cookie });
      const note = await client.open(id);
      await note.type(" and sound");

      const ballast = fill(probe.path);
      const typed = note.type("x".repeat(300_000));
      const refused = await waitFor(() => client.frames.find(({ t }) => t === "error"));
      expect(refused).toMatchObject({ code: "store_full" });
      const form = await ada.post("/notes", { text: "y".repeat(300_000) });
      expect(form.status).toBe(507);
      expect(form.text).toContain("disk is full");
      expect((await ada.get(`/notes/${id}`)).text).toContain("safe and sound");
      // It is told, also while a little would fit.
      expect(await healthOf(suite.url)).toMatchObject({ status: 200, document: "full" });
      const told = await waitFor(() => client.frames.find(({ t }) => t === "trouble"));
      expect(told.text).toContain("disk is full");

      for (const path of ballast) rmSync(path);
      await typed;
      expect((await ada.get(`/notes/${id}`)).text).toContain("safe and soundxxx");
      await waitFor(async () => (await healthOf(suite.url)).document === "ok");
      const over = () => client.frames.filter(({ t }) => t === "trouble").at(-1)?.text === null;
      await waitFor(over);
      client.close();
    } finally {
      disk?.unmount();
    }
  },
  90_000,
);

async function healthOf(url: URL): Promise<{ status: number; document: string }> {
  const answer = await fetch(new URL("/readyz", url));
  return { status: answer.status, document: (await answer.json()).parts.document };
}

/** Writes until nothing fits anymore. */
function fill(folder: string): string[] {
  const block = new Uint8Array(64_000);
  for (let i = 0; ; i++) {
    try {
      writeFileSync(join(folder, `ballast-${i}`), block);
    } catch {
      return readdirSync(folder)
        .filter((name) => name.startsWith("ballast-"))
        .map((name) => join(folder, name));
    }
  }
}
