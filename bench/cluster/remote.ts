/** Two nodes with a real Redis between them: what an ask costs, and how actors move. */

import { waitFor } from "../../tests/support/wait_for.ts";
import { type Called, startCalled } from "./calls.ts";
import type { MemberCalls, MemberOptions } from "./member.ts";
import type { MoveFigures } from "./moving.ts";
import type { RemoteFigures, RemotePlan } from "./remote_asks.ts";

/** Where the nodes meet. */
export interface Ground {
  databaseUrl: string;
  redisUrl: string;
}

/** Both moves: a node comes and takes its share, then the other leaves and hands over the rest. */
export interface MovingFigures {
  joined: MoveFigures;
  inherited: MoveFigures;
}

const SHARDS = 1_024;
const SETTLE_MS_MAX = 15_000;

/** What an ask costs, to a room of the same node and to one of the other. */
export async function measureRemoteAsks(ground: Ground, plan: RemotePlan): Promise<RemoteFigures> {
  await using one = startMember({ name: "one", ...ground });
  await using other = startMember({ name: "other", ...ground });
  await Promise.all([one.call("join"), other.call("join")]);
  await settle([one, other]);
  return await one.call("askRemotely", plan);
}

/** How notes that live on one node come to another. */
export async function measureMoving(
  ground: Ground,
  { notes }: { notes: number },
): Promise<MovingFigures> {
  await using first = startMember({ name: "first", ...ground });
  await first.call("join");
  await settle([first]);
  await first.call("activate", notes);
  await using second = startMember({ name: "second", ...ground });
  // Whoever joins has been started and has opened its connections.
  await second.call("shards");
  const joined = await second.call("follow", { notes, reason: "join" });
  await settle([first, second]);
  const following = second.call("follow", { notes, reason: "inherit" });
  await Promise.all([following, first.call("leave")]);
  return { joined, inherited: await following };
}

function startMember(options: MemberOptions): Called<MemberCalls> {
  return startCalled("member.ts", options);
}

/** Waits until every shard has an owner and each node has some. */
async function settle(nodes: readonly Called<MemberCalls>[]): Promise<void> {
  const hasSettled = async () => {
    const shards = await Promise.all(nodes.map((node) => node.call("shards")));
    return !shards.includes(0) && shards.reduce((sum, count) => sum + count, 0) === SHARDS;
  };
  await waitFor(hasSettled, { deadlineMs: SETTLE_MS_MAX, what: "every shard to have an owner" });
}
