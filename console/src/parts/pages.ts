/** Lines of a page of a long list. */
export const pageSize = 200;

/** At most so many pages are kept: a list of a million rows is no more in memory than one of a thousand. */
const kept = 5;

/** Rows are watched by blocks, so that a little scrolling asks for nothing else. */
const block = 50;

/** The rows to watch when these can be seen: those, and about as many next to them. */
export function around(first: number, last: number): { from: number; to: number } {
  return { from: Math.max(0, Math.floor(first / block) - 1) * block, to: (Math.ceil(last / block) + 1) * block };
}

/** The pages to hold when these lines are seen: those, and the pages next to them, as far as their places are known. */
export function windowOf(first: number, last: number, known: number): number[] {
  const from = Math.max(0, Math.floor(first / pageSize) - 1);
  const to = Math.min(known - 1, from + kept - 1, Math.floor(last / pageSize) + 1);
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);
}
