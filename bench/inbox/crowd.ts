/**
 * Many people with one page each, in a process of their own: they keep their sockets open and write down
 * when which notification came. The same plain sockets for every server, so that what differs is the
 * server; of what comes only the two numbers are read that say which notification it is.
 */

import { serveCalls } from "../cluster/calls.ts";
import { connectSuite } from "../suite_editor.ts";
import { sharedNow } from "./shared_clock.ts";

/** Which way to talk to the server. */
export type Protocol = "suite" | "socketio";

/** Some people. */
export interface CrowdPlan {
  protocol: Protocol;
  port: number;
  /** The number of the first of them. */
  first: number;
  people: string[];
  /** The sessions of the suite's people. */
  sessions: string[];
}

/** What came, in order. */
export interface Arrivals {
  people: number[];
  /** How many notifications of this person it stands for, from the first on. */
  unread: number[];
  /** By the shared clock. */
  at: number[];
}

/** What a crowd can be told to do. */
export type CrowdCalls = {
  /** Resolves when everybody is connected and greeted. */
  connect(plan: CrowdPlan): Promise<void>;
  /** What came since the last time. */
  take(): Promise<Arrivals>;
  /** How many sockets were closed on them. */
  closed(): Promise<number>;
};

const AT_ONCE = 50;
const COUNT = /data-unread=\\?"(\d+)/;

class Crowd {
  arrivals: Arrivals = { people: [], unread: [], at: [] };
  closed = 0;
  readonly #plan: CrowdPlan;
  readonly #unread: number[] = [];
  readonly #sockets: WebSocket[] = [];

  constructor(plan: CrowdPlan) {
    this.#plan = plan;
  }

  async connect(): Promise<void> {
    const { people } = this.#plan;
    for (let i = 0; i < people.length; i += AT_ONCE) {
      const some = people.slice(i, i + AT_ONCE).map((_, offset) => this.#open(i + offset));
      await Promise.all(some);
    }
  }

  #open(index: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const { protocol, port, sessions } = this.#plan;
    const socket =
      protocol === "suite"
        ? connectSuite(port, sessions[index])
        : new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`);
    this.#sockets.push(socket);
    socket.onclose = ({ code }) => {
      this.closed++;
      reject(new Error(`the socket closed with ${code}`));
    };
    socket.onmessage = ({ data }) => {
      const text = String(data);
      if (protocol === "socketio" && this.#talk(index, { socket, text, resolve })) return;
      if (this.#receive(index, text)) resolve();
    };
    return promise;
  }

  /** Engine.IO 4 and Socket.IO 5: whether it was about the connection. */
  #talk(index: number, given: { socket: WebSocket; text: string; resolve: () => void }): boolean {
    const { socket, text, resolve } = given;
    if (text.startsWith("42")) return false;
    if (text === "2") socket.send("3");
    else if (text.startsWith("0")) {
      socket.send(`40${JSON.stringify({ person: this.#plan.people[index] })}`);
    } else if (text.startsWith("40")) resolve();
    return true;
  }

  /** Whether it was a count. What a person sees last of a notification is the toast. */
  #receive(index: number, text: string): boolean {
    const count = COUNT.exec(text)?.[1];
    if (count !== undefined) {
      this.#unread[index] = Number(count);
      return true;
    }
    if (text.includes("data-island")) {
      this.arrivals.people.push(this.#plan.first + index);
      this.arrivals.unread.push(this.#unread[index] ?? 0);
      this.arrivals.at.push(sharedNow());
    }
    return false;
  }
}

async function openCrowd(): Promise<CrowdCalls> {
  let crowd: Crowd | undefined;
  return {
    connect(plan) {
      crowd = new Crowd(plan);
      return crowd.connect();
    },
    async take() {
      const none: Arrivals = { people: [], unread: [], at: [] };
      const taken = crowd?.arrivals ?? none;
      if (crowd) crowd.arrivals = none;
      return taken;
    },
    closed: async () => crowd?.closed ?? 0,
  };
}

if (import.meta.main) serveCalls(openCrowd);
