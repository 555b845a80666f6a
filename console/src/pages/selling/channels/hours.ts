import type { components } from "holdfast-client";

type Figures = components["schemas"]["Figures"];

const hour = 3_600_000;
/** The hours of a day. A day on which the clock is put back has one more: its sales count for the hour before. */
export const hours = 24;

/** The sales of one channel of products that are measured alike, by hour of the day. */
export interface Sold {
  channel: string;
  unit: string | undefined;
  scale: number | undefined;
  today: number[];
  /** The same day of last week. */
  before: number[];
}

/** The units sold of each channel and unit, by hour of two days that begin then, in milliseconds. */
export function soldByHour(
  today: readonly Figures[],
  start: number,
  before: readonly Figures[],
  startBefore: number,
): Sold[] {
  const found = new Map<string, Sold>();
  const add = (rows: readonly Figures[], from: number, day: "today" | "before") => {
    for (const { at, channel_id: channel = "", unit, scale, sold } of rows) {
      const of = Math.floor((Date.parse(at ?? "") - from) / hour);
      if (sold === 0 || !(of >= 0 && of <= hours)) continue;
      const key = JSON.stringify([channel, unit]);
      const none = () => Array<number>(hours).fill(0);
      const row = found.get(key) ?? { channel, unit, scale, today: none(), before: none() };
      const index = Math.min(of, hours - 1);
      row[day][index] = (row[day][index] ?? 0) + sold;
      found.set(key, row);
    }
  };
  add(today, start, "today");
  add(before, startBefore, "before");
  return [...found.values()].sort((a, b) => compare(a.channel, b.channel) || compare(a.unit ?? "", b.unit ?? ""));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The units of the first hours of a day. */
export function until(day: readonly number[], count: number): number {
  return day.slice(0, count).reduce((sum, units) => sum + units, 0);
}
