/** A connection on which a test sends bytes as they are, and sees what comes back and when it ends. */

import { waitFor } from "./wait_for.ts";

/** One connection to a server. */
export class RawSocket {
  /** Everything that came. */
  received = "";
  hasEnded = false;
  readonly #socket: Bun.Socket;
  #unsent: Uint8Array[] = [];

  private constructor(socket: Bun.Socket) {
    this.#socket = socket;
  }

  /** Opens one. */
  static async open({ hostname, port }: URL): Promise<RawSocket> {
    let raw: RawSocket | undefined;
    const decoder = new TextDecoder("latin1");
    const end = () => {
      if (raw) raw.hasEnded = true;
    };
    const socket = await Bun.connect({
      hostname,
      port: Number(port),
      socket: {
        data: (_, bytes) => {
          if (raw) raw.received += decoder.decode(bytes);
        },
        drain: () => raw?.flush(),
        end,
        close: end,
        error: end,
      },
    });
    raw = new RawSocket(socket);
    return raw;
  }

  /** Sends text or bytes, as fast as they are taken. */
  send(data: string | Uint8Array): void {
    this.#unsent.push(typeof data === "string" ? new TextEncoder().encode(data) : data);
    this.flush();
  }

  /** The status of the answer, once its head is there. */
  async status(deadlineMs = 10_000): Promise<number> {
    await waitFor(() => this.received.includes("\r\n\r\n"), { deadlineMs });
    return Number(/^HTTP\/1\.1 (\d+)/.exec(this.received)?.[1]);
  }

  /** Waits until the server has ended the connection. */
  async ended(deadlineMs = 10_000): Promise<void> {
    await waitFor(() => this.hasEnded, { deadlineMs });
  }

  close(): void {
    this.#socket.terminate();
  }

  /** Sends on what was not taken before. */
  flush(): void {
    for (let data = this.#unsent[0]; data !== undefined && !this.hasEnded; data = this.#unsent[0]) {
      const sent = Math.max(0, this.#socket.write(data));
      if (sent < data.length) {
        this.#unsent[0] = data.subarray(sent);
        return;
      }
      this.#unsent.shift();
    }
  }
}
