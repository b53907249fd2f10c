/**
 * When things happened: on working days, in the hours in which somebody is awake, never after now.
 * The days depend on the seed and on today alone, so that texts with dates in them repeat themselves.
 */

import type { Random } from "./random.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** A day in milliseconds. */
export const DAY_MS = 24 * HOUR_MS;

/** The time until a moment. */
export class Calendar {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Midnight (UTC) before now. */
  readonly today: number;

  constructor(now: number) {
    this.now = now;
    this.today = Math.floor(now / DAY_MS) * DAY_MS;
  }

  /** A moment on a day so many days ago, or on the Friday before when that is a weekend. */
  moment(daysAgo: number, random: Random): number {
    const share = random.next();
    const day = workingDay(this.today - daysAgo * DAY_MS);
    if (day === this.today) return this.today + Math.floor((this.now - this.today) * share);
    return day + 6 * HOUR_MS + Math.floor(share * 11 * HOUR_MS);
  }

  /** Some time later, soon more often than late, but not after now. */
  after(moment: number, random: Random): number {
    const lag = MINUTE_MS + 6 * DAY_MS * random.next() ** 5;
    const share = random.next();
    const left = Math.max(0, this.now - moment);
    return moment + Math.floor(lag < left ? lag : left * share);
  }

  /** A moment of the last days, but not before another one. */
  lately(days: number, options: { from: number; random: Random }): number {
    const { from, random } = options;
    const start = Math.max(from, this.now - days * DAY_MS);
    return start + Math.floor(Math.max(0, this.now - start) * random.next());
  }
}

/** Midnight (UTC) of the day of a moment. */
export function midnight(moment: number): number {
  return Math.floor(moment / DAY_MS) * DAY_MS;
}

function workingDay(day: number): number {
  const weekday = new Date(day).getUTCDay();
  const back = weekday === 0 ? 2 : weekday === 6 ? 1 : 0;
  return day - back * DAY_MS;
}
