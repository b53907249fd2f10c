/** Processes that the bench starts, and that all end with it. */

import { readFileSync } from "node:fs";

/** A process that is asked something on its standard input and answers with JSON. */
export async function askChild<Answer>(
  command: readonly string[],
  question: unknown,
  { deadlineMs }: { deadlineMs: number },
): Promise<Answer> {
  const child = Bun.spawn([...command], {
    stdin: new Blob([typeof question === "string" ? question : JSON.stringify(question)]),
    stdout: "pipe",
    stderr: "inherit",
  });
  running.add(child);
  const timer = setTimeout(() => child.kill("SIGKILL"), deadlineMs);
  try {
    const text = await new Response(child.stdout).text();
    const code = await child.exited;
    if (code !== 0) throw new Error(`Cannot go on: "${command.join(" ")}" ended with ${code}`);
    return (text === "" ? undefined : JSON.parse(text)) as Answer;
  } finally {
    clearTimeout(timer);
    running.delete(child);
  }
}

/** A server, or anybody else who stays until told to go. */
export interface Stayer {
  pid: number;
  stop(): Promise<void>;
}

const running = new Set<Bun.Subprocess>();
const STOP_MS_MAX = 15_000;

/** Starts a process that stays; what it says goes to a file. */
export function startStayer(
  command: readonly string[],
  { environment, logPath }: { environment: Record<string, string>; logPath: string },
): Stayer {
  const child = Bun.spawn([...command], {
    env: { ...process.env, ...environment },
    stdin: "ignore",
    stdout: Bun.file(logPath),
    stderr: Bun.file(logPath),
  });
  running.add(child);
  return { pid: child.pid, stop: () => stopChild(child) };
}

/** Ends a process politely, or after a while by force. */
export async function stopChild(child: Bun.Subprocess): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
  await child.exited;
  clearTimeout(timer);
  running.delete(child);
}

/** Ends every process that is still there. */
export function killAllChildren(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** Remembers a process that was started elsewhere, so that it ends with the others. */
export function adoptChild(child: Bun.Subprocess): void {
  running.add(child);
}

/** Waits until something listens on a port of this machine, for as long as the process lives. */
export async function waitForPort(port: number, pid: number, deadlineMs: number): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await isListening(port))) {
    if (performance.now() > deadline || !isAlive(pid)) {
      throw new Error(`Cannot start server: expected it to listen on port ${port}`);
    }
    await Bun.sleep(50);
  }
}

async function isListening(port: number): Promise<boolean> {
  try {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
    socket.end();
    return true;
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** A port that nothing listens on at this moment. */
export function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}
