/**
 * As much of the Yjs protocols as typing needs, so that the load process does not carry four hundred
 * documents of its own: integers and strings of lib0, an update that inserts a text after another
 * character, and which characters an update from the server brings. The formats are those of Yjs's
 * `UpdateEncoderV1` and of y-protocols.
 */

/** The name of one character: who wrote it, and the how manieth of theirs it was. */
export interface ItemId {
  client: number;
  clock: number;
}

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

/** Contents of an item, by number. */
const CONTENT = { gc: 0, string: 4, skip: 10 } as const;
const HAS_LEFT = 0x80;
const HAS_RIGHT = 0x40;
const HAS_KEY = 0x20;

/** Bytes that grow while they are written. */
export class Writer {
  readonly #bytes: number[] = [];

  /** An unsigned integer, seven bits a byte, lowest first. */
  integer(value: number): this {
    let rest = value;
    while (rest > 127) {
      this.#bytes.push(128 | (rest % 128));
      rest = Math.floor(rest / 128);
    }
    this.#bytes.push(rest);
    return this;
  }

  /** One byte as it is. */
  byte(value: number): this {
    this.#bytes.push(value);
    return this;
  }

  /** A text with its length in front. */
  text(value: string): this {
    return this.block(ENCODER.encode(value));
  }

  /** Bytes with their number in front. */
  block(value: Uint8Array): this {
    this.integer(value.length);
    this.#bytes.push(...value);
    return this;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#bytes);
  }
}

/** Reads what a `Writer` writes. */
export class Reader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  integer(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
  }

  byte(): number {
    const byte = this.#bytes[this.#position++];
    if (byte === undefined) throw new RangeError("Cannot read message: it ends too early");
    return byte;
  }

  text(): string {
    return DECODER.decode(this.block());
  }

  block(): Uint8Array {
    const length = this.integer();
    this.#position += length;
    return this.#bytes.subarray(this.#position - length, this.#position);
  }
}

/** An update by which `id` and what follows it insert a text between two characters. */
export function insertion(
  id: ItemId,
  text: string,
  { left, right }: { left: ItemId; right: ItemId | undefined },
): Uint8Array<ArrayBuffer> {
  const writer = new Writer().integer(1).integer(1).integer(id.client).integer(id.clock);
  writer.byte(CONTENT.string | HAS_LEFT | (right ? HAS_RIGHT : 0));
  writer.integer(left.client).integer(left.clock);
  if (right) writer.integer(right.client).integer(right.clock);
  // No deletions follow.
  return writer.text(text).integer(0).bytes();
}

/** Tells of every stretch of text that an update inserts: whose, from which clock on, how long. */
export function readInsertions(
  update: Uint8Array,
  found: (client: number, clock: number, units: number) => void,
): void {
  const reader = new Reader(update);
  for (let clients = reader.integer(); clients > 0; clients--) {
    let structs = reader.integer();
    const client = reader.integer();
    let clock = reader.integer();
    for (; structs > 0; structs--) {
      const units = readStruct(reader);
      if (units.isText) found(client, clock, units.length);
      clock += units.length;
    }
  }
}

function readStruct(reader: Reader): { length: number; isText: boolean } {
  const info = reader.byte();
  const content = info & 0x1f;
  if (content === CONTENT.gc || content === CONTENT.skip) {
    return { length: reader.integer(), isText: false };
  }
  if (content !== CONTENT.string) {
    throw new RangeError(`Cannot read update: expected a text, received content ${content}`);
  }
  if (info & HAS_LEFT) readId(reader);
  if (info & HAS_RIGHT) readId(reader);
  if (!(info & (HAS_LEFT | HAS_RIGHT))) {
    if (reader.integer() === 1) reader.text();
    else readId(reader);
    if (info & HAS_KEY) reader.text();
  }
  return { length: reader.text().length, isText: true };
}

function readId(reader: Reader): ItemId {
  return { client: reader.integer(), clock: reader.integer() };
}
