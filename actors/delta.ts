/**
 * Plain-text deltas: how a text was changed, small enough for every keystroke. The one implementation
 * for the server and the browser; both must transform in the same way or texts would part.
 *
 * A delta is an array read from the start of the text: a positive integer retains so many UTF-16
 * units, a negative integer deletes so many, a string is inserted. What follows the last component is
 * retained. Canonical form: no zeros, no empty strings, neighbors of the same kind merged, insert
 * before delete at the same place, no retain at the end.
 */

/** One step of a delta. */
export type Component = number | string;

/** A change of a text, in canonical form. */
export type Delta = readonly Component[];
