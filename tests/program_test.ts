/** The program as an operator runs it: its commands, its first start, and its polite end. */

import { afterEach, beforeEach, expect, spyOn, test } from "bun:test";
import { main } from "../server.ts";
import { connectLive } from "./support/live_client.ts";
import { spawnSuite } from "./support/suite.ts";
import { temporaryFolder } from "./support/temporary_folder.ts";
import { signUp } from "./support/visitor.ts";
import { waitFor } from "./support/wait_for.ts";

const before = { ...process.env };
let folder: ReturnType<typeof temporaryFolder>;
let printed: string[];
let spies: { mockRestore(): void }[];

beforeEach(() => {
  folder = temporaryFolder();
  Object.assign(process.env, { DATA_DIR: folder.path, PORT: "0", HOST: "127.0.0.1" });
  printed = [];
  const keep = (...words: unknown[]) => {
    printed.push(words.join(" "));
  };
  spies = [
    spyOn(console, "log").mockImplementation(keep),
    spyOn(console, "error").mockImplementation(keep),
  ];
});

afterEach(() => {
  for (const spy of spies) spy.mockRestore();
  for (const name of ["DATA_DIR", "PORT", "HOST"]) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
  folder[Symbol.dispose]();
});

test("a command that does not exist says which do", async () => {
  expect(await main(["dance"])).toBe(2);
  expect(await main(["help"])).toBe(0);
  expect(printed.join("\n")).toContain("suite user create");
});

test("accounts are made on the command line, without a server", async () => {
  const create = ["user", "create", "--email", "ada@harbor.example", "--name", "Ada"];
  expect(await main(create)).toBe(0);
  expect(await main(create)).not.toBe(0);
  printed.length = 0;
  expect(await main(["user", "list"])).toBe(0);
  expect(printed.join("\n")).toContain("ada@harbor.example");
});

test("the server says where it is and how to begin, and leaves when it is told", async () => {
  const running = main([]);
  await waitFor(() => printed.some((line) => line.includes("/signup?setup=")));
  expect(printed[0]).toMatch(/^MVP Suite is at http:\/\/127\.0\.0\.1:\d+\//);
  process.emit("SIGTERM");
  expect(await running).toBe(0);
});

test("on SIGTERM sockets are told to come back, everything is kept, and the process ends", async () => {
  await using suite = await spawnSuite();
  const ada = await signUp(suite.setupLink, "Ada");
  const id = await ada.createNote("kept");
  const client = await connectLive(suite.url, { cookie: ada.cookie });
  const note = await client.open(id);
  await note.type(" safe");
  expect(await suite.kill("SIGTERM")).toBe(0);
  expect(await waitFor(() => client.closed)).toMatchObject({ code: 1012 });
  await suite.restart();
  await client.connect();
  await note.type("!");
  expect((await ada.get(`/notes/${id}`)).text).toContain("kept safe!");
  // The list was projected before the end, so it is right at once.
  expect((await ada.get("/notes")).text).toContain("kept safe");
  client.close();
}, 60_000);
