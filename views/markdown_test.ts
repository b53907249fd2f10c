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
