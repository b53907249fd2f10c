import { expect, test } from "bun:test";
import { addressKey, clientAddress, isSameOrigin, localPath } from "./origin.ts";

const suite = new URL("https://suite.harbor.example");
const local = new URL("http://localhost:3000");

function same(headers: Record<string, string>, url = suite): boolean {
  return isSameOrigin(new Headers(headers), url);
}

test("isSameOrigin() accepts our own pages only", () => {
  expect(same({ Origin: "https://suite.harbor.example" })).toBe(true);
  expect(same({ Origin: "http://suite.harbor.example" })).toBe(false);
  expect(same({ Origin: "https://suite.harbor.example:8443" })).toBe(false);
  expect(same({ Origin: "https://evil.example" })).toBe(false);
  expect(same({ Origin: "https://suite.harbor.example.evil.example" })).toBe(false);
  expect(same({ Origin: "null" })).toBe(false);
});

test("isSameOrigin() believes Sec-Fetch-Site only when there is no Origin", () => {
  expect(same({ "Sec-Fetch-Site": "same-origin" })).toBe(true);
  for (const site of ["same-site", "cross-site", "none"]) {
    expect(same({ "Sec-Fetch-Site": site })).toBe(false);
  }
  expect(same({ Origin: "https://evil.example", "Sec-Fetch-Site": "same-origin" })).toBe(false);
  expect(same({})).toBe(false);
});

test("isSameOrigin() takes the names of this machine for one, on one port", () => {
  for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
    expect(same({ Origin: `http://${host}:3000` }, local)).toBe(true);
    expect(same({ Origin: `http://${host}:3001` }, local)).toBe(false);
    expect(same({ Origin: `https://${host}:3000` }, local)).toBe(false);
    expect(same({ Origin: `https://${host}` }, suite)).toBe(false);
  }
  expect(same({ Origin: "http://evil.example:3000" }, local)).toBe(false);
  expect(same({ Origin: "localhost" }, local)).toBe(false);
});

test("localPath() keeps a path of ours", () => {
  expect(localPath("/notes/1?view=split#top")).toBe("/notes/1?view=split#top");
  expect(localPath("/notes/%D0%9E")).toBe("/notes/%D0%9E");
});

test("localPath() goes home instead of anywhere else", () => {
  const elsewhere = [
    undefined,
    "",
    "notes",
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/.//evil.example",
    "javascript:alert(1)",
    "/signin?next=/signin",
    "/signup",
    "http://local.invalid@evil.example/",
  ];
  for (const path of elsewhere) expect(localPath(path)).toBe("/");
});

test("clientAddress() believes a forwarded address only from a trusted proxy, and only its own", () => {
  const headers = new Headers({ "X-Forwarded-For": "203.0.113.9, 198.51.100.4" });
  const direct = "192.0.2.7";
  expect(clientAddress(headers, { direct, trustProxy: false })).toBe("192.0.2.7");
  expect(clientAddress(headers, { direct, trustProxy: true })).toBe("198.51.100.4");
  expect(clientAddress(new Headers(), { direct, trustProxy: true })).toBe("192.0.2.7");
  expect(clientAddress(new Headers(), { direct: undefined, trustProxy: true })).toBe("unknown");
});

test("clientAddress() writes an IPv4 address in IPv6 clothes plainly", () => {
  const direct = "::ffff:192.0.2.7";
  expect(clientAddress(new Headers(), { direct, trustProxy: false })).toBe("192.0.2.7");
});

test.each([
  ["198.51.100.4:51334", "198.51.100.4"],
  ["[2001:db8::4]:51334", "2001:db8::4"],
  ["[2001:DB8::4]", "2001:db8::4"],
  ["2001:db8::4", "2001:db8::4"],
  ["203.0.113.9, 198.51.100.4:443", "198.51.100.4"],
  ["[::ffff:198.51.100.4]:443", "198.51.100.4"],
  ["fe80::1%eth0", "fe80::1%eth0"],
])("clientAddress() reads the address in %s", (forwarded, address) => {
  const headers = new Headers({ "X-Forwarded-For": forwarded });
  expect(clientAddress(headers, { direct: "192.0.2.7", trustProxy: true })).toBe(address);
});

test.each([
  "unknown",
  "_hidden",
  "",
  "198.51.100.4, ",
  "198.51.100",
  "198.51.100.4:port",
  "198.51.100.4:123456",
  "[198.51.100.4",
  "2001:db8::4]:1",
  "<script>",
  "1".repeat(65),
])("clientAddress() takes %p for no address, and falls back to the connection's", (forwarded) => {
  const headers = new Headers({ "X-Forwarded-For": forwarded });
  expect(clientAddress(headers, { direct: "192.0.2.7", trustProxy: true })).toBe("192.0.2.7");
});

test("a client has one key, whatever port a proxy writes beside its address", () => {
  const keys = Array.from({ length: 45 }, (_, port) => {
    const headers = new Headers({ "X-Forwarded-For": `[2001:db8::4]:${50_000 + port}` });
    return addressKey(clientAddress(headers, { direct: undefined, trustProxy: true }));
  });
  expect(new Set(keys).size).toBe(1);
});

test("addressKey() counts a whole /64 as one", () => {
  expect(addressKey("192.0.2.7")).toBe("192.0.2.7");
  expect(addressKey("unknown")).toBe("unknown");
  expect(addressKey("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2::/64");
  expect(addressKey("2001:0db8:1:2::9")).toBe("2001:db8:1:2::/64");
  expect(addressKey("2001:db8::1")).toBe("2001:db8:0:0::/64");
  expect(addressKey("fe80::1%eth0")).toBe("fe80:0:0:0::/64");
  expect(addressKey("::1")).toBe("0:0:0:0::/64");
  expect(addressKey("::")).toBe("0:0:0:0::/64");
});
