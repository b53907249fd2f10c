import { expect, test } from "bun:test";
import fc from "fast-check";
import { isPublicAddress } from "./public_address.ts";

test.each([
  "0.0.0.0",
  "0.1.2.3",
  "10.0.0.1",
  "100.64.0.1",
  "100.127.255.255",
  "127.0.0.1",
  "127.255.255.254",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.8",
  "192.0.2.1",
  "192.168.1.1",
  "198.18.0.1",
  "198.19.255.255",
  "198.51.100.7",
  "203.0.113.9",
  "224.0.0.1",
  "239.255.255.250",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::ffff:10.0.0.1",
  "::ffff:8.8.8.8",
  "::127.0.0.1",
  "64:ff9b::7f00:1",
  "64:ff9b::808:808",
  "64:ff9b:1::1",
  "100::1",
  "fc00::1",
  "fd12:3456::1",
  "fe80::1",
  "fe80::1%eth0",
  "fec0::1",
  "ff02::1",
  "2001::1",
  "2001:db8::1",
  "2002:7f00:1::",
  "3fff::1",
  "localhost",
  "",
  "1.2.3",
  "0x7f.0.0.1",
  "8.8.8.8 ",
])('isPublicAddress() refuses "%s"', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each([
  "1.1.1.1",
  "8.8.8.8",
  "100.63.255.255",
  "100.128.0.0",
  "126.255.255.255",
  "128.0.0.1",
  "172.15.255.255",
  "172.32.0.0",
  "192.167.255.255",
  "223.255.255.255",
  "2606:4700:4700::1111",
  "2a00:1450:4001:830::200a",
])('isPublicAddress() lets "%s" pass', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

/** The ranges once more, by arithmetic. */
function isPrivateByNumber(address: number): boolean {
  const ranges: [number, number][] = [
    [0x00000000, 8],
    [0x0a000000, 8],
    [0x64400000, 10],
    [0x7f000000, 8],
    [0xa9fe0000, 16],
    [0xac100000, 12],
    [0xc0000000, 24],
    [0xc0000200, 24],
    [0xc0586300, 24],
    [0xc0a80000, 16],
    [0xc6120000, 15],
    [0xc6336400, 24],
    [0xcb007100, 24],
    [0xe0000000, 3],
  ];
  return ranges.some(([prefix, bits]) => (address ^ prefix) >>> (32 - bits) === 0);
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join(".");
}

const anyV4 = fc.oneof(
  fc.integer({ min: 0, max: 0xffffffff }),
  // Near the edges of the ranges.
  fc
    .tuple(
      fc.constantFrom(0x0a000000, 0x64400000, 0x7f000000, 0xa9fe0000, 0xac100000, 0xc0a80000),
      fc.integer({ min: -3, max: 3 }),
    )
    .map(([prefix, step]) => (prefix + step) >>> 0),
);

test("isPublicAddress() agrees with arithmetic on every IPv4 address", () => {
  fc.assert(
    fc.property(anyV4, (address) => {
      expect(isPublicAddress(dotted(address))).toBe(!isPrivateByNumber(address));
    }),
    { numRuns: 2_000 },
  );
});

test("isPublicAddress() refuses every IPv4 address in the clothes of IPv6", () => {
  const wraps = [
    (hex: string) => `::ffff:${hex}`,
    (hex: string) => `::${hex}`,
    (hex: string) => `::ffff:0:${hex}`,
    (hex: string) => `64:ff9b::${hex}`,
    (hex: string) => `2002:${hex}::1`,
  ];
  fc.assert(
    fc.property(anyV4, fc.constantFrom(...wraps), (address, wrap) => {
      const hex = `${(address >>> 16).toString(16)}:${(address & 0xffff).toString(16)}`;
      expect(isPublicAddress(wrap(hex))).toBe(false);
    }),
    { numRuns: 1_000 },
  );
});

test("isPublicAddress() refuses everything outside of what was given to anybody", () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      if (!/^[23][0-9a-f]{3}:/i.test(address)) expect(isPublicAddress(address)).toBe(false);
    }),
    { numRuns: 1_000 },
  );
});
