export interface Steady<Row> {
  rows: Row[];
  /** Rows that the list no longer has: they stay where they were, as they were. */
  gone: Row[];
  /** How many more rows the list has, which wait until they are requested. */
  waiting: number;
}

/**
 * The rows to show of a page that was read again: every row keeps its place and
 * takes its new figures. Nothing moves under somebody's eyes or pointer.
 */
export function steady<Row>(
  shown: readonly Row[] | undefined,
  fresh: readonly Row[],
  keyOf: (row: Row) => string,
): Steady<Row> {
  if (!shown) return { rows: [...fresh], gone: [], waiting: 0 };
  const news = new Map(fresh.map((row) => [keyOf(row), row]));
  const gone: Row[] = [];
  const rows = shown.map((row) => {
    const key = keyOf(row);
    const next = news.get(key);
    news.delete(key);
    if (next === undefined) gone.push(row);
    return next ?? row;
  });
  return { rows, gone, waiting: news.size };
}
