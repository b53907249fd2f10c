import { describe, expect, test } from "bun:test";
import { insertName, queryAt } from "./mention_query.ts";

/** What is asked where the bar stands. */
function typed(text: string): string | undefined {
  const caret = text.indexOf("|");
  return queryAt(text.replace("|", ""), caret)?.typed;
}

describe("queryAt()", () => {
  test("is what was typed behind the sign, spaces and all", () => {
    expect(typed("@|")).toBe("");
    expect(typed("Hello @Ad|")).toBe("Ad");
    expect(typed("Hello @Ada Lov|elace")).toBe("Ada Lov");
    expect(typed("(@جر|")).toBe("جر");
    expect(typed("one\n@A|\ntwo")).toBe("A");
    expect(typed("@Ada and @Gr|")).toBe("Gr");
    expect(typed("请@李|")).toBe("李");
    expect(typed("🧮@A|")).toBe("A");
  });

  test("is nothing where no name can be", () => {
    for (const text of [
      "|@",
      "|",
      "ada|",
      "@ |",
      "@\n|",
      "@Ada\nx|",
      "me@har|",
      "é@har|",
      "@@a|",
      "\\@a|",
      "https://a.example/@a|",
      `@${"a".repeat(81)}|`,
      "`@a|",
      "```ts\n@a|",
      "- ~~~\n  @a|",
    ]) {
      expect({ text, typed: typed(text) }).toEqual({ text, typed: undefined });
    }
  });

  test("is there again behind code", () => {
    expect(typed("`x` @a|")).toBe("a");
    expect(typed("```\nx\n```\n@a|")).toBe("a");
  });
});

describe("insertName()", () => {
  const after = (text: string, name: string) => {
    const caret = text.indexOf("|");
    const plain = text.replace("|", "");
    const query = queryAt(plain, caret);
    if (!query) throw new Error(`Cannot insert: expected a query in "${text}"`);
    const { from, to, insert, start, end } = insertName(plain, query, name);
    expect(start).toBe(end);
    const result = plain.slice(0, from) + insert + plain.slice(to);
    return `${result.slice(0, end)}|${result.slice(end)}`;
  };

  test("writes the name, and a space where nothing else ends it", () => {
    expect(after("See @ad|", "Ada Lovelace")).toBe("See @Ada Lovelace |");
    expect(after("@|\nnext", "Ada")).toBe("@Ada |\nnext");
    expect(after("@|next", "Ada")).toBe("@Ada |next");
    expect(after("(@a|)", "Ada")).toBe("(@Ada|)");
    expect(after("@a| and", "Ada")).toBe("@Ada |and");
  });
});
