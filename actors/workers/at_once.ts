/** Many things, a few of them at a time. */

/** Does something for every item; resolves when all are done. `handle` never rejects. */
export async function forEachAtOnce<Item>(
  items: Iterable<Item>,
  atOnce: number,
  handle: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  let next = 0;
  const lane = async () => {
    while (next < waiting.length) await handle(waiting[next++] as Item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, waiting.length) }, lane));
}
