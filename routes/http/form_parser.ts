/**
 * Parses `application/x-www-form-urlencoded` as it arrives (the URL Standard, section 5.1), within limits.
 * It is stricter than browsers' own parser: what no browser sends (a `%` without two digits, bytes that are
 * no UTF-8) is refused instead of being guessed at.
 */

import { SuiteError } from "../../actors/mod.ts";

/** One field, as name and value. */
export type FormField = readonly [name: string, value: string];

/** What a form may consist of; its bytes as a whole are counted where they are read. */
export interface FormLimits {
  fieldsMax: number;
  nameBytesMax: number;
  valueBytesMax: number;
}

const AMPERSAND = 0x26;
const EQUALS = 0x3d;
const PLUS = 0x2b;
const PERCENT = 0x25;
const SPACE = 0x20;

/** The value of each ASCII hexadecimal digit, and -1 for every other byte. */
const HEX_DIGITS = Int8Array.from({ length: 256 }, (_, byte) => {
  const digit = Number.parseInt(String.fromCharCode(byte), 16);
  return Number.isNaN(digit) ? -1 : digit;
});

/** Takes a form in pieces of any size, and answers its fields at the end. */
export class FormParser {
  readonly #limits: FormLimits;
  readonly #fields: FormField[] = [];
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  /** Decoded bytes of the current piece that are not text yet. */
  #bytes = new Uint8Array(0);
  #length = 0;
  /** Bytes of the current name or value, over all pieces. */
  #partBytes = 0;
  /** The current name or value, as far as it is text. */
  #texts: string[] = [];
  /** The name of the field whose value is being read. */
  #name: string | undefined;
  /** Digits of an escape that are still to come, and the first of them. */
  #digitsLeft = 0;
  #digit = 0;

  constructor(limits: FormLimits) {
    this.#limits = limits;
  }

  /** Takes the next piece. Throws `invalid` when it is malformed, `too_large` beyond a limit. */
  push(piece: Uint8Array): void {
    // Decoding never makes a piece longer; an escape that began before it may add one byte.
    if (this.#bytes.length <= piece.length) this.#bytes = new Uint8Array(piece.length + 1);
    // By position: an iterator over a typed array is several times as slow.
    for (let at = 0; at < piece.length; at++) {
      at = this.#copyPlain(piece, at);
      if (at < piece.length) this.#takeSign(piece[at] ?? 0);
    }
    this.#decode(true);
  }

  /** Ends the form and answers its fields in their order. */
  end(): readonly FormField[] {
    this.#endField();
    return this.#fields;
  }

  /** Copies what stands for itself; answers where something else comes. */
  #copyPlain(piece: Uint8Array, start: number): number {
    if (this.#digitsLeft > 0) return start;
    const bytes = this.#bytes;
    let length = this.#length;
    let at = start;
    for (; at < piece.length; at++) {
      const byte = piece[at] ?? 0;
      if (byte === PERCENT || byte === AMPERSAND || byte === EQUALS) break;
      bytes[length++] = byte === PLUS ? SPACE : byte;
    }
    this.#length = length;
    return at;
  }

  #takeSign(byte: number): void {
    if (this.#digitsLeft > 0) this.#takeDigit(byte);
    else if (byte === PERCENT) this.#digitsLeft = 2;
    else if (byte === AMPERSAND) this.#endField();
    else if (this.#name === undefined) this.#name = this.#endPart();
    else this.#bytes[this.#length++] = byte;
  }

  #takeDigit(byte: number): void {
    const digit = HEX_DIGITS[byte] ?? -1;
    if (digit < 0) throw malformed();
    if (--this.#digitsLeft === 0) this.#bytes[this.#length++] = this.#digit * 16 + digit;
    else this.#digit = digit;
  }

  #endField(): void {
    const part = this.#endPart();
    const name = this.#name;
    this.#name = undefined;
    // Between two ampersands there is no field.
    if (name === undefined && part === "") return;
    if (this.#fields.length >= this.#limits.fieldsMax) {
      throw new SuiteError(
        "too_large",
        `Cannot read the form: expected at most ${this.#limits.fieldsMax} fields`,
      );
    }
    this.#fields.push(name === undefined ? [part, ""] : [name, part]);
  }

  #endPart(): string {
    if (this.#digitsLeft > 0) throw malformed();
    this.#decode(false);
    const text = this.#texts.join("");
    this.#texts = [];
    this.#partBytes = 0;
    return text;
  }

  /** Makes text of the bytes there are; what is left of a character waits when more is to come. */
  #decode(stream: boolean): void {
    const { nameBytesMax, valueBytesMax } = this.#limits;
    this.#partBytes += this.#length;
    const isName = this.#name === undefined;
    if (this.#partBytes > (isName ? nameBytesMax : valueBytesMax)) {
      throw new SuiteError(
        "too_large",
        `Cannot read the form: expected shorter ${isName ? "names" : "values"} of fields`,
      );
    }
    try {
      const text = this.#decoder.decode(this.#bytes.subarray(0, this.#length), { stream });
      if (text !== "") this.#texts.push(text);
    } catch {
      // The error of the decoder tells nothing more, and no part of the form is to be in the log.
      throw malformed();
    }
    this.#length = 0;
  }
}

function malformed(): SuiteError {
  return new SuiteError("invalid", "Cannot read the form: expected what browsers send");
}
