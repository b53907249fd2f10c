import { describe, expect, test } from "bun:test";
import { pageFor, render } from "../../tests/support/pages.ts";
import { person } from "../../tests/support/people.ts";
import { AuthLayout, Layout } from "./layout.tsx";

describe("Layout", () => {
  test("is a whole document with the skip link first", async () => {
    const html = await render(<Layout page={pageFor()} title="Notes" />);
    expect(html).toStartWith("<!DOCTYPE html>");
    expect(html).toContain("<title>Notes · MVP Suite</title>");
    expect(html).toMatch(/<body[^>]*><a class="skip-link" href="#main"/);
    expect(html).toContain('<h1 id="page-title" tabindex="-1" dir="auto">Notes</h1>');
  });

  test("has neither inline scripts nor inline styles", async () => {
    const html = await render(<Layout page={pageFor()} title="Notes" />);
    expect(html).not.toMatch(/\sstyle=|<style|\son\w+=|hx-on/);
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).toContain('<script type="module" src="/static/app-1.js"></script>');
  });

  test("gives only the content, the title and the rail when the shell stays", async () => {
    const page = pageFor({ partial: true, notice: { text: "Saved" } });
    const html = await render(<Layout page={page} title="Notes" />);
    expect(html).toStartWith("<title>Notes · MVP Suite</title>");
    expect(html).not.toContain("<html");
    expect(html).not.toContain("<main");
    expect(html).toContain('<hx-partial hx-target="#rail" hx-swap="innerMorph">');
    expect(html).toContain('<hx-partial hx-target="#toasts" hx-swap="innerHTML">');
    const quiet = await render(<Layout page={pageFor({ partial: true })} title="Notes" />);
    expect(quiet).not.toContain("#toasts");
  });

  test("marks where one is, exactly or below", async () => {
    const at = (path: string) => render(<Layout page={pageFor({ path })} title="x" />);
    expect(await at("/notes?q=plum")).toMatch(/href="\/notes" aria-current="page"/);
    expect(await at("/notes/01J")).toMatch(/href="\/notes" aria-current="true"/);
    expect(await at("/settings")).not.toContain("aria-current");
    expect(await at("/")).toMatch(/href="\/" aria-current="page"/);
  });

  test("shows administrators what is theirs", async () => {
    const administrator = await render(<Layout page={pageFor()} title="x" />);
    expect(administrator).toContain('href="/ops"');
    const viewer = person("Grace");
    const member = await render(<Layout page={pageFor({ viewer })} title="x" />);
    expect(member).not.toContain('href="/ops"');
    expect(member).not.toContain('href="/admin"');
  });

  test("keeps single keys out when somebody has switched them off", async () => {
    const viewer = person("Grace", { shortcuts: false });
    const html = await render(<Layout page={pageFor({ viewer })} title="x" />);
    expect(html).toContain('data-shortcuts="off"');
    expect(html.match(/data-keys="[^"]+"/g)).toEqual(['data-keys="Mod+k"']);
  });

  test("connects people by their session, guests by their link, and strangers not at all", async () => {
    const connectsTo = (html: string) => /hx-ws:connect="([^"]*)"/.exec(html)?.[1];
    expect(connectsTo(await render(<Layout page={pageFor()} title="x" />))).toBe("/live?v=1");
    const stranger = pageFor({ viewer: undefined });
    expect(connectsTo(await render(<Layout page={stranger} title="x" />))).toBeUndefined();
    const guest = <Layout page={stranger} title="x" liveUrl="/live?v=1&key=k" />;
    expect(connectsTo(await render(guest))).toBe("/live?v=1&amp;key=k");
  });

  test("escapes what people wrote", async () => {
    const viewer = person("<img src=x>");
    const notice = { text: "<script>" };
    const crumbs = [{ href: "/notes", label: "<i>" }];
    const html = await render(
      <Layout page={pageFor({ viewer, notice })} title="</title><b>" breadcrumb={crumbs} />,
    );
    expect(html).not.toMatch(/<img|<b>|<i>/);
    expect(html).toContain("&lt;script&gt;");
  });

  test("leads back by the last crumb", async () => {
    const crumbs = [
      { href: "/notes", label: "Notes" },
      { href: "/notes/1", label: "Plans" },
    ];
    const html = await render(<Layout page={pageFor()} title="Share" breadcrumb={crumbs} wide />);
    expect(html).toContain('<a href="/notes/1" dir="auto" data-keys="u">Plans</a>');
    expect(html).toContain('class="content wide"');
  });

  test("carries the theme, and the token for every request", async () => {
    const viewer = person("Grace", { theme: "dark" });
    const html = await render(<Layout page={pageFor({ viewer })} title="x" />);
    expect(html).toContain('data-theme="dark"');
    expect(html).toContain("X-Csrf-Token&quot;:&quot;token-of-ada");
  });
});

test("AuthLayout is a card without rail, whose forms are plain", async () => {
  const page = pageFor({ viewer: undefined, notice: { text: "Signed out" } });
  const html = await render(<AuthLayout page={page} title="Sign in" />);
  expect(html).toStartWith("<!DOCTYPE html>");
  expect(html).toContain('hx-boost:inherited="false"');
  expect(html).not.toContain('id="rail"');
  expect(html).toContain("Signed out");
});
