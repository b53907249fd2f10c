/**
 * Which addresses are on the public internet. Whoever may name a server that we connect to could make us
 * knock inside our own network (SSRF), so everything else is refused.
 */

import { BlockList, isIPv4, isIPv6 } from "node:net";

/** What IANA lists as not global, and what only some networks use: RFC 6890 and its updates. */
const PRIVATE_V4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  // Multicast, reserved, and everybody.
  "224.0.0.0/3",
] as const;

/** All that was ever given to anybody is in here. It is without mapped addresses and NAT64. */
const GLOBAL_V6 = ["2000::/3"] as const;

/** And of that: protocols and tunnels that lead somewhere else, and documentation. */
const PRIVATE_V6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"] as const;

const privateV4 = listOf(PRIVATE_V4, "ipv4");
const globalV6 = listOf(GLOBAL_V6, "ipv6");
const privateV6 = listOf(PRIVATE_V6, "ipv6");

/** Whether a literal IPv4 or IPv6 address belongs to a machine on the public internet. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !privateV4.check(address, "ipv4");
  // One with a zone, such as `fe80::1%eth0`, belongs to a link.
  if (!isIPv6(address) || address.includes("%")) return false;
  return globalV6.check(address, "ipv6") && !privateV6.check(address, "ipv6");
}

function listOf(networks: readonly string[], family: "ipv4" | "ipv6"): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [prefix = "", bits] = network.split("/");
    list.addSubnet(prefix, Number(bits), family);
  }
  return list;
}
