/**
 * What each route takes in a request's body: which kind, and how much from whom. A route that is not in
 * the table takes nothing and cannot be reached by a request that changes something.
 */

import type { Context } from "hono";
import { matchedRoutes } from "hono/route";
import { limits } from "../../actors/mod.ts";
import type { BodyRule } from "./body.ts";
import type { Env } from "./env.ts";

const small: BodyRule["bytesMax"] = {
  stranger: limits.formBytesMax,
  link: limits.formBytesMax,
  member: limits.formBytesMax,
};
const form: BodyRule = { type: "form", bytesMax: small };
/** A form with everything that was selected in a list. */
const selection: BodyRule = {
  type: "form",
  bytesMax: {
    stranger: limits.strangerFormBytesMax,
    link: limits.strangerFormBytesMax,
    member: limits.strangerFormBytesMax,
  },
};
/** A form with the text of a note. */
const note: BodyRule = {
  type: "form",
  bytesMax: {
    stranger: limits.strangerFormBytesMax,
    link: limits.strangerFormBytesMax,
    member: limits.noteFormBytesMax,
  },
};
const noteByLink: BodyRule = {
  type: "form",
  bytesMax: {
    stranger: limits.strangerFormBytesMax,
    link: limits.linkFormBytesMax,
    member: limits.linkFormBytesMax,
  },
};

/** The rule of each route that changes something. */
export const bodyRules: Readonly<Record<string, BodyRule>> = {
  "POST /signin": form,
  "POST /signup": form,
  "POST /signout": form,
  // Mail programs send what they like (RFC 8058); what is meant is in the address.
  "POST /unsubscribe": { type: "ignored", bytesMax: small },

  "POST /notes": note,
  "POST /notes/:id": note,
  "POST /shared/:token": noteByLink,
  "POST /notes/pin": selection,
  "POST /notes/trash": selection,
  "POST /notes/restore": selection,
  "POST /notes/:id/pin": form,
  "POST /notes/:id/unpin": form,
  "POST /notes/:id/watch": form,
  "POST /notes/:id/unwatch": form,
  "POST /notes/:id/trash": form,
  "POST /notes/:id/restore": form,
  "POST /notes/:id/purge": form,
  "POST /notes/:id/share": form,
  "POST /notes/:id/members/:userId": form,
  "POST /notes/:id/links": form,
  "POST /notes/:id/links/:linkId/revoke": form,
  "POST /notes/:id/leave": form,

  "POST /inbox/read": selection,
  "POST /inbox/unread": selection,
  "POST /inbox/archive": selection,
  "POST /inbox/unarchive": selection,
  "POST /inbox/snooze": selection,
  "POST /inbox/wake": selection,
  "POST /inbox/read-all": form,
  "POST /inbox/unread-all": form,
  "POST /inbox/unmute": form,
  "POST /inbox/:id/mute": form,

  "POST /settings": form,
  "POST /settings/password": form,
  "POST /settings/sessions/others/end": form,
  "POST /settings/sessions/:id/end": form,
  "POST /settings/notifications": form,
  "POST /settings/devices": { type: "form_or_json", bytesMax: small },
  "POST /settings/devices/:id/remove": form,
  "POST /settings/devices/:id/test": form,

  "POST /admin/people/:id/role": form,
  "POST /admin/invitations": form,
  "POST /admin/invitations/:id/withdraw": form,
  "POST /admin/sign-up": form,
  "POST /admin/inbox": form,
  "POST /ops/release": form,
  "POST /ops/events/replay": form,
  "POST /ops/events/discard": form,
};

/** The rule of the route that a request is going to reach; undefined where it takes no body. */
export function bodyRuleOf(c: Context<Env>): BodyRule | undefined {
  const route = matchedRoutes(c).find(({ method }) => method === c.req.method);
  return route && bodyRules[`${route.method} ${route.path}`];
}
