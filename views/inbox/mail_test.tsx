import { describe, expect, test } from "bun:test";
import { MONDAY_MORNING } from "../../tests/support/people.ts";
import { digestMail, notificationMail } from "./mail.tsx";

const links = {
  origin: "https://suite.example",
  unsubscribe: "https://suite.example/unsubscribe?token=a~b~c",
};
const reader = { timeZone: "Europe/Lisbon", language: "en-GB" };
const told = {
  kind: "note.shared",
  reason: "shared",
  title: `<script>alert(1)</script> "quoted"`,
  path: "/notes/1",
  byName: "Grace & Co",
  at: MONDAY_MORNING,
} as const;

describe("notificationMail()", () => {
  const mail = notificationMail(told, { links, reader });

  test("escapes what people write", () => {
    expect(mail.html).not.toContain("<script>");
    expect(mail.html).toContain("Grace &amp; Co shared “&lt;script&gt;");
    expect(mail.text).toContain("Grace & Co shared “<script>");
  });

  test("says when, where, why, and how to have no more", () => {
    expect(mail.text).toContain("23 November 2026");
    expect(mail.text).toContain("https://suite.example/notes/1");
    expect(mail.text).toContain("You are told because somebody shared it with you.");
    expect(mail.text).toContain(links.unsubscribe);
    expect(mail.html).toContain(`href="${links.unsubscribe}"`);
  });

  test("loads nothing, and leaves its colors to whoever reads in the dark", () => {
    expect(mail.html).not.toMatch(/<(?:img|link|script|iframe|style)\b|url\(/);
    expect(mail.html).toContain('name="color-scheme" content="light dark"');
  });
});

describe("digestMail()", () => {
  const line = (items: number) => ({ told, path: told.path, items });

  test("has a line for each thing, and counts what happened to it", () => {
    const mail = digestMail([line(1), line(4)], { links, reader, more: 0 });
    expect(mail.subject).toBe("What happened: 2 things");
    expect(mail.text).toContain("with you, and 3 more");
    expect(mail.html.match(/<li\b/g)).toHaveLength(2);
  });

  test("leads to the inbox when there is more than it shows", () => {
    const mail = digestMail([line(1)], { links, reader, more: 7 });
    expect(mail.subject).toBe("What happened: 8 things");
    expect(mail.html).toContain("and 7 more in your inbox");
    expect(digestMail([line(1)], { links, reader, more: 0 }).subject).toBe(
      "What happened: one thing",
    );
  });
});
