/** Examples of every kind of name, and what holds for any text and any people. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Mentionable, MentionFinder, mentionsIn } from "./mentions.ts";

const NAMES = [
  "Ada",
  "Ada Lovelace",
  "Grace Hopper",
  "José Álvarez",
  "جريس هوبر",
  "李明",
  "山田 太郎",
  "김철수",
  "Dr. J. *Star* (Ops) [1+1]_x_",
  "Zoë 🧮",
  "O'Neill-Smith Jr.",
];

const people: readonly Mentionable[] = NAMES.map((name) => ({ id: `id of ${name}`, name }));

/** The names found in a text. */
function named(text: string, among = people): string[] {
  return mentionsIn(text, among).map((id) => id.replace("id of ", ""));
}

describe("mentionsIn()", () => {
  test.each(NAMES)("finds %j wherever a sentence may have it", (name) => {
    for (const text of [
      `@${name}`,
      `@${name}, hello`,
      `Hello @${name}!`,
      `(@${name})`,
      `**@${name}**`,
      `- @${name}: please look`,
      `> said @${name}`,
      `"@${name}"`,
      `one\n@${name}\ntwo`,
      `a @@ b @${name}`,
    ]) {
      expect({ text, names: named(text) }).toEqual({ text, names: [name] });
    }
  });

  test("takes the longest name, and each person once, in the order of the text", () => {
    expect(named("@Grace Hopper and @Ada Lovelace and @Ada and @Ada Lovelace")).toEqual([
      "Grace Hopper",
      "Ada Lovelace",
      "Ada",
    ]);
  });

  test("does not mind case, spaces, or how an accent is written", () => {
    expect(named("@ADA LOVELACE")).toEqual(["Ada Lovelace"]);
    expect(named("@ada  \u00A0lovelace")).toEqual(["Ada Lovelace"]);
    expect(named("@José Álvarez".normalize("NFD"))).toEqual(["José Álvarez"]);
    expect(named("@JOSÉ ÁLVAREZ")).toEqual(["José Álvarez"]);
  });

  test("minds accents themselves, and line breaks", () => {
    expect(named("@Jose Alvarez")).toEqual([]);
    expect(named("@Grace\nHopper")).toEqual([]);
  });

  test("wants the whole name and nothing but it", () => {
    expect(named("@Grace")).toEqual([]);
    expect(named("Grace Hopper")).toEqual([]);
    expect(named("@ Ada")).toEqual([]);
    for (const text of ["@Adam", "@Ada1", "@Ada_x", "@Ada-Marie", "@Ada.example", "@Ada@home"]) {
      expect({ text, names: named(text) }).toEqual({ text, names: [] });
    }
    for (const text of ["@Ada's", "@Ada’s", "@Ada.", "@Ada - yes", "@Ada… @Ada/@Ada"]) {
      expect({ text, names: named(text) }).toEqual({ text, names: ["Ada"] });
    }
    expect(named("@Zoë 🧮\u200D💻")).toEqual([]);
  });

  test("sees no name in addresses, paths and what is escaped", () => {
    for (const text of [
      "countess@Ada",
      "é@Ada",
      "mail 1@Ada",
      "https://harbor.example/@Ada",
      "countess+tag+@Ada",
      "@@Ada",
      "\\@Ada",
    ]) {
      expect({ text, names: named(text) }).toEqual({ text, names: [] });
    }
  });

  test("needs no spaces where a script has none", () => {
    expect(named("请@李明看一下")).toEqual(["李明"]);
    expect(named("@山田 太郎さん、お願いします")).toEqual(["山田 太郎"]);
    expect(named("@김철수가 썼다")).toEqual(["김철수"]);
  });

  test("leaves code alone", () => {
    for (const text of [
      "`@Ada`",
      "a `b @Ada c` d",
      "``x ` @Ada``",
      "`one\n@Ada`",
      "```\n@Ada\n```",
      "~~~ts\n@Ada\n```\n@Ada\n~~~",
      "````\n```\n@Ada\n````",
      "```\n@Ada and no end",
      "- ```\n  @Ada\n  ```",
      "> ```\n> @Ada\n> ```",
    ]) {
      expect({ text, names: named(text) }).toEqual({ text, names: [] });
    }
  });

  test("finds what stands beside code", () => {
    for (const text of [
      "`x` @Ada `y`",
      "a ` b @Ada",
      "`` x ` @Ada",
      "\\` @Ada `",
      "`one\n\n@Ada`",
      "```\nx\n```\n@Ada",
      "```x``` @Ada",
    ]) {
      expect({ text, names: named(text) }).toEqual({ text, names: ["Ada"] });
    }
  });

  test("means everybody who has the name, and nobody without one", () => {
    const namesakes = [
      { id: "1", name: "Ada" },
      { id: "2", name: " ada " },
      { id: "3", name: " " },
    ];
    expect(mentionsIn("@Ada @", namesakes)).toEqual(["1", "2"]);
    expect(mentionsIn("@Ada", [])).toEqual([]);
  });
});

// Pieces that meet each other: signs, parts of names, code, and what joins words.
const piece = fc.constantFrom(
  ..."@@@ \n`a-._'\\/",
  "```\n",
  "~~~",
  "\n\n",
  ...NAMES,
  ...NAMES.map((name) => `@${name}`),
  "e\u0301",
  "漢",
  "🧮",
);
const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(""));
const someone = fc.record({
  id: fc.uuid(),
  name: fc.oneof(fc.constantFrom(...NAMES), fc.string({ unit: "grapheme", maxLength: 12 })),
});
const everybody = fc.array(someone, { maxLength: 8 });

describe("for any text", () => {
  test("mentions are in order, apart, and say the name of whom they mean", () => {
    fc.assert(
      fc.property(text, everybody, (text, people) => {
        const names = new Map(people.map(({ id, name }) => [id, name]));
        let last = 0;
        for (const { start, end, ids } of new MentionFinder(people).in(text)) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(text[start]).toBe("@");
          for (const id of ids) {
            expect(plain(text.slice(start + 1, end))).toBe(plain(names.get(id) ?? ""));
          }
          last = end;
        }
      }),
    );
  });

  test("who is named alone is named", () => {
    fc.assert(
      fc.property(someone, everybody, ({ id, name }, others) => {
        fc.pre(plain(name) !== "" && !/[\\`\r\n\u2028\u2029]/.test(name));
        const found = mentionsIn(`See @${name.normalize("NFC").trim()} about it`, [
          ...others,
          { id, name },
        ]);
        // Unless somebody's longer name says the same words.
        const isLonger = others.some(({ name: other }) => other.trim().length > name.trim().length);
        if (!isLonger) expect(found).toContain(id);
      }),
    );
  });

  test("nobody is found who has no access, and a fence silences everybody", () => {
    fc.assert(
      fc.property(text, everybody, (text, people) => {
        const ids = people.map(({ id }) => id);
        for (const id of mentionsIn(text, people)) expect(ids).toContain(id);
        const fenced = `\`\`\`\`\`\n${text.replaceAll("`", "")}\n\`\`\`\`\``;
        expect(mentionsIn(fenced, people)).toEqual([]);
      }),
    );
  });

  test("five million characters take a moment", () => {
    const most = ["@A ", "@Ada", "`@Ada", "``\n", "@ "]
      .map((part) => part.repeat(400_000))
      .join("");
    // Time of this thread alone: how busy the machine is does not matter.
    const begun = process.threadCpuUsage();
    mentionsIn(most, people);
    expect(process.threadCpuUsage(begun).user / 1_000).toBeLessThan(5_000);
  });
});

/** A name as it is compared. */
function plain(name: string): string {
  return name.normalize("NFC").trim().replace(/\s+/gu, " ").toLowerCase();
}
