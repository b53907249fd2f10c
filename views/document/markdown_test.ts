import { describe, expect, test } from "bun:test";
import { renderBlocks } from "./markdown.ts";

describe("renderBlocks()", () => {
  test("gives each top-level block for itself", () => {
    const blocks = renderBlocks(
      "# One\n\ntwo\n\n- a\n- b\n\n> c\n\n---\n\n```js\nd\n```\n\n| e |\n|---|\n| f |",
    );
    expect(blocks.map((block) => /^<(\w+)/.exec(block)?.[1])).toEqual([
      "h2",
      "p",
      "ul",
      "blockquote",
      "hr",
      "pre",
      "table",
    ]);
  });

  test("keeps headings below the page's own, down to the last level", () => {
    expect(renderBlocks("###### deep")[0]).toStartWith("<h6");
    expect(renderBlocks("## two")[0]).toStartWith("<h3");
  });

  test.each([
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[x](javascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "<javascript:alert(1)>",
    '[x](https://a.example "\\"onmouseover=alert(1)")',
    "![x](javascript:alert(1))",
    '![" onerror="alert(1)](https://a.example/x.png)',
    "`<b>`",
    "- [x] <b>done</b>",
  ])("makes no markup of ours from %j", (text) => {
    const html = renderBlocks(text).join("");
    expect(html).not.toMatch(/<(script|img|b)\b/i);
    expect(html).not.toMatch(/href="(?:javascript|data):/i);
    expect(html).not.toMatch(/<[^>]*\son\w+=/i);
  });

  test("makes links that tell nobody where they were followed from", () => {
    const [html] = renderBlocks("[docs](https://a.example) and https://b.example");
    expect(html?.match(/rel="noopener noreferrer nofollow"/g)).toHaveLength(2);
  });

  test("shows images as links, since loading one would tell who reads", () => {
    expect(renderBlocks("![a cat](https://a.example/cat.png)")[0]).toContain(
      '<a href="https://a.example/cat.png" rel="noopener noreferrer nofollow" target="_blank">a cat</a>',
    );
    expect(renderBlocks("![](https://a.example/cat.png)")[0]).toContain(
      ">https://a.example/cat.png</a>",
    );
  });

  test("shows tasks as boxes, done or not", () => {
    const [html] = renderBlocks(
      "- [x] ship *it*\n- [ ] rest & be merry\n- [link](https://a.example)",
    );
    expect(html?.match(/type="checkbox"/g)).toHaveLength(2);
    expect(html?.match(/ checked/g)).toHaveLength(1);
    expect(html).toContain("<em>it</em>");
    expect(html).toContain("rest &amp; be merry");
  });

  test("lets text run its own way, and long code and tables be reached by keyboard", () => {
    expect(renderBlocks("مرحبا")[0]).toBe('<p dir="auto">مرحبا</p>\n');
    expect(renderBlocks("| a |\n|---|\n| b |")[0]).toStartWith('<table tabindex="0">');
  });
});

describe("renderBlocks() marks names", () => {
  const people = [
    { id: "1", name: "Ada Lovelace" },
    { id: "2", name: "*Star* <b>" },
    { id: "3", name: "جريس هوبر" },
    { id: "4", name: "ada lovelace" },
  ];
  const marked = (text: string) => {
    const html = renderBlocks(text, people).join("");
    return [...html.matchAll(/<bdi class="mention" data-mention="([^"]*)">([^<]*)<\/bdi>/g)].map(
      ([, ids, name]) => `${ids}: ${name}`,
    );
  };

  test("wherever a text may have them", () => {
    for (const text of [
      "@Ada Lovelace",
      "**@Ada Lovelace**",
      "# @Ada Lovelace",
      "- [x] @Ada Lovelace",
    ])
      expect({ text, marked: marked(text) }).toEqual({ text, marked: ["1 4: @Ada Lovelace"] });
    expect(marked("| a |\n|---|\n| @Ada Lovelace |")).toEqual(["1 4: @Ada Lovelace"]);
    expect(marked("> [@Ada Lovelace and so on](https://a.example)")).toHaveLength(1);
    expect(marked("@جريس هوبر و @Ada Lovelace")).toEqual(["3: @جريس هوبر", "1 4: @Ada Lovelace"]);
  });

  test("as they are written, whatever signs they have", () => {
    expect(marked("See @*Star* <b> now")).toEqual(["2: @*Star* &lt;b&gt;"]);
  });

  test("not in code, addresses and links, and nobody else's", () => {
    for (const text of [
      "`@Ada Lovelace`",
      "```\n@Ada Lovelace\n```",
      "    @Ada Lovelace",
      "me@Ada Lovelace",
      "https://a.example/@Ada Lovelace",
      "\\@Ada Lovelace",
      "@Grace",
      "[x](https://a.example/?q=@Ada 'at @Ada Lovelace')",
    ])
      expect({ text, marked: marked(text) }).toEqual({ text, marked: [] });
    expect(renderBlocks("@Ada Lovelace").join("")).not.toContain("mention");
  });
});
