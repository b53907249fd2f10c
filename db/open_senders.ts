/** What takes messages out of the suite: to devices always, by e-mail where an SMTP server is set. */

import type { AccountStore, Log, Mailer, PushSender } from "../actors/mod.ts";
import { SmtpMailer } from "./mail/smtp_mailer.ts";
import { openVapidKeys, WebPushSender } from "./push/web_push_sender.ts";

/** The ways out. */
export interface Senders {
  push: PushSender;
  /** Undefined where no e-mail is sent. */
  mailer: Mailer | undefined;
  /** Lets go of connections. */
  close(): void;
}

/** What they need. */
export interface SenderOptions {
  accounts: Pick<AccountStore, "initSetting">;
  mail: { smtpUrl: string; from: string } | undefined;
  pushToPrivateNetworks: boolean;
  /** Asked when something is sent: a port may be known only then. */
  publicUrl(): URL;
  log: Log;
}

/** Opens the ways out; nothing is connected before something is sent. */
export async function openSenders(options: SenderOptions): Promise<Senders> {
  const { accounts, mail, log } = options;
  const push = new WebPushSender({
    keys: await openVapidKeys(accounts),
    subject: () => subjectOf(options),
    toPrivateNetworks: options.pushToPrivateNetworks,
    log,
  });
  const mailer = mail === undefined ? undefined : new SmtpMailer({ ...mail, log });
  return { push, mailer, close: () => mailer?.close() };
}

/** Where a push service may complain about us (RFC 8292, section 2.1). */
function subjectOf({ mail, publicUrl }: Pick<SenderOptions, "mail" | "publicUrl">): string {
  const address = /([^\s<>]+@[^\s<>]+?)>?\s*$/.exec(mail?.from ?? "")?.[1];
  if (address !== undefined) return `mailto:${address}`;
  const { protocol, href } = publicUrl();
  return protocol === "https:" ? href : "mailto:suite@localhost";
}
