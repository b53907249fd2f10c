/** Programs that their parent calls like an object, over the channel between the two processes. */

import { join } from "node:path";
import { adoptChild, stopChild } from "../children.ts";

/** Functions that take at most one argument; all of it travels as JSON. */
// What they take is known to who declares them.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Calls = Record<string, (argument: any) => Promise<unknown>>;

interface Call {
  number: number;
  name: string;
  argument: unknown;
}

interface Answer {
  number: number;
  answer?: unknown;
  error?: string;
}

/** A program that runs and can be called. */
export interface Called<Its> extends AsyncDisposable {
  readonly pid: number;
  call<Name extends keyof Its & string>(
    name: Name,
    ...argument: Its[Name] extends (...all: infer All) => unknown ? All : never
  ): Its[Name] extends (...all: never[]) => infer Result ? Result : never;
}

/** Starts a program of this folder; `options` are given to it. `runtime` is what runs it, Bun by default. */
export function startCalled<Its>(
  program: string,
  options: unknown = {},
  { runtime }: { runtime?: readonly string[] } = {},
): Called<Its> {
  const waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  const file = join(import.meta.dir, program);
  const command = [...(runtime ?? [process.execPath]), file, JSON.stringify(options)];
  const child = Bun.spawn(command, {
    // Only Bun understands what Bun would say by itself.
    serialization: runtime === undefined ? "advanced" : "json",
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
    ipc({ number, answer, error }: Answer) {
      const caller = waiting.get(number);
      waiting.delete(number);
      if (error === undefined) caller?.resolve(answer);
      else caller?.reject(new Error(`Cannot go on with "${program}": ${error}`));
    },
    onExit(_, code) {
      const error = new Error(`Cannot go on: "${program}" ended with ${code}`);
      for (const { reject } of waiting.values()) reject(error);
    },
  });
  adoptChild(child);
  let calls = 0;
  return {
    pid: child.pid,
    call(name, ...[argument]) {
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      const number = ++calls;
      waiting.set(number, { resolve, reject });
      child.send({ number, name, argument } satisfies Call);
      return promise as never;
    },
    [Symbol.asyncDispose]: () => stopChild(child),
  };
}

/** Answers the parent's calls until it goes; what opening takes is given by the parent. */
export function serveCalls<Options>(open: (options: Options) => Promise<Calls>): void {
  const opening = open(JSON.parse(process.argv[2] ?? "{}"));
  process.on("message", async ({ number, name, argument }: Call) => {
    try {
      const answer = await (await opening)[name]?.(argument);
      process.send?.({ number, answer });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      process.send?.({ number, error: message });
    }
  });
  process.on("disconnect", () => process.exit(0));
  process.on("SIGTERM", () => process.exit(0));
}
