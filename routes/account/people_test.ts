import { describe, expect, test } from "bun:test";
import { person } from "../../tests/support/people.ts";
import { namedLike, seenBy } from "./people.ts";

const people = ["Zoë Adams", "ada lovelace", "Adam Smith", "José Álvarez", "جريس هوبر", "李明"].map(
  (name) => person(name),
);

function found(query: string): string[] {
  return namedLike(people, query, 8).map(({ name }) => name);
}

describe("namedLike()", () => {
  test("begins with those whose name begins so, then with those of whom a later part does", () => {
    expect(found("ad")).toEqual(["ada lovelace", "Adam Smith", "Zoë Adams"]);
    expect(found("lov")).toEqual(["ada lovelace"]);
    expect(found("ovel")).toEqual([]);
  });

  test("minds neither case nor accents, in any script", () => {
    expect(found("ZOE")).toEqual(["Zoë Adams"]);
    expect(found("jose al")).toEqual(["José Álvarez"]);
    expect(found("هو")).toEqual(["جريس هوبر"]);
    expect(found("李")).toEqual(["李明"]);
  });

  test("finds everybody for nothing, and nobody once a name is written out", () => {
    expect(found("")).toHaveLength(people.length);
    expect(found("ada lovelace")).toEqual(["ada lovelace"]);
    expect(found("ada lovelace ")).toEqual([]);
  });

  test("gives no more than one can choose from", () => {
    const crowd = Array.from({ length: 30 }, (_, i) => person(`Ada ${i}`));
    expect(namedLike(crowd, "ada", 8)).toHaveLength(8);
  });
});

describe("seenBy()", () => {
  const [zoe, ada] = [person("Zoë Adams"), person("ada lovelace", { role: "guest" })];

  test("tells addresses to members and administrators only, and one's own to everybody", () => {
    for (const role of ["member", "administrator"] as const) {
      expect(seenBy(person("José Álvarez", { role }), zoe).email).toBe(zoe.email);
    }
    expect(seenBy(ada, zoe)).toEqual({ id: zoe.id, name: zoe.name });
    expect(seenBy(undefined, zoe)).toEqual({ id: zoe.id, name: zoe.name });
    expect(seenBy(ada, ada).email).toBe(ada.email);
  });
});
