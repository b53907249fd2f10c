import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { SuiteError } from "../../actors/mod.ts";
import { type FormField, type FormLimits, FormParser } from "./form_parser.ts";

const WIDE: FormLimits = { fieldsMax: 1_000, nameBytesMax: 10_000, valueBytesMax: 10_000 };

/** Parses a form in pieces that end where they are told to. */
function parse(
  form: string | Uint8Array,
  given: { limits?: FormLimits; cuts?: readonly number[] } = {},
): readonly FormField[] {
  const bytes = typeof form === "string" ? new TextEncoder().encode(form) : form;
  const parser = new FormParser(given.limits ?? WIDE);
  let from = 0;
  const ends = (given.cuts ?? []).map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);
  for (const to of [...ends, bytes.length]) {
    parser.push(bytes.subarray(from, to));
    from = to;
  }
  return parser.end();
}

function codeOf(parsing: () => unknown): string {
  try {
    parsing();
  } catch (error) {
    if (error instanceof SuiteError) return error.code;
    throw error;
  }
  return "none";
}

const texts = fc.string({ unit: "binary", maxLength: 20 });
const forms = fc.array(fc.tuple(texts, texts), { maxLength: 8 });
const cuts = fc.array(fc.nat(400), { maxLength: 12 });

describe("a form", () => {
  test("is read as browsers write it, wherever its pieces end", () => {
    fc.assert(
      fc.property(forms, cuts, (fields, cuts) => {
        const encoded = new URLSearchParams(fields).toString();
        expect(parse(encoded, { cuts })).toEqual([...new URLSearchParams(encoded)]);
      }),
      { seed: 5, numRuns: 1_000 },
    );
  });

  test("is read as the standard says, also where nothing is escaped", () => {
    const pieces = fc.constantFrom(
      "a",
      "=",
      "&",
      "+",
      "%2B",
      "%26",
      "%3d",
      "é",
      "漢",
      "👩🏽‍🚀",
      "\0",
      "\uFEFF",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), cuts, (pieces, cuts) => {
        const form = pieces.join("");
        // A question mark at the beginning is the one thing that URLSearchParams takes away.
        expect(parse(form, { cuts })).toEqual([...new URLSearchParams(form)]);
      }),
      { seed: 6, numRuns: 1_000 },
    );
  });

  test("keeps characters whole that lie across pieces", () => {
    const encoded = "text=%F0%9F%91%A9+漢";
    const length = new TextEncoder().encode(encoded).length;
    for (let cut = 0; cut <= length; cut++) {
      expect(parse(encoded, { cuts: [cut] })).toEqual([["text", "👩 漢"]]);
    }
  });

  test("keeps the order of fields and all values of one name", () => {
    expect(parse("id=1&next=%2F&id=2&empty=&bare")).toEqual([
      ["id", "1"],
      ["next", "/"],
      ["id", "2"],
      ["empty", ""],
      ["bare", ""],
    ]);
  });
});

describe("a malformed form", () => {
  test.each(["a=%", "a=%4", "a=%4&b=1", "a=%zz", "%=1", "a=%4%41", "a=%u0041"])(
    "%s is refused",
    (form) => {
      for (let cut = 0; cut <= form.length; cut++) {
        expect(codeOf(() => parse(form, { cuts: [cut] }))).toBe("invalid");
      }
    },
  );

  test.each(["a=%FF", "a=%C3", "a=%C3&b=%A9", "%E6%BC=1", "a=%ED%A0%80", "a=%C0%AF"])(
    "%s is no UTF-8 and refused",
    (form) => {
      for (let cut = 0; cut <= form.length; cut++) {
        expect(codeOf(() => parse(form, { cuts: [cut] }))).toBe("invalid");
      }
    },
  );

  test("is refused without a word of what it holds", () => {
    try {
      parse("password=hunter2%");
    } catch (error) {
      expect(Bun.inspect(error)).not.toContain("hunter2");
    }
    expect.assertions(1);
  });
});

describe("limits of a form", () => {
  const limits = { fieldsMax: 2, nameBytesMax: 4, valueBytesMax: 6 };

  test("hold for the number of fields", () => {
    expect(parse("a=1&b=2", { limits })).toHaveLength(2);
    expect(codeOf(() => parse("a=1&b=2&c=3", { limits }))).toBe("too_large");
    expect(codeOf(() => parse("a&b&c", { limits }))).toBe("too_large");
  });

  test("hold for names and values, decoded, over all pieces", () => {
    expect(parse("%61bcd=%E6%BC%A2+++", { limits })).toEqual([["abcd", "漢   "]]);
    const cuts = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    for (const form of ["abcde=1", "abcde", "a=1234567", "a=%E6%BC%A2%E6%BC%A2x"]) {
      expect(codeOf(() => parse(form, { limits }))).toBe("too_large");
      expect(codeOf(() => parse(form, { limits, cuts }))).toBe("too_large");
    }
  });

  test("end a form before more of it is taken", () => {
    const parser = new FormParser(limits);
    const piece = new TextEncoder().encode("a=xxxx");
    parser.push(piece);
    expect(() => parser.push(piece)).toThrow("expected shorter values");
  });
});
