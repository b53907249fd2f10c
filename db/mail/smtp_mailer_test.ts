import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { limits, type Mail } from "../../actors/mod.ts";
import { MemoryLog } from "../../tests/support/memory_log.ts";
import { SmtpEndpoint } from "../../tests/support/smtp_endpoint.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { SmtpMailer } from "./smtp_mailer.ts";

const mail: Mail = {
  id: "delivery:1",
  to: { name: "Ada Lovelace", email: "ada@harbor.example" },
  subject: "Grace shared “Tide tables 🌊” with you",
  text: "Grace shared “Tide tables 🌊” with you\n\nhttps://suite.example/notes/1",
  html: "<p>Grace shared “Tide tables 🌊” with you</p>",
  unsubscribeUrl: "https://suite.example/unsubscribe?token=x.y",
  threadId: "entry:1",
};

let server: SmtpEndpoint;
let log: MemoryLog;
let mailer: SmtpMailer;

const open = (options: { smtpUrl?: string; breakMs?: number; answerMs?: number } = {}) =>
  new SmtpMailer({
    smtpUrl: server.url,
    from: "MVP Suite <suite@harbor.example>",
    log,
    ...options,
  });

beforeEach(async () => {
  server = await SmtpEndpoint.start();
  log = new MemoryLog();
  mailer = open();
});

afterEach(async () => {
  mailer.close();
  await server[Symbol.asyncDispose]();
});

describe("a mail", () => {
  test("arrives with text, markup, and a way to end it in one click", async () => {
    expect(await mailer.send(mail)).toMatchObject({ state: "sent" });
    const [received] = server.received;
    expect(received?.from).toBe("suite@harbor.example");
    expect(received?.to).toEqual(["ada@harbor.example"]);
    const { subject, text, html, headers, headerLines } = received?.mail ?? {};
    expect(subject).toBe(mail.subject);
    expect(text?.trim()).toBe(mail.text);
    expect(html).toContain("Tide tables 🌊");
    const lines = headerLines?.map(({ line }) => line) ?? [];
    expect(lines).toContain("List-Unsubscribe: <https://suite.example/unsubscribe?token=x.y>");
    expect(lines).toContain("List-Unsubscribe-Post: List-Unsubscribe=One-Click");
    expect(headers?.get("auto-submitted")).toBe("auto-generated");
  });

  test("has the same id when it is sent twice, and one conversation for one thing", async () => {
    await mailer.send(mail);
    await mailer.send(mail);
    await mailer.send({ ...mail, id: "delivery:2" });
    const [first, again, other] = server.received.map((received) => received.mail);
    expect(first?.messageId).toMatch(/^<mail\.[0-9a-f]{32}@harbor\.example>$/);
    expect(again?.messageId).toBe(first?.messageId);
    expect(other?.messageId).not.toBe(first?.messageId);
    expect(other?.references).toBe(first?.references);
    expect(first?.inReplyTo).toMatch(/^<thread\./);
  });

  test("cannot be given headers or recipients by what people write", async () => {
    const evil = "Plans\r\nBcc: mallory@evil.example\r\n\r\n<b>hello</b>";
    await mailer.send({
      ...mail,
      subject: evil,
      to: { ...mail.to, name: `"A\r\nBcc: m@evil.example` },
    });
    const [received] = server.received;
    expect(received?.to).toEqual(["ada@harbor.example"]);
    expect(received?.mail.bcc).toBeUndefined();
    expect(received?.mail.subject).toContain("Plans Bcc: mallory@evil.example");
    for (const email of [
      "a@b.example,c@d.example",
      "<a@b.example",
      "a@b.example>\r\nRCPT TO:<c@d>",
    ]) {
      const result = await mailer.send({ ...mail, to: { name: "A", email } });
      expect(result.state).toBe("refused");
    }
    expect(server.received).toHaveLength(1);
  });

  test("to nobody is refused, and one that is put off is tried again", async () => {
    server.refusal = { code: 550, text: "No such person" };
    expect(await mailer.send(mail)).toEqual({ state: "refused", answer: "550 No such person" });
    server.refusal = { code: 451, text: "Come back later" };
    expect(await mailer.send(mail)).toMatchObject({
      state: "failed",
      answer: "451 Come back later",
    });
    server.refusal = undefined;
    expect(await mailer.send(mail)).toMatchObject({ state: "sent" });
  });

  test("waits for no server that says nothing", async () => {
    using silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const impatient = open({ smtpUrl: `smtp://127.0.0.1:${silent.port}`, answerMs: 50 });
    expect(await impatient.send(mail)).toMatchObject({
      state: "failed",
      answer: "the SMTP server did not answer in time",
    });
    impatient.close();
  });

  test("does not send a password over a line that cannot be secured", async () => {
    const smtpUrl = server.url.replace("127.0.0.1", "ada:secret@0.0.0.0");
    const careful = open({ smtpUrl });
    expect(await careful.send(mail)).toMatchObject({ state: "failed" });
    expect(server.received).toEqual([]);
    careful.close();
  });
});

test("the breaker opens while the server is away, and closes when it is back", async () => {
  mailer.close();
  mailer = open({ breakMs: 150 });
  expect(await mailer.send(mail)).toMatchObject({ state: "sent" });
  await server.goAway();
  for (let i = 0; i < limits.mailFailuresMax; i++) {
    expect(await mailer.send(mail)).toMatchObject({ state: "failed" });
  }
  expect(await mailer.send(mail)).toEqual({
    state: "failed",
    answer: "the SMTP server does not work at the moment",
    retryAfterMs: 150,
  });
  expect(log.find("the SMTP server does not work")).toHaveLength(1);
  await server.comeBack();
  await waitFor(async () => (await mailer.send(mail)).state === "sent");
  expect(log.find("the SMTP server works again")).toHaveLength(1);
});
