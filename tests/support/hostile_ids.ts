/** What an attacker sends where an id belongs. */

/** Texts that are no ids. */
export const HOSTILE_IDS: readonly string[] = [
  "a:b",
  "\0",
  "__proto__",
  "constructor",
  "..",
  ".",
  " ",
  "'",
  "%",
  "document:01JD2Z7Q5V4T8N3XKQ0C9B6MWE",
  "inbox:01JD2Z7Q5V4T8N3XKQ0C9B6MWE",
  "link:01JD2Z7Q5V4T8N3XKQ0C9B6MWE",
  "01jd2z7q5v4t8n3xkq0c9b6mwe",
  "01JD2Z7Q5V4T8N3XKQ0C9B6MWE ",
  "01JD2Z7Q5V4T8N3XKQ0C9B6MW\n",
  "\u202e",
  "\ud800",
  "x".repeat(8_000),
];
