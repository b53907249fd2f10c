/** Gives the terminal to another program: its output, its signals, its exit code. */

import { spawn } from "node:child_process";
import { constants } from "node:os";
import { root } from "./_install.mjs";

/**
 * Runs a program in place of this one. What a process manager sends to this process reaches the
 * program; Ctrl+C in a terminal already does, so it is not sent twice.
 */
export function handOver(command, commandArguments) {
  const child = spawn(command, commandArguments, { cwd: root, stdio: "inherit" });
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  process.on("SIGINT", () => {
    if (!process.stdin.isTTY) child.kill("SIGINT");
  });
  child.on("error", (error) => {
    console.error(`Cannot run Bun: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => {
    process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
  });
}
