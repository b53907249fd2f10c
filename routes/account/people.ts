/**
 * What people see of each other, decided here and nowhere else. Members and administrators find everybody
 * and see addresses. A guest sees names only, and finds those they share a note with, or one person whose
 * address they know to the letter. Somebody without an account, who came by a link, finds nobody.
 */

import {
  type Account,
  limits,
  type Person,
  type PersonId,
  parsePersonId,
} from "../../actors/mod.ts";
import { mentionKey } from "../../views/document/mentions.tsx";
import type { Services } from "../services.ts";

type Viewer = Pick<Account, "id" | "role">;
type PeopleServices = Pick<Services, "accounts" | "documentQueries">;

/** Somebody who was found, and what a form says to name them. */
export interface FoundPerson {
  person: Person;
  key: string;
}

/** A person as somebody sees them. */
export function seenBy(viewer: Viewer | undefined, person: Person): Person {
  const seesAddress = viewer !== undefined && (viewer.role !== "guest" || viewer.id === person.id);
  return seesAddress ? person : { id: person.id, name: person.name };
}

/** Those with these ids, as somebody sees them. */
export async function peopleSeenBy(
  viewer: Viewer | undefined,
  ids: Parameters<PeopleServices["accounts"]["people"]>[0],
  { accounts }: Pick<PeopleServices, "accounts">,
): Promise<Map<string, Person>> {
  const people = await accounts.people(ids);
  return new Map([...people].map(([id, person]) => [id, seenBy(viewer, person)]));
}

/** People whom somebody finds by what they typed, best match first, without themselves. */
export async function searchPeople(
  viewer: Viewer,
  query: string,
  given: { limit: number; services: PeopleServices },
): Promise<FoundPerson[]> {
  const { limit, services } = given;
  if (viewer.role === "guest") return await searchAsGuest(viewer, query, given);
  const found = await services.accounts.search(query, limit);
  return found.filter(({ id }) => id !== viewer.id).map((person) => ({ person, key: person.id }));
}

/** The one person whom a text names, by id, address or name. */
export async function findPerson(
  viewer: Viewer,
  text: string,
  services: PeopleServices,
): Promise<Account["id"] | undefined> {
  if (text === "") return undefined;
  const id = parsePersonId(text);
  if (id !== undefined) return (await mayNameById(viewer, id, services)) ? id : undefined;
  const byEmail = await services.accounts.findByEmail(text);
  if (byEmail) return byEmail.account.id;
  const found = await searchPeople(viewer, text, { limit: 2, services });
  return found.length === 1 ? found[0]?.person.id : undefined;
}

/** Whether there is a person with an id, and the viewer may name them by it alone. */
export async function mayNameById(
  viewer: Viewer,
  userId: PersonId,
  services: PeopleServices,
): Promise<boolean> {
  if ((await services.accounts.find(userId)) === undefined) return false;
  if (viewer.role !== "guest") return true;
  return (await acquaintancesOf(viewer, services)).includes(userId);
}

/** So many whose name, or a later part of it, begins with a text; the name's beginning first. */
export function namedLike(people: readonly Person[], text: string, limit: number): Person[] {
  const wanted = mentionKey(text);
  const rankOf = ({ name }: Person) => {
    const key = mentionKey(name);
    if (key.startsWith(wanted)) return 0;
    return key.includes(` ${wanted}`) ? 1 : undefined;
  };
  return people
    .flatMap((person) => {
      const rank = rankOf(person);
      return rank === undefined ? [] : [{ person, rank }];
    })
    .sort((a, b) => a.rank - b.rank || a.person.name.localeCompare(b.person.name))
    .slice(0, limit)
    .map(({ person }) => person);
}

/** The address that was typed is not told again, and names the person in the form. */
async function searchAsGuest(
  viewer: Viewer,
  query: string,
  { limit, services }: { limit: number; services: PeopleServices },
): Promise<FoundPerson[]> {
  if (query === "") return [];
  const known = await services.accounts.findByEmail(query);
  if (known) {
    const { id, name } = known.account;
    return id === viewer.id ? [] : [{ person: { id, name }, key: query }];
  }
  const ids = await acquaintancesOf(viewer, services);
  const people = await peopleSeenBy(viewer, ids, services);
  const found = namedLike([...people.values()], query, limit);
  return found.map((person) => ({ person, key: person.id }));
}

function acquaintancesOf({ id }: Viewer, { documentQueries }: PeopleServices) {
  return documentQueries.acquaintances(id, limits.acquaintancesMax);
}
