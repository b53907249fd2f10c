/**
 * The register of nodes: one hash with a field for each, and in its value the time until which it
 * holds. Redis compares that with its own clock, so the nodes' clocks do not matter.
 */

import type { NodeCard, NodeId, NodeRegister } from "../../actors/mod.ts";
import type { RedisConnection } from "./open.ts";

const KEY = "suite:nodes";

/** `HSET key id "expiresAt card"`; the key goes when nobody renews anything. */
const ANNOUNCE = `
local time = redis.call("TIME")
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call("HSET", KEYS[1], ARGV[1], string.format("%d %s", nowMs + ARGV[2], ARGV[3]))
if redis.call("PTTL", KEYS[1]) < tonumber(ARGV[2]) then
  redis.call("PEXPIRE", KEYS[1], ARGV[2])
end`;

/** The cards that hold; the others are deleted. */
const LIST = `
local time = redis.call("TIME")
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local all = redis.call("HGETALL", KEYS[1])
local cards = {}
for i = 1, #all, 2 do
  local expiresAt, card = string.match(all[i + 1], "^(%d+) (.*)$")
  if tonumber(expiresAt) > nowMs then
    table.insert(cards, card)
  else
    redis.call("HDEL", KEYS[1], all[i])
  end
end
return cards`;

/** Cards in Redis. */
export class RedisNodeRegister implements NodeRegister {
  readonly grantsLeases = true;
  readonly #redis: RedisConnection;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
  }

  async announce(card: NodeCard, leaseMs: number): Promise<void> {
    const text = JSON.stringify(card);
    await this.#redis.run((commands) =>
      commands.call("eval", ANNOUNCE, 1, KEY, card.id, leaseMs, text),
    );
  }

  async nodes(): Promise<NodeCard[]> {
    const cards = await this.#redis.run((commands) => commands.call("eval", LIST, 1, KEY));
    return (cards as string[]).flatMap(parseCard);
  }

  async withdraw(id: NodeId): Promise<void> {
    await this.#redis.run((commands) => commands.hdel(KEY, id));
  }
}

/** A card that cannot be read hides none of the others. */
function parseCard(text: string): NodeCard[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return [];
  }
}
