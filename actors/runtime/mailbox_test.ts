import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Lane, Mailbox, type MailboxEntry } from "./mailbox.ts";

class Letter implements MailboxEntry<Letter> {
  readonly lane: Lane;
  readonly text: string;
  ahead: Letter | undefined = undefined;
  behind: Letter | undefined = undefined;

  constructor(text: string, lane: Lane = "user") {
    this.text = text;
    this.lane = lane;
  }
}

function takeAll(mailbox: Mailbox<Letter>): string[] {
  const texts: string[] = [];
  for (let next = mailbox.take(); next; next = mailbox.take()) texts.push(next.text);
  return texts;
}

test("take() answers in the order of put(), the system lane first", () => {
  const mailbox = new Mailbox<Letter>();
  mailbox.put(new Letter("ada"), 10);
  mailbox.put(new Letter("grace"), 10);
  mailbox.put(new Letter("revoke", "system"), 10);
  mailbox.put(new Letter("rename", "system"), 10);
  expect(mailbox.size).toBe(4);
  expect(takeAll(mailbox)).toEqual(["revoke", "rename", "ada", "grace"]);
  expect(mailbox.size).toBe(0);
  expect(mailbox.take()).toBeUndefined();
});

test("put() refuses what is too much for a lane, and each lane has room of its own", () => {
  const mailbox = new Mailbox<Letter>();
  expect(mailbox.put(new Letter("ada"), 1)).toBe(true);
  expect(mailbox.put(new Letter("grace"), 1)).toBe(false);
  expect(mailbox.put(new Letter("revoke", "system"), 1)).toBe(true);
  expect(mailbox.put(new Letter("rename", "system"), 1)).toBe(false);
  expect(takeAll(mailbox)).toEqual(["revoke", "ada"]);
});

test("putBack() lets an entry be the next of its lane, full or not", () => {
  const mailbox = new Mailbox<Letter>();
  for (const text of ["ada", "grace"]) mailbox.put(new Letter(text), 2);
  const first = mailbox.take();
  mailbox.put(new Letter("alan"), 2);
  if (first !== undefined) mailbox.putBack(first);
  expect(mailbox.size).toBe(3);
  expect(takeAll(mailbox)).toEqual(["ada", "grace", "alan"]);
});

test("a mailbox behaves like two lists under any sequence of steps", () => {
  const step = fc.record({
    type: fc.constantFrom("put", "put", "put", "take", "remove", "putBack"),
    lane: fc.constantFrom<Lane>("user", "system"),
    at: fc.nat(7),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const mailbox = new Mailbox<Letter>();
      const lanes: Record<Lane, Letter[]> = { user: [], system: [] };
      let taken: Letter | undefined;
      for (const [index, { type, lane, at }] of steps.entries()) {
        if (type === "put") {
          const letter = new Letter(String(index), lane);
          const fits = lanes[lane].length < 5;
          expect(mailbox.put(letter, 5)).toBe(fits);
          if (fits) lanes[lane].push(letter);
        } else if (type === "take") {
          taken = mailbox.take();
          const from = lanes.system.length > 0 ? lanes.system : lanes.user;
          expect(taken).toBe(from.shift());
        } else if (type === "remove") {
          const [letter] = lanes[lane].splice(at, 1);
          if (letter !== undefined) mailbox.remove(letter);
        } else if (taken !== undefined) {
          mailbox.putBack(taken);
          lanes[taken.lane].unshift(taken);
          taken = undefined;
        }
        expect(mailbox.size).toBe(lanes.system.length + lanes.user.length);
      }
      const rest = [...lanes.system, ...lanes.user].map((letter) => letter.text);
      expect(takeAll(mailbox)).toEqual(rest);
    }),
  );
});
