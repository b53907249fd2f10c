/**
 * What stands in the links that end e-mail: for whom and of what sort, signed by the server. It does not
 * expire, since a mail may be read late, and it can do nothing else.
 */

import {
  type AccountStore,
  isNotificationKind,
  type NotificationKind,
  type PersonId,
  parsePersonId,
} from "../../actors/mod.ts";
import { isSameSecret, serverSecret, sign } from "../http/tokens.ts";

/** A sort of e-mail that one can end: of one kind, or what comes once a day. */
export type MailSort = NotificationKind | "daily";

/** Whose e-mail of what sort. */
export interface Unsubscription {
  userId: PersonId;
  sort: MailSort;
}

/** A token for a link. */
export async function mintUnsubscribeToken(
  accounts: AccountStore,
  { userId, sort }: Unsubscription,
): Promise<string> {
  return `${userId}~${sort}~${sign(textOf(userId, sort), await serverSecret(accounts))}`;
}

/** What a token says; undefined when we did not make it. */
export async function readUnsubscribeToken(
  accounts: AccountStore,
  token: string | undefined,
): Promise<Unsubscription | undefined> {
  const [person = "", sort = "", signature = "", ...rest] = (token ?? "").split("~");
  const userId = parsePersonId(person);
  const isSort = sort === "daily" || isNotificationKind(sort);
  if (rest.length > 0 || userId === undefined || !isSort) return undefined;
  const expected = sign(textOf(userId, sort), await serverSecret(accounts));
  return isSameSecret(signature, expected) ? { userId, sort } : undefined;
}

function textOf(userId: string, sort: MailSort): string {
  return `unsubscribe:${userId}:${sort}`;
}
