/** A real SMTP server on this machine that keeps what it got, and can be away. */

import type { AddressInfo } from "node:net";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

/** A mail that came in. */
export interface ReceivedMail {
  from: string;
  to: string[];
  mail: ParsedMail;
  /** As it went over the line. */
  raw: string;
}

/** The server. */
export class SmtpEndpoint implements AsyncDisposable {
  readonly received: ReceivedMail[] = [];
  /** Connections there ever were. */
  connections = 0;
  /** What the server says to a recipient instead of taking the mail, such as `550 No such person`. */
  refusal: { code: number; text: string } | undefined;
  #server: SMTPServer | undefined;
  #port = 0;

  /** Starts a server. */
  static async start(): Promise<SmtpEndpoint> {
    const endpoint = new SmtpEndpoint();
    await endpoint.comeBack();
    return endpoint;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.#port}`;
  }

  /** Listens at the same port as before. */
  async comeBack(): Promise<void> {
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ["STARTTLS"],
      logger: false,
      onConnect: (_session, callback) => {
        this.connections++;
        callback();
      },
      onRcptTo: (_address, _session, callback) => callback(this.#refusalError()),
      onData: (stream, session, callback) => {
        void this.#keep(stream, session.envelope).then(() => callback(), callback);
      },
    });
    server.on("error", () => {});
    this.#server = server;
    await new Promise<void>((resolve) => {
      server.listen(this.#port, "127.0.0.1", resolve);
    });
    this.#port = (server.server.address() as AddressInfo).port;
  }

  /** Nothing listens anymore; whoever was connected is not. */
  async goAway(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    for (const connection of server.connections) connection.close();
    await new Promise<void>((resolve) => server.close(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.goAway();
  }

  #refusalError(): Error | undefined {
    if (!this.refusal) return undefined;
    const { code, text } = this.refusal;
    return Object.assign(new Error(text), { responseCode: code });
  }

  async #keep(
    stream: AsyncIterable<unknown>,
    envelope: { mailFrom: false | { address: string }; rcptTo: { address: string }[] },
  ): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks);
    this.received.push({
      from: envelope.mailFrom === false ? "" : envelope.mailFrom.address,
      to: envelope.rcptTo.map(({ address }) => address),
      mail: await simpleParser(raw),
      raw: raw.toString(),
    });
  }
}
