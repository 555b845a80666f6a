import type { components } from "holdfast-client";
import { midnight as midnightIn } from "../format/midnight.ts";

type Figures = components["schemas"]["Figures"];

/** The minutes of the longest day, on which clocks are set back. */
export const minutesOfDay = 25 * 60;
const minute = 60_000;

/** The most channels that are counted separately. Sales of others count for "", as do those without a channel. */
const mostChannels = 12;

/** The figures of each minute of a day, in rings that never grow. */
export interface Day {
  /** Midnight in the zone of the tenant, in milliseconds. */
  start: number;
  orders: number[];
  refused: number[];
  expired: number[];
  channels: Record<string, number>;
  /** The minutes that the channels are summed of. */
  byChannel: Record<string, number[]>;
}

let zone = "UTC";

/** Sets where days begin: in the zone of the tenant. */
export function beginDaysIn(timeZone: string): void {
  zone = timeZone;
}

/** The midnight with which the day of a moment begins. */
export function midnight(at: number, before = 0): number {
  return midnightIn(at, before, zone);
}

const ring = () => Array<number>(minutesOfDay).fill(0);

export function emptyDay(start: number): Day {
  return { start, orders: ring(), refused: ring(), expired: ring(), channels: {}, byChannel: {} };
}

export function minuteOf(day: Day, at: number): number {
  return Math.floor((at - day.start) / minute);
}

/** The day with these rows in place of all that it had from a moment on. */
export function pour(day: Day, rows: readonly Figures[], from: number): Day {
  const first = Math.max(0, minuteOf(day, from));
  const kept = (of: number[]) => of.map((n, at) => (at < first ? n : 0));
  const next: Day = {
    start: day.start,
    orders: kept(day.orders),
    refused: kept(day.refused),
    expired: kept(day.expired),
    channels: {},
    byChannel: Object.fromEntries(Object.entries(day.byChannel).map(([name, of]) => [name, kept(of)])),
  };
  for (const row of rows) {
    const at = minuteOf(next, Date.parse(row.at ?? ""));
    if (!(at >= first && at < minutesOfDay)) continue;
    add(next.orders, at, row.reserves);
    add(next.refused, at, row.refused);
    add(next.expired, at, row.lines_expired);
    add(channelOf(next, row.channel_id ?? ""), at, row.reserves);
  }
  for (const [name, of] of Object.entries(next.byChannel)) next.channels[name] = sum(of, 0, minutesOfDay);
  return next;
}

function channelOf(day: Day, name: string): number[] {
  const known = Object.keys(day.byChannel);
  const own = known.includes(name) || known.length < mostChannels ? name : "";
  let of = day.byChannel[own];
  if (!of) {
    of = ring();
    day.byChannel[own] = of;
  }
  return of;
}

function add(of: number[], at: number, n: number): void {
  of[at] = (of[at] ?? 0) + n;
}

/** The sum of the minutes from one up to another, which does not count. */
export function sum(of: readonly number[], from: number, to: number): number {
  let all = 0;
  for (let at = Math.max(0, from); at < Math.min(to, of.length); at++) all += of[at] ?? 0;
  return all;
}

/** The number of minutes that a rate is the mean of. */
const rateOver = 5;

/** Tenths a minute over the last whole minutes before a minute; undefined where the day is younger. */
export function rate(of: readonly number[], before: number): number | undefined {
  return before < rateOver ? undefined : Math.round((sum(of, before - rateOver, before) * 10) / rateOver);
}

/** The minutes of a point of the curve. */
export const step = 10;

/** The points of a day's curve up to a minute: the orders of each ten minutes. */
export function curve(day: Day, upTo = minutesOfDay): number[] {
  const points: number[] = [];
  for (let at = 0; at < Math.min(upTo, 24 * 60); at += step) points.push(sum(day.orders, at, at + step));
  return points;
}
