/**
 * A Postgres of one's own, for development and tests: on a free port of this machine alone, in a
 * folder of its own, as durable as a real one. It never touches an instance that already runs.
 */

import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { Child, type SystemUser } from "./_child.ts";
import { freePort } from "./free_port.ts";

const USER = "suite";
const DATABASE = "suite";
const DATABASE_NAME = /^[a-z_][a-z0-9_]{0,62}$/;
const CONNECTIONS_MAX = 200;
/** Where Debian and Homebrew keep the programs of each version, the newest last. */
const VERSION_FOLDERS = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"];
/** A killed instance leaves children that hold its memory for a moment. */
const STILL_HELD = /pre-existing shared memory block/;
const HELD_TRIES_MAX = 50;
const HELD_WAIT_MS = 100;

/** How to start Postgres. */
export interface PostgresOptions {
  /** Holds the data and the log; what is there from an earlier start is kept. */
  dir: string;
  /** A free one unless told. */
  port?: number;
  /** Off only where a test may lose everything at a power cut; a killed server loses nothing either way. */
  fsync?: boolean;
}

/** A Postgres that runs for this process. */
export interface Postgres extends AsyncDisposable {
  /** The address of the database `suite`. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly logPath: string;
  /** Makes one more database, so that many tests share a server; answers with its address. */
  createDatabase(name: string): Promise<string>;
  /** Ends it in order: open connections are closed, everything is written. */
  stop(): Promise<void>;
  /** Sends a signal to the server's first process and waits for its end; "SIGKILL" unless told. */
  kill(signal?: "SIGKILL" | "SIGQUIT" | "SIGINT" | "SIGTERM"): Promise<void>;
  /** Starts it again on the same data and the same port, after stopping it where it runs. */
  restart(): Promise<void>;
}

/** The folder of `initdb` and `postgres`, or undefined where they are not installed. */
export function findPostgres(): string | undefined {
  const versioned = VERSION_FOLDERS.filter((folder) => existsSync(folder)).flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /^(?:postgresql@)?\d+$/.test(name))
      .sort((a, b) => Number(/\d+$/.exec(b)) - Number(/\d+$/.exec(a)))
      .map((name) => join(folder, name, "bin")),
  );
  const inPath = Bun.which("initdb");
  const folders = inPath === null ? versioned : [...versioned, dirname(inPath)];
  return folders.find((folder) => existsSync(join(folder, "initdb")));
}

/** Starts Postgres and waits until it answers. Throws when it is not installed. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const bin = findPostgres();
  if (bin === undefined) {
    throw new Error("Cannot start Postgres: wanted initdb, received none; install postgresql");
  }
  const server = new PostgresServer(bin, options);
  await server.restart();
  return server;
}

class PostgresServer implements Postgres {
  readonly port: number;
  readonly logPath: string;
  readonly #bin: string;
  readonly #dir: string;
  readonly #fsync: boolean;
  readonly #user: SystemUser | undefined;
  #child: Child | undefined;

  constructor(bin: string, options: PostgresOptions) {
    this.#bin = bin;
    this.#dir = resolve(options.dir);
    this.#fsync = options.fsync ?? true;
    this.#user = unprivilegedUser();
    this.port = options.port ?? freePort();
    this.logPath = join(this.#dir, "postgres.log");
  }

  get url(): string {
    return this.#urlOf(DATABASE);
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  async createDatabase(name: string): Promise<string> {
    if (!DATABASE_NAME.test(name)) {
      throw new Error(`Cannot create database: wanted a name in snake case, received "${name}"`);
    }
    await this.#query((sql) => sql.unsafe(`CREATE DATABASE "${name}"`));
    return this.#urlOf(name);
  }

  async stop(): Promise<void> {
    await this.kill("SIGINT");
  }

  async kill(signal: "SIGKILL" | "SIGQUIT" | "SIGINT" | "SIGTERM" = "SIGKILL"): Promise<void> {
    await this.#child?.end(signal);
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.#initialize();
    for (let tries = 1; ; tries += 1) {
      const child = this.#spawn();
      this.#child = child;
      try {
        await child.ready(() => this.#answers());
        break;
      } catch (error) {
        if (tries >= HELD_TRIES_MAX || !STILL_HELD.test(child.output)) throw error;
        await Bun.sleep(HELD_WAIT_MS);
      }
    }
    await this.#query(async (sql) => {
      const found = await sql`SELECT 1 FROM pg_database WHERE datname = ${DATABASE}`;
      if (found.length === 0) await sql.unsafe(`CREATE DATABASE "${DATABASE}"`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #urlOf(database: string): string {
    return `postgres://${USER}@127.0.0.1:${this.port}/${database}`;
  }

  get #data(): string {
    return join(this.#dir, "data");
  }

  /** Makes the data of an empty instance, once; one that was interrupted is begun anew. */
  async #initialize(): Promise<void> {
    if (existsSync(this.#data)) return;
    const made = `${this.#data}.new`;
    rmSync(made, { recursive: true, force: true });
    mkdirSync(made, { recursive: true, mode: 0o700 });
    if (this.#user !== undefined) chownSync(made, this.#user.uid, this.#user.gid);
    const child = new Child({
      ...this.#childOptions(),
      title: "initdb",
      command: [
        ...[join(this.#bin, "initdb"), "-D", made, "-U", USER, "--auth=trust"],
        ...["--encoding=UTF8", "--no-locale", "--wal-segsize=1"],
        ...(this.#fsync ? [] : ["--no-sync"]),
      ],
    });
    const code = await child.exited;
    if (code !== 0) {
      throw new Error(`Cannot start Postgres: initdb ended with ${code}\n${child.output}`);
    }
    renameSync(made, this.#data);
  }

  #spawn(): Child {
    const durable = this.#fsync ? "on" : "off";
    const settings = {
      ...{ listen_addresses: "127.0.0.1", port: this.port, unix_socket_directories: "" },
      ...{ fsync: durable, synchronous_commit: durable, full_page_writes: durable },
      ...{ max_connections: CONNECTIONS_MAX, shared_buffers: "32MB", max_wal_size: "1GB" },
      ...{ wal_level: "minimal", max_wal_senders: 0, jit: "off", timezone: "UTC" },
    };
    return new Child({
      ...this.#childOptions(),
      title: "Postgres",
      command: [
        ...[join(this.#bin, "postgres"), "-D", this.#data],
        ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
      ],
      // An immediate shutdown: the first process ends its own children.
      deathSignal: "SIGQUIT",
    });
  }

  #childOptions() {
    const { logPath } = this;
    if (this.#user === undefined) return { logPath };
    return { logPath, user: this.#user, passesFolders: !openWay(this.#dir), cwd: "/" };
  }

  /** Whether it is this one that answers, and not another at the same port. */
  async #answers(): Promise<boolean> {
    try {
      const [found] = await this.#query(
        (sql) => sql`SELECT pg_read_file('postmaster.pid') AS lock`,
      );
      return Number.parseInt(found.lock, 10) === this.pid;
    } catch {
      return false;
    }
  }

  /** One connection for one task; to the database that every instance has. */
  async #query<Result>(task: (sql: Bun.SQL) => PromiseLike<Result>): Promise<Result> {
    const sql = new Bun.SQL(this.#urlOf("postgres"), { max: 1 });
    try {
      return await task(sql);
    } finally {
      await sql.close();
    }
  }
}

/** Postgres refuses to run as root: there it is its package's user or, without one, nobody. */
function unprivilegedUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const entries = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  for (const name of ["postgres", "nobody"]) {
    const entry = entries.find(([user]) => user === name);
    if (entry) return { uid: Number(entry[2]), gid: Number(entry[3]) };
  }
  throw new Error("Cannot start Postgres as root: wanted a user postgres or nobody, received none");
}

/**
 * Lets other users pass the temporary folders that lead to this one, and answers whether they can
 * pass the whole way: a checkout in root's home is nobody else's to enter.
 */
function openWay(dir: string): boolean {
  let isOpen = true;
  for (let folder = dir; folder !== dirname(folder); folder = dirname(folder)) {
    const { mode } = statSync(folder);
    if ((mode & 0o001) !== 0) continue;
    if (folder.startsWith(`${tmpdir()}/`)) chmodSync(folder, mode | 0o011);
    else isOpen = false;
  }
  return isOpen;
}
