import { describe, expect, test } from "bun:test";
import { listed, pageFor, render } from "../../tests/support/pages.ts";
import { MONDAY_MORNING, person, personId } from "../../tests/support/people.ts";
import { DocumentSharePage, type DocumentSharePageProps } from "./share.tsx";

const grace = person("Grace Hopper");
const frida = person("Frida Kahlo");
const plans = listed("Plans");
const url = `/notes/${plans.id}`;

function shareOf(given: Partial<DocumentSharePageProps> = {}): Promise<string> {
  return render(
    <DocumentSharePage
      page={pageFor()}
      document={plans}
      members={[]}
      links={[]}
      candidates={[]}
      query=""
      {...given}
    />,
  );
}

function linkOf(expiresAt?: number) {
  const link = {
    id: "L1",
    role: "write" as const,
    tokenHash: "",
    createdAt: MONDAY_MORNING,
    expiresAt,
  };
  return [{ link, url: "https://suite.example/shared/k3y" }];
}

describe("DocumentSharePage", () => {
  test("offers people who were found", async () => {
    const html = await shareOf({ query: "fri", candidates: [{ person: frida, key: frida.id }] });
    expect(html).toContain(`<input type="hidden" name="person" value="${frida.id}"/>`);
    expect(html).toContain(frida.email);
    const none = await shareOf({ query: "<i>zoe", candidates: [] });
    expect(none).toContain("&lt;i&gt;zoe");
  });

  test("changes and removes each person by a form of their own", async () => {
    const html = await shareOf({ members: [{ userId: grace.id, person: grace, role: "read" }] });
    expect(html).toContain(`action="${url}/members/${grace.id}"`);
    expect(html).toContain('name="role" value="none"');
    expect(html).toContain('aria-label="Remove Grace Hopper"');
    expect(html).toContain('<option value="read" selected="">');
  });

  test("lists who has no account as somebody who can only be removed", async () => {
    const ghost = personId("ghost");
    const html = await shareOf({ members: [{ userId: ghost, person: undefined, role: "write" }] });
    expect(html).toContain("Unknown person");
    expect(html).toContain(`action="${url}/members/${ghost}"`);
    expect(html).toContain('name="role" value="none"');
    expect(html).not.toContain(`id="role-${ghost}"`);
  });

  test("lists links with what they allow and until when", async () => {
    const html = await shareOf({ links: linkOf(MONDAY_MORNING + 3 * 86_400_000) });
    expect(html).toContain("Link to write");
    expect(html).toContain('data-copy="https://suite.example/shared/k3y"');
    expect(html).toMatch(/expires\s+<time/);
    expect(html).toContain(`action="${url}/links/L1/revoke"`);
    expect(await shareOf({ links: linkOf(MONDAY_MORNING - 1) })).toMatch(/expired\s+<time/);
    expect(await shareOf({ links: linkOf() })).not.toMatch(/expire[sd]\s+<time/);
  });

  test("says why nobody was added", async () => {
    const html = await shareOf({ query: "zoe", error: "Nobody here is zoe." });
    expect(html).toContain('aria-describedby="share-person-error"');
    expect(html).toContain("Nobody here is zoe.");
  });
});
