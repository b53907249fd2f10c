import { expect, test } from "bun:test";
import { render } from "../../tests/support/pages.ts";
import { person } from "../../tests/support/people.ts";
import { MentionOptions } from "./mentions.tsx";

test("MentionOptions gives names as they are, and what is typed is compared with", async () => {
  const people = [person("José <b> Álvarez"), person("جريس هوبر")];
  const html = await render(<MentionOptions people={people} />);
  expect(html.match(/role="option" tabindex="-1" aria-selected="false"/g)).toHaveLength(2);
  expect(html).toContain('data-name="José &lt;b&gt; Álvarez" data-key="jose &lt;b&gt; alvarez"');
  expect(html).toContain(`id="mention-${people[1]?.id}"`);
  expect(html).toContain('<bdi class="mention-name">جريس هوبر</bdi>');
});
