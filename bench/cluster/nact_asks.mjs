/**
 * Asks actors of nact that do what our rooms do: count, and answer the count. Runs under Bun and under
 * Node.js. Takes an `AskPlan` on standard input and answers with windows of them.
 */

import { readFileSync } from "node:fs";
import { dispatch, query, spawn, start } from "nact";
import { askInRounds } from "./rounds.ts";

const QUERY_MS_MAX = 10_000;
const COUNT = { type: "count" };

const { actors, ...plan } = JSON.parse(readFileSync(0, "utf8"));
const system = start();
const rooms = Array.from({ length: actors }, (_, index) =>
  spawn(system, count, `room-${index}`, { initialState: { asks: 0 } }),
);

function count(state, _message, { sender }) {
  dispatch(sender, ++state.asks);
  return state;
}

const ask = (index) => query(rooms[index % actors], COUNT, QUERY_MS_MAX);
console.log(JSON.stringify(await askInRounds(ask, plan)));
process.exit(0);
