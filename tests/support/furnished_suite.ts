/** A suite with what real ones hold: long names and words, several scripts, emoji, notes shared in every way. */

import { openBrowser, type TestBrowser } from "./browser.ts";
import { startSuite, type TestSuite } from "./suite.ts";
import { emailOf, inviteAndSignUp, signUp, type Visitor } from "./visitor.ts";
import { waitFor } from "./wait_for.ts";

/** People, notes and addresses to look at, and a browser to look with. */
export interface FurnishedSuite extends AsyncDisposable {
  suite: TestSuite;
  browser: TestBrowser;
  /** An administrator with a long name. */
  ada: Visitor;
  /** Writes from right to left. */
  grace: Visitor;
  /** Has nothing yet. */
  nils: Visitor;
  /** Ada's, and shared in every way. */
  own: string;
  /** Grace's, which Ada may only read. */
  borrowed: string;
  /** Ada's, in the trash. */
  trashed: string;
  /** In Ada's inbox, about what is borrowed. */
  entry: string;
  /** Where a link that somebody may have leads. */
  guestPaths: { read: string; write: string };
  invitationPath: string;
}

const ADA = "Ada Augusta King-Noel, Countess of Lovelace and of the Analytical Engine 🧮";
/** As long as a name may be, or nearly so, without a place to break it. */
const GRACE = `جريس ${"هوبر".repeat(18)}`;
const NILS = "Wolfeschlegelsteinhausenbergerdorff".repeat(3).slice(0, 80);
/** A word that fits in no line. */
export const LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitän".repeat(4);

const MARKDOWN = `# A note with everything 🧭 ${LONG_WORD}

Some *words*, a [link](https://example.org), \`code\` and a list:

- [x] done
- [ ] to do

> said by somebody

| a | table | with | many | columns | that | do not | fit |
|---|---|---|---|---|---|---|---|
| of | cells | and | more | cells | and | more | cells |

\`\`\`
a line of code that is much longer than a phone is wide, so that it has to go somewhere
\`\`\`

https://example.org/${"an-address-without-an-end/".repeat(8)}

نص من اليمين إلى اليسار، مع بعض الكلمات

## 日本語の見出し
`;

const TITLES = [
  "# خطة الرحلة إلى عمّان 🚢",
  "🏳️‍🌈 👩‍👩‍👧‍👦",
  LONG_WORD,
  "A title that says rather more than a title should say, because somebody wrote a whole paragraph where the first line was expected and went on",
  "<script>alert(1)</script> & <b>friends</b>",
  "会議の議事録：来週の予定について",
  "",
];

/** Starts it. Everything is made by HTTP, as people would. */
export async function startFurnishedSuite(): Promise<FurnishedSuite> {
  const [suite, browser] = await Promise.all([startSuite(), openBrowser()]);
  const ada = await signUp(suite.setupLink, "Ada");
  const grace = await inviteAndSignUp(ada, "Grace");
  const nils = await inviteAndSignUp(ada, "Nils");
  await rename(ada, ADA);
  await rename(grace, GRACE);
  await rename(nils, NILS);
  const notes = await furnish(ada, grace);
  const invitationPath = await invite(ada);
  return {
    ...{ suite, browser, ada, grace, nils, ...notes, invitationPath },
    async [Symbol.asyncDispose]() {
      await browser[Symbol.asyncDispose]();
      await suite.stop();
    },
  };
}

async function furnish(ada: Visitor, grace: Visitor) {
  for (const title of TITLES) await ada.createNote(`${title}\n\n${title} and more of it.`);
  const own = await ada.createNote(MARKDOWN);
  await ada.share(own, emailOf("Grace"), "write");
  const guestPaths = {
    read: await linkTo(ada, own, "read"),
    write: await linkTo(ada, own, "write"),
  };
  await ada.post(`/notes/${own}/pin`);
  const borrowed = await grace.createNote(MARKDOWN);
  await grace.share(borrowed, emailOf("Ada"), "read");
  const trashed = await ada.createNote("Deleted with good reason");
  await ada.post(`/notes/${trashed}/trash`);
  await ada.get("/notes");
  await waitFor(async () => {
    const { text } = await ada.get("/notes");
    return [own, borrowed].every((id) => text.includes(`document-${id}`));
  });
  const entry = await fillInbox(ada, grace, borrowed);
  return { own, borrowed, trashed, guestPaths, entry };
}

/** What Grace shares is told to Ada; of that, one is put off, one archived and one muted. */
async function fillInbox(ada: Visitor, grace: Visitor, borrowed: string): Promise<string> {
  const notes = [];
  for (const title of TITLES) {
    const note = await grace.createNote(title);
    await grace.share(note, emailOf("Ada"), "read");
    notes.push(note);
  }
  const entries = await waitFor(async () => {
    const found = entriesIn((await ada.get("/inbox")).text);
    return found.length > notes.length ? found : undefined;
  });
  const [first = "", second = "", third = ""] = entries;
  const until = String(Date.now() + 86_400_000);
  await ada.post("/inbox/snooze", { id: first, until });
  await ada.post("/inbox/archive", { id: second });
  await ada.post(`/inbox/${third}/mute`);
  await ada.get("/inbox");
  // The oldest is about what was shared first.
  const last = entries.at(-1);
  if (last === undefined) throw new Error(`Cannot find an entry about ${borrowed}`);
  return last;
}

function entriesIn(html: string): string[] {
  return [...html.matchAll(/id="inbox-(\w{26})"/g)].map(([, id = ""]) => id);
}

async function rename(visitor: Visitor, name: string): Promise<void> {
  const settings = { name, timeZone: "Europe/Rome", language: "en-US", theme: "system" };
  const { status } = await visitor.post("/settings", { ...settings, shortcuts: "on" });
  if (status !== 303) throw new Error(`Cannot rename: expected 303, received ${status}`);
}

/** Makes a link and answers with its path. */
async function linkTo(owner: Visitor, note: string, role: "read" | "write"): Promise<string> {
  const before = await linksOf(owner, note);
  await owner.post(`/notes/${note}/links`, { role, expires: "week" });
  const made = (await linksOf(owner, note)).find((path) => !before.includes(path));
  if (made === undefined) throw new Error("Cannot make a link: expected one more, received none");
  return made;
}

async function linksOf(owner: Visitor, note: string): Promise<string[]> {
  const { text } = await owner.get(`/notes/${note}/share`);
  return [...text.matchAll(/\/shared\/[\w-]+/g)].map(([path]) => path);
}

async function invite(administrator: Visitor): Promise<string> {
  await administrator.get("/admin");
  const { text } = await administrator.post("/admin/invitations", { role: "member" });
  const path = /\/signup\?invitation=[\w-]+/.exec(text)?.[0];
  if (path === undefined) throw new Error("Cannot invite: expected a link, received none");
  return path;
}
