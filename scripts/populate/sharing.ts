/** Who gets to see a note: nobody, a few, everybody, whoever has the link, or has had it. */

import { type Account, formatId, type SharedRole } from "../../actors/mod.ts";
import { type Calendar, DAY_MS } from "./calendar.ts";
import type { Draft } from "./draft.ts";
import type { Random } from "./random.ts";

const ADMINISTRATOR_SHARE = 0.4;

/** What a note is shared with. */
export interface Sharing {
  accounts: readonly Account[];
  calendar: Calendar;
  random: Random;
}

type Way = (draft: Draft, sharing: Sharing) => unknown;

/** How often notes are shared in which way. */
const WAYS: readonly (readonly [percent: number, way: Way])[] = [
  [30, () => {}],
  [12, (draft, sharing) => withPeople(draft, { ...sharing, count: 1, roles: ["read"] })],
  [24, (draft, sharing) => withPeople(draft, { ...sharing, count: 2, roles: ["write"] })],
  [13, (draft, sharing) => withPeople(draft, { ...sharing, count: 6, roles: ["read", "write"] })],
  [5, (draft, sharing) => withPeople(draft, { ...sharing, count: 1_000, roles: ["read"] })],
  [4, (draft, sharing) => byLink(draft, { ...sharing, role: "read" })],
  [3, (draft, sharing) => byLink(draft, { ...sharing, role: "write", days: 30 })],
  [3, byLinkOfThePast],
  [2, byLinkTakenBack],
  [4, byLinkThatWasUsed],
];

/** Shares a note in one of the ways; `keepTo` is how likely it stays with its owner anyhow. */
export function shareSomehow(draft: Draft, sharing: Sharing & { keepTo: number }): void {
  const { random, keepTo } = sharing;
  if (random.chance(keepTo)) return;
  let rest = random.next() * 100;
  for (const [percent, way] of WAYS) {
    rest -= percent;
    if (rest >= 0) continue;
    way(draft, sharing);
    return;
  }
}

/** Shares with so many people, or with all there are. */
export function withPeople(
  draft: Draft,
  sharing: Sharing & { count: number; roles: readonly SharedRole[] },
): void {
  const { calendar, random, count, roles } = sharing;
  const [first, ...rest] = othersThan(draft, sharing);
  const administrator = first?.role === "administrator" ? first : undefined;
  const picked = random.shuffle(administrator || !first ? rest : [first, ...rest]);
  // Whoever looks at a whole team looks from the administrator's side most of the time.
  if (administrator && random.chance(ADMINISTRATOR_SHARE)) picked.unshift(administrator);
  else if (administrator) picked.push(administrator);
  const at = calendar.after(draft.at, random);
  for (const { id } of picked.slice(0, count)) draft.share(id, { at, role: random.pick(roles) });
}

function othersThan(draft: Draft, { accounts }: Sharing): Account[] {
  return accounts.filter(({ id }) => id !== draft.ownerId);
}

/** Makes a link that never expires, or one of these days that expires in so many. */
function byLink(
  draft: Draft,
  options: Sharing & { role: SharedRole; days?: number; at?: number },
): string {
  const { calendar, random, role, days } = options;
  const from = draft.at;
  const createdAt = options.at ?? calendar.lately(days ?? 40, { from, random });
  const id = formatId(createdAt, random.bytes(10));
  const expiresAt = days === undefined ? undefined : createdAt + days * DAY_MS;
  draft.link({ id, role, createdAt, expiresAt });
  return id;
}

/** A link for a week, made when the note was. */
function byLinkOfThePast(draft: Draft, sharing: Sharing): void {
  byLink(draft, { ...sharing, role: "read", days: 7, at: draft.at });
}

function byLinkTakenBack(draft: Draft, sharing: Sharing): void {
  const { calendar, random } = sharing;
  const linkId = byLink(draft, { ...sharing, role: "write", at: draft.at });
  draft.unlink(linkId, calendar.after(draft.at, random));
}

function byLinkThatWasUsed(draft: Draft, sharing: Sharing): void {
  const { calendar, random } = sharing;
  const role = random.pick(["read", "write"] as const);
  const linkId = byLink(draft, { ...sharing, role, at: draft.at });
  const [first, second] = random.shuffle(othersThan(draft, sharing));
  for (const account of [first, second]) {
    if (account) draft.join(account.id, { linkId, role, at: calendar.after(draft.at, random) });
  }
}
