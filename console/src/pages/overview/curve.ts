import type { components } from "holdfast-client";

type Figures = components["schemas"]["Figures"];

/** Minutes of one point of the curve, and how many points a day has. */
export const step = 10;
export const points = (24 * 60) / step;

/** The figures of one day, up to a minute of it. */
export interface Day {
  reserves: number;
  refused: number;
  expired: number;
  /** Reserve calls of each ten minutes. */
  curve: number[];
}

/** Adds up a day that begins at start, in milliseconds, up to the minute, of the figures by minute. */
export function dayOf(rows: readonly Figures[], start: number, upTo: number): Day {
  const day: Day = { reserves: 0, refused: 0, expired: 0, curve: Array<number>(points).fill(0) };
  for (const row of rows) {
    const minute = Math.floor((Date.parse(row.at ?? "") - start) / 60_000);
    if (!(minute >= 0 && minute < 24 * 60)) continue;
    const point = Math.floor(minute / step);
    day.curve[point] = (day.curve[point] ?? 0) + row.reserves;
    if (minute > upTo) continue;
    day.reserves += row.reserves;
    day.refused += row.refused;
    day.expired += row.lines_expired;
  }
  return day;
}

/** By how many percent now is more than then; undefined where there is nothing to compare with. */
export function moreThan(now: number, then: number): number | undefined {
  return then === 0 ? undefined : Math.round(((now - then) / then) * 100);
}

/** The points of a polyline in a box of the width of a day and the height. */
export function lineOf(curve: readonly number[], most: number, height: number, until = points): string {
  return curve
    .slice(0, until)
    .map((n, x) => `${x + 0.5},${(height - (n / Math.max(most, 1)) * height).toFixed(2)}`)
    .join(" ");
}
