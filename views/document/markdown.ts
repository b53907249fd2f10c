/**
 * Renders Markdown for the preview, block by block, so that only what changed has to be sent. Raw HTML
 * is shown as text, and links to scripts are not made: what people write never becomes markup of ours.
 */

import MarkdownIt, { type Token } from "markdown-it";
import { limits, type Mentionable, MentionFinder } from "../../actors/mod.ts";

const markdown = new MarkdownIt("default", { html: false, linkify: true, typographer: false });
boundLinkify(markdown.linkify);

// An image from elsewhere would tell its server who reads what; until the suite serves files of its
// own, an image is a link to itself.
markdown.renderer.rules.image = (tokens, index) => {
  const token = tokens[index];
  const source = markdown.utils.escapeHtml(String(token?.attrGet("src") ?? ""));
  const label = markdown.utils.escapeHtml(token?.content || source);
  return `<a href="${source}" rel="noopener noreferrer nofollow" target="_blank">${label}</a>`;
};

markdown.renderer.rules.link_open = (tokens, index, options, _environment, self) => {
  tokens[index]?.attrSet("rel", "noopener noreferrer nofollow");
  tokens[index]?.attrSet("target", "_blank");
  return self.renderToken(tokens, index, options);
};

// Headings of a note stand below the page's own title, and text may run either way.
for (const name of ["heading_open", "heading_close"] as const) {
  markdown.renderer.rules[name] = (tokens, index, options, _environment, self) => {
    const token = tokens[index];
    if (token) token.tag = `h${Math.min(6, Number(token.tag.slice(1)) + 1)}`;
    return self.renderToken(tokens, index, options);
  };
}

const TASK = /^\[([ xX])\](?=\s|$)/;
const DIRECTED = new Set(["paragraph_open", "heading_open", "list_item_open", "blockquote_open"]);

markdown.core.ruler.after("inline", "suite", (state) => {
  for (const [index, token] of state.tokens.entries()) {
    if (DIRECTED.has(token.type)) token.attrSet("dir", "auto");
    if (token.type === "table_open") token.attrSet("tabindex", "0");
    if (token.type === "inline") markTask(state.tokens, index);
  }
});

/** `- [x] done` becomes a box that shows its state. */
function markTask(tokens: Token[], index: number): void {
  const inline = tokens[index];
  const first = inline?.children?.[0];
  const item = tokens[index - 2];
  const match = first?.type === "text" ? TASK.exec(first.content) : null;
  if (!match || !first || item?.type !== "list_item_open") return;
  item.attrJoin("class", "task");
  const done = match[1] !== " ";
  first.type = "task_box";
  first.meta = { done, rest: first.content.slice(3) };
}

markdown.renderer.rules.task_box = (tokens, index) => {
  const { done, rest } = { done: false, rest: "", ...tokens[index]?.meta };
  const label = done ? "Done" : "To do";
  const box = `<input type="checkbox" disabled aria-label="${label}"${done ? " checked" : ""}>`;
  return box + markdown.utils.escapeHtml(rest);
};

// The names of people are looked for first: Markdown's own signs in them are part of them.
markdown.inline.ruler.before("text", "mention", (state, silent) => {
  const { mentions } = state.env as { mentions?: MentionFinder };
  const mention = mentions?.at(state.src, state.pos);
  if (!mention) return false;
  if (!silent) {
    const token = state.push("mention", "bdi", 0);
    token.content = state.src.slice(mention.start, mention.end);
    token.meta = { ids: mention.ids };
  }
  state.pos = mention.end;
  return true;
});

// The same for everybody who looks; a style sheet of each page makes one's own name stand out.
markdown.renderer.rules.mention = (tokens, index) => {
  const { content = "", meta } = tokens[index] ?? {};
  const { ids }: { ids: readonly string[] } = { ids: [], ...meta };
  const { escapeHtml } = markdown.utils;
  return `<bdi class="mention" data-mention="${escapeHtml(ids.join(" "))}">${escapeHtml(content)}</bdi>`;
};

/**
 * Keeps what looks for addresses from long runs of characters without a space: its expressions take a
 * hundred times as long from some 4,000 on. Such a run stays text.
 */
function boundLinkify(linkify: (typeof markdown)["linkify"]): void {
  const most = limits.linkifiedRunUnitsMax;
  const longRuns = new RegExp(String.raw`\S{${most + 1},}`, "g");
  const beginsLong = new RegExp(String.raw`^\S{${most + 1}}`);
  const bounded = (text: string) => text.replace(longRuns, (run) => " ".repeat(run.length));
  const { test, match, matchAtStart } = linkify;
  linkify.test = (text) => test.call(linkify, bounded(text));
  linkify.match = (text) => match.call(linkify, bounded(text));
  linkify.matchAtStart = (text) =>
    beginsLong.test(text) ? null : matchAtStart.call(linkify, text);
}

/** A note's text as it is shown, or the part of it that is shown at once. */
export interface RenderedPart {
  /** Which part it is, from 1 on, and how many there are. */
  part: number;
  parts: number;
  /** The HTML of each block, in order. */
  blocks: readonly string[];
}

const WHY_PLAIN = {
  too_long: "This text takes too long to render. Here it is as it was written.",
  busy: "The server is busy. Here is the text as it was written.",
} as const;

/** The blocks of a text that cannot be rendered: why, and the text itself. */
export function plainBlocks(text: string, reason: keyof typeof WHY_PLAIN): string[] {
  const { escapeHtml } = markdown.utils;
  return [
    `<p class="plain-notice">${WHY_PLAIN[reason]}</p>`,
    `<pre class="plain" dir="auto">${escapeHtml(text)}</pre>`,
  ];
}

/** The HTML of each top-level block of a text, in order; these people are marked where it names them. */
export function renderBlocks(text: string, people: readonly Mentionable[] = []): string[] {
  const environment = people.length > 0 ? { mentions: new MentionFinder(people) } : {};
  const tokens = markdown.parse(text, environment);
  const blocks: string[] = [];
  let start = 0;
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    depth += token.nesting;
    if (depth !== 0) continue;
    const block = tokens.slice(start, index + 1);
    blocks.push(markdown.renderer.render(block, markdown.options, environment));
    start = index + 1;
  }
  return blocks;
}
