import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Lane, Mailbox, type MailboxEntry } from "./mailbox.ts";

class Letter implements MailboxEntry<Letter> {
  readonly lane: Lane;
  readonly text: string;
  readonly from: string;
  round = 0;
  ahead: Letter | undefined = undefined;
  behind: Letter | undefined = undefined;

  constructor(text: string, lane: Lane = "user", from = "") {
    this.text = text;
    this.lane = lane;
    this.from = from;
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

/** A letter of a sender, named by both: "a1" is the first of "a". */
function letterOf(text: string): Letter {
  return new Letter(text, "user", text[0]);
}

test("take() lets senders have their turns one after the other, each in its own order", () => {
  const mailbox = new Mailbox<Letter>();
  for (const text of ["a1", "a2", "a3", "b1", "a4", "c1", "b2"]) mailbox.put(letterOf(text), 10);
  expect(mailbox.take()?.text).toBe("a1");
  mailbox.put(letterOf("d1"), 10);
  expect(takeAll(mailbox)).toEqual(["b1", "c1", "d1", "a2", "b2", "a3", "a4"]);
});

test("put() leaves room for others when one sender wants all of it", () => {
  const mailbox = new Mailbox<Letter>();
  const taken = ["a1", "a2", "a3", "b1"].map((text) => mailbox.put(letterOf(text), 10, 2));
  expect(taken).toEqual([true, true, false, true]);
});

test("putRest() comes before the next of its sender, behind the others whose turn it is", () => {
  const mailbox = new Mailbox<Letter>();
  for (const text of ["a1", "a2", "b1", "b2", "c1"]) mailbox.put(letterOf(text), 10);
  const first = mailbox.take();
  if (first) mailbox.putRest(first);
  expect(takeAll(mailbox)).toEqual(["b1", "c1", "a1", "a2", "b2"]);
  if (first) mailbox.putRest(first);
  mailbox.put(letterOf("b3"), 10);
  expect(takeAll(mailbox)).toEqual(["a1", "b3"]);
});

test("senders wait for at most one of each other, however many those have sent", () => {
  const senders = ["a", "b", "c"];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...senders, "take"), { maxLength: 60 }), (steps) => {
      const mailbox = new Mailbox<Letter>();
      const waiting = new Map(senders.map((name): [string, string[]] => [name, []]));
      const passed = new Map<string, Map<string, number>>();
      for (const [index, step] of steps.entries()) {
        if (step !== "take") {
          const letter = letterOf(`${step}${index}`);
          mailbox.put(letter, 100);
          if (waiting.get(step)?.push(letter.text) === 1) passed.set(step, new Map());
          continue;
        }
        const letter = mailbox.take();
        if (letter === undefined) continue;
        expect(waiting.get(letter.from)?.shift()).toBe(letter.text);
        for (const name of senders) {
          if (name === letter.from || waiting.get(name)?.length === 0) continue;
          const counts = passed.get(name);
          counts?.set(letter.from, (counts.get(letter.from) ?? 0) + 1);
          expect(counts?.get(letter.from)).toBeLessThanOrEqual(2);
        }
        passed.set(letter.from, new Map());
      }
    }),
    { seed: 1 },
  );
});
