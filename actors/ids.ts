/**
 * Addresses of actors and the ids in them. What comes from outside is checked here, in one place:
 * an id's length and characters are a security fence, because ids become keys, topics and DOM ids.
 */

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ID_PATTERN = /^[0-9A-HJKMNP-TV-Z]{26}$/;
const OPERATION_ID_PATTERN = /^[A-Za-z0-9_-]{8,64}$/;

/** The kinds of actors. */
export type ActorKind = "document" | "inbox" | "room" | "calendar" | "upload";

const KINDS: ReadonlySet<string> = new Set<ActorKind>([
  "document",
  "inbox",
  "room",
  "calendar",
  "upload",
]);

/** The name of one actor, such as `document:01JD2Z7Q5V4T8N3XKQ0C9B6MWE`. */
export type Address = `${ActorKind}:${string}`;

declare const person: unique symbol;

/**
 * The id of a person. A text from outside becomes one by {@linkcode parsePersonId} alone, so that
 * nothing else compiles where an operation, an event or a query names a person.
 */
export type PersonId = string & { readonly [person]: true };

/** Makes an id (ULID) from a time in milliseconds and ten random bytes: sorts by time. */
export function formatId(timeMs: number, random: Uint8Array): string {
  if (random.length < 10) {
    throw new RangeError(`Cannot make an id: expected 10 random bytes, received ${random.length}`);
  }
  let head = "";
  let rest = timeMs;
  for (let i = 0; i < 10; i++) {
    head = CROCKFORD[rest % 32] + head;
    rest = Math.floor(rest / 32);
  }
  let bits = 0;
  let value = 0;
  let tail = "";
  for (const byte of random.subarray(0, 10)) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      tail += CROCKFORD[(value >> bits) & 31];
    }
  }
  return head + tail;
}

/** Whether a text from outside is an id. */
export function isId(text: unknown): text is string {
  return typeof text === "string" && ID_PATTERN.test(text);
}

/** The id of a person in a text from outside, or undefined when it cannot be one. */
export function parsePersonId(text: unknown): PersonId | undefined {
  return isId(text) ? (text as PersonId) : undefined;
}

/** The id of a person that was just minted, or comes from a test. Throws a RangeError when it is none. */
export function toPersonId(text: string): PersonId {
  const id = parsePersonId(text);
  if (id === undefined) {
    throw new RangeError(`Cannot name a person: expected an id, received "${text.slice(0, 40)}"`);
  }
  return id;
}

/** The ids of people among texts, such as the authors of changes, each once. */
export function personIdsIn(texts: Iterable<unknown>): PersonId[] {
  const ids = new Set<PersonId>();
  for (const text of texts) {
    const id = parsePersonId(text);
    if (id !== undefined) ids.add(id);
  }
  return [...ids];
}

/** Whether a text from outside may be the id of an operation. */
export function isOperationId(text: unknown): text is string {
  return typeof text === "string" && OPERATION_ID_PATTERN.test(text);
}

/** The address of an actor. Throws a RangeError when the id is not one. */
export function formatAddress(kind: ActorKind, id: string): Address {
  if (!isId(id)) throw new RangeError(`Cannot address "${kind}": expected an id, received "${id}"`);
  return `${kind}:${id}`;
}

/** The parts of an address, or undefined when the text is not one. */
export function parseAddress(text: string): { kind: ActorKind; id: string } | undefined {
  const colon = text.indexOf(":");
  const kind = text.slice(0, colon);
  const id = text.slice(colon + 1);
  if (!KINDS.has(kind) || !isId(id)) return undefined;
  return { kind: kind as ActorKind, id };
}
