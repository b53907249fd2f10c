/**
 * Hands e-mail to an SMTP server, over a few connections that are kept, behind a circuit breaker: while
 * the server is away nobody waits for it, and whoever wanted to send hears that at once.
 */

import { createHash } from "node:crypto";
import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  circuitBreaker,
  handleType,
} from "cockatiel";
import { createTransport, type Transporter } from "nodemailer";
import { type Log, limits, type Mail, type Mailer, type SendResult } from "../../actors/mod.ts";

/** Where e-mail goes. */
export interface SmtpOptions {
  /** `smtp://` or `smtps://`; a query says what `nodemailer` is to do otherwise. */
  smtpUrl: string;
  /** Such as `MVP Suite <suite@example.org>`. */
  from: string;
  log: Log;
  breakMs?: number;
  answerMs?: number;
}

/** An address as we let it stand in an envelope; forms let more pass than servers understand. */
const ADDRESS = /^[^\s@<>()[\]\\,;:"\p{C}]+@[^\s@<>()[\]\\,;"\p{C}]+$/u;

/** What an error of `nodemailer` tells. */
type SmtpError = Error & {
  code?: string;
  command?: string;
  response?: string;
  responseCode?: number;
};

/** Sends by one SMTP server. */
export class SmtpMailer implements Mailer {
  readonly #transport: Transporter;
  readonly #from: string;
  readonly #domain: string;
  readonly #breakMs: number;
  readonly #breaker: CircuitBreakerPolicy;

  constructor(options: SmtpOptions) {
    const { log, from, breakMs = limits.mailBreakMs } = options;
    this.#transport = createTransport({
      url: options.smtpUrl,
      pool: true,
      maxConnections: limits.mailConnectionsMax,
      // What a connection could not send is tried again by us, who keep account of it.
      maxRequeues: 0,
      // A password does not cross a network in the clear.
      requireTLS: hasPassword(options.smtpUrl),
      dnsTimeout: limits.mailConnectMsMax,
      connectionTimeout: limits.mailConnectMsMax,
      greetingTimeout: options.answerMs ?? limits.mailAnswerMsMax,
      socketTimeout: options.answerMs ?? limits.mailAnswerMsMax,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    // An idle connection was lost: the pool makes another.
    this.#transport.on("error", () => {});
    this.#from = from;
    this.#domain = domainOf(from);
    this.#breakMs = breakMs;
    this.#breaker = circuitBreaker(handleType(ServerFault), {
      halfOpenAfter: breakMs,
      breaker: new ConsecutiveBreaker(limits.mailFailuresMax),
    });
    this.#breaker.onBreak(() => log.warn("the SMTP server does not work"));
    this.#breaker.onReset(() => log.info("the SMTP server works again"));
  }

  async send(mail: Mail): Promise<SendResult> {
    if (!ADDRESS.test(mail.to.email)) {
      return { state: "refused", answer: "this is no address that mail can be sent to" };
    }
    try {
      return await this.#breaker.execute(async () => {
        try {
          const { response } = await this.#transport.sendMail(this.#message(mail));
          return { state: "sent" as const, answer: oneLine(response ?? "") };
        } catch (error) {
          const result = resultOf(error as SmtpError);
          if (isFault(error as SmtpError)) throw new ServerFault(result);
          return result;
        }
      });
    } catch (error) {
      if (error instanceof ServerFault) return error.result;
      const isOpen = error instanceof BrokenCircuitError;
      const answer = isOpen
        ? "the SMTP server does not work at the moment"
        : "something unexpected happened";
      return { state: "failed", answer, retryAfterMs: isOpen ? this.#breakMs : undefined };
    }
  }

  /** Closes the connections; what is being sent is finished. */
  close(): void {
    this.#transport.close();
  }

  #message(mail: Mail) {
    const email = mail.to.email;
    const thread = mail.threadId === undefined ? undefined : this.#idOf("thread", mail.threadId);
    return {
      from: this.#from,
      to: { name: oneLine(mail.to.name), address: email },
      subject: oneLine(mail.subject),
      text: mail.text,
      html: mail.html,
      messageId: this.#idOf("mail", mail.id),
      // Nothing was ever sent with the thread's own id; mail programs group by it all the same.
      ...(thread ? { inReplyTo: thread, references: thread } : {}),
      headers: {
        "List-Unsubscribe": `<${new URL(mail.unsubscribeUrl).href}>`,
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        // Nobody's absence has to be told to us (RFC 3834).
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
      },
      signal: AbortSignal.timeout(limits.mailMsMax),
    };
  }

  /** The same for the same thing, and nothing about it can be read from it. */
  #idOf(kind: "mail" | "thread", id: string): string {
    const hash = createHash("sha256").update(`${kind}:${id}`).digest("hex").slice(0, 32);
    return `<${kind}.${hash}@${this.#domain}>`;
  }
}

/** What the breaker counts: the server is not there, or does not serve. */
class ServerFault extends Error {
  readonly result: SendResult;

  constructor(result: SendResult) {
    super("Cannot reach the SMTP server");
    this.result = result;
  }
}

/** An answer that is about one mail says that the server works. */
function isFault({ code, command, responseCode }: SmtpError): boolean {
  if (code === "EAUTH" || command === "CONN" || responseCode === 421) return true;
  return responseCode === undefined && code !== "EENVELOPE" && code !== "EMESSAGE";
}

function resultOf(error: SmtpError): SendResult {
  const { code, command = "", responseCode = 0, response } = error;
  const answer = response ? oneLine(response) : wordsOf(code);
  const isAboutRecipient = code === "EENVELOPE" && command !== "MAIL FROM";
  const isAboutMail = code === "EMESSAGE" || isAboutRecipient;
  // Our own sender or password being refused is for the operator to mend; the mail waits.
  if (isAboutMail && (responseCode >= 500 || responseCode === 0)) {
    return { state: "refused", answer };
  }
  return { state: "failed", answer, retryAfterMs: undefined };
}

/** Not the words of the library: they may name machines that are nobody's business. */
function wordsOf(code: string | undefined): string {
  switch (code) {
    case "EDNS":
      return "the SMTP server has no address";
    case "ETIMEDOUT":
    case "EABORT":
      return "the SMTP server did not answer in time";
    case "ETLS":
      return "the connection to the SMTP server could not be secured";
    case "EAUTH":
    case "ENOAUTH":
      return "the SMTP server did not accept our password";
    case "EENVELOPE":
      return "this is no address that mail can be sent to";
    default:
      return "the SMTP server could not be reached";
  }
}

/** Text for a header: what would begin another header is a space. */
function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, " ")
    .trim()
    .slice(0, limits.deliveryAnswerUnitsMax);
}

function domainOf(from: string): string {
  return /@([\w.-]+)>?\s*$/.exec(from)?.[1] ?? "localhost";
}

function hasPassword(smtpUrl: string): boolean {
  const { password, hostname } = new URL(smtpUrl);
  return password !== "" && !/^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
