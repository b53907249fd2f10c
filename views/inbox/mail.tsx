/**
 * What e-mails say. Plain: programs that show mail keep little of a style sheet, and colors that are not
 * set follow whoever reads in the dark. Each mail has the same words as text.
 */

import type { Child } from "hono/jsx";
import type { InboxEntry, Notification } from "../../actors/mod.ts";
import { formatFull, type Reader } from "../parts/times.ts";
import { notificationText, notificationTitle, reasonTexts } from "./words.tsx";

/** A mail, before anybody is addressed. */
export interface MailContent {
  subject: string;
  text: string;
  html: string;
}

/** Where a mail leads: whole addresses. */
export interface MailLinks {
  /** The suite; paths are added to it. */
  origin: string;
  unsubscribe: string;
}

/** One line of a daily mail: a thing, and the newest of what happened to it. */
export interface DigestLine {
  told: Pick<Notification, "kind" | "title" | "byName" | "at">;
  path: string;
  /** How many things happened to it. */
  items: number;
}

/** The mail about one thing that happened. */
export function notificationMail(
  told: Pick<Notification, "kind" | "reason" | "byName" | "at"> &
    Pick<InboxEntry, "title" | "path">,
  options: { links: MailLinks; reader: Reader },
): MailContent {
  const { links, reader } = options;
  const sentence = notificationText(told);
  const time = formatFull(told.at, reader);
  const url = links.origin + told.path;
  const reason = reasonTexts[told.reason];
  const text = [sentence, time, "", url, "", "-- ", reason, endText(links)].join("\n");
  const html = render(
    <MailPage subject={sentence} reason={reason} links={links}>
      <p style="margin:0 0 4px;font-size:17px" dir="auto">
        {sentence}
      </p>
      <p style="margin:0 0 20px;opacity:.7">{time}</p>
      <p style="margin:0 0 28px">
        <a href={url} style={BUTTON}>
          Open “{notificationTitle(told)}”
        </a>
      </p>
    </MailPage>,
  );
  return { subject: sentence, text, html };
}

/** The mail of a day. */
export function digestMail(
  lines: readonly DigestLine[],
  options: { links: MailLinks; reader: Reader; more: number },
): MailContent {
  const { links, reader, more } = options;
  const count = lines.length + more;
  const subject = count === 1 ? "What happened: one thing" : `What happened: ${count} things`;
  const reason = "You are told once a day, as you chose.";
  const rest = more === 0 ? undefined : `and ${more} more in your inbox`;
  const text = [
    ...lines.flatMap((line) => [
      lineText(line),
      formatFull(line.told.at, reader),
      links.origin + line.path,
      "",
    ]),
    ...(rest ? [`${rest}: ${links.origin}/inbox`, ""] : []),
    ...["-- ", reason, endText(links)],
  ].join("\n");
  const html = render(
    <MailPage subject={subject} reason={reason} links={links}>
      <ul style="margin:0 0 28px;padding:0;list-style:none">
        {lines.map((line) => (
          <li style="margin:0 0 16px" dir="auto">
            <a href={links.origin + line.path} style="font-size:17px">
              {lineText(line)}
            </a>
            <br />
            <span style="opacity:.7">{formatFull(line.told.at, reader)}</span>
          </li>
        ))}
        {rest && (
          <li>
            <a href={`${links.origin}/inbox`}>{rest}</a>
          </li>
        )}
      </ul>
    </MailPage>,
  );
  return { subject, text, html };
}

function lineText({ told, items }: DigestLine): string {
  const text = notificationText(told);
  return items > 1 ? `${text}, and ${items - 1} more` : text;
}

function endText({ unsubscribe, origin }: MailLinks): string {
  return `No more of these: ${unsubscribe}\nChoose how you are told: ${origin}/settings/notifications`;
}

const BUTTON =
  "display:inline-block;padding:10px 16px;border-radius:6px;background:#3b5bdb;color:#ffffff;text-decoration:none";
const FONT = "font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif";

function MailPage(props: { subject: string; reason: string; links: MailLinks; children?: Child }) {
  const { links } = props;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <title>{props.subject}</title>
      </head>
      <body style={`margin:0;padding:24px 16px;${FONT}`}>
        <div style="max-width:560px;margin:0 auto">
          {props.children}
          <p style="margin:0;font-size:13px;opacity:.7">
            {props.reason} <a href={links.unsubscribe}>No more of these</a> ·{" "}
            <a href={`${links.origin}/settings/notifications`}>Choose how you are told</a>
          </p>
        </div>
      </body>
    </html>
  );
}

/** Nothing in a mail waits for anything. */
function render(page: ReturnType<typeof MailPage>): string {
  return `<!DOCTYPE html>${page.toString()}`;
}
