import { expect, test } from "bun:test";
import { join } from "node:path";
import { temporaryFolder } from "../tests/support/temporary_folder.ts";
import { waitFor } from "../tests/support/wait_for.ts";
import { freePort } from "./cluster/free_port.ts";

const PROGRAM = join(import.meta.dir, "cluster.ts");

/** The program, and what it has said so far; it does not outlive its test. */
function runProgram(...words: string[]) {
  const child = Bun.spawn([process.execPath, PROGRAM, ...words], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const program = { child, output: "", [Symbol.dispose]: () => child.kill("SIGKILL") };
  for (const stream of [child.stdout, child.stderr]) {
    void (async () => {
      for await (const chunk of stream) program.output += Buffer.from(chunk).toString();
    })();
  }
  return program;
}

test("the program starts a cluster, says where it is, and stops it at Ctrl+C", async () => {
  using folder = temporaryFolder();
  const port = freePort();
  const words = ["--nodes", "1", "--port", String(port), "--dir", folder.path];
  using program = runProgram(...words);
  await waitFor(() => /Ctrl\+C/.test(program.output) || program.child.exitCode !== null, {
    ...{ deadlineMs: 30_000, what: "the cluster to start" },
  });
  expect(program.output).toContain(`runs on 1 nodes at http://localhost:${port}`);
  expect(program.output).toContain(`First account: http://localhost:${port}/signup?setup=`);
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
  program.child.kill("SIGINT");
  expect(await program.child.exited).toBe(0);
  const log = await Bun.file(join(folder.path, "postgres", "postgres.log")).text();
  expect(log.trimEnd()).toEndWith("database system is shut down");
});

test("the program says in one line which port is taken, and starts nothing", async () => {
  using folder = temporaryFolder();
  using other = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  using program = runProgram("--port", String(other.port), "--dir", join(folder.path, "none"));
  expect(await program.child.exited).toBe(1);
  await waitFor(() => program.output.includes(`${other.port}`));
  expect(await Bun.file(join(folder.path, "none", "postgres", "postgres.log")).exists()).toBe(
    false,
  );
});

test("the program refuses options that make no sense", async () => {
  using program = runProgram("--nodes", "many");
  expect(await program.child.exited).toBe(1);
  await waitFor(() =>
    program.output.includes('Cannot read --nodes: wanted 1 to 9, received "many"'),
  );
});
