import type { components } from "holdfast-client";

type Figures = components["schemas"]["Figures"];

/** The figures that are added up: calls, lines, and units of products that are counted in one unit. */
export const counted = [
  "reserves",
  "refused",
  "lines_reserved",
  "lines_expired",
  "lines_ended",
  "reserved",
  "sold",
  "returned",
  "released",
  "expired",
  "received",
  "gained",
  "lost",
  "partial",
  "counts",
  "counts_exact",
  "oversells",
  "oversold",
  "transfer_shipped",
  "transfer_received",
  "transfer_returned",
  "transfer_lost",
  "transfer_surplus",
] as const;

export type Sums = Record<(typeof counted)[number], number>;

/** Sums of one day; units of different measures are never added up. */
export interface Day {
  at: string;
  sums: Sums;
  /** From when on, and until when, the day counts where that is not its beginning and its end. */
  from?: string | undefined;
  until?: string | undefined;
}

/** Sums of products that are counted in one unit; "" is pieces, where calls and lines are too. */
export interface Measure {
  unit: string;
  scale: number;
  total: Sums;
  /** The newest first. */
  days: Day[];
}

export const nothing = (): Sums => Object.fromEntries(counted.map((name) => [name, 0])) as Sums;

function add(to: Sums, row: Figures) {
  for (const name of counted) to[name] += row[name] ?? 0;
}

/** The rows of all channels by unit and day. Pieces come first, also where there are none. */
export function measures(rows: readonly Figures[]): Measure[] {
  const all = new Map<string, Measure>([[" 0", { unit: "", scale: 0, total: nothing(), days: [] }]]);
  for (const row of rows) {
    const { at = "", unit = "", scale = 0 } = row;
    const key = `${unit} ${scale}`;
    const of = all.get(key) ?? { unit, scale, total: nothing(), days: [] };
    all.set(key, of);
    add(of.total, row);
    let day = of.days.find((one) => one.at === at);
    if (!day) {
      day = { at, sums: nothing(), from: row.counted_from, until: row.counted_until };
      of.days.push(day);
    }
    add(day.sums, row);
  }
  for (const of of all.values()) of.days.sort((a, b) => (a.at < b.at ? 1 : -1));
  return [...all.values()];
}

/** The rates that docs/guide/figures.md defines, each with its formula. */
export const rates = {
  timeout: { formula: "lines_expired ÷ lines_ended", of: (s: Sums) => [s.lines_expired, s.lines_ended] },
  fill: {
    formula: "(reserves − partial) ÷ (reserves + refused)",
    of: (s: Sums) => [s.reserves - s.partial, s.reserves + s.refused],
  },
  refusal: { formula: "refused ÷ (refused + reserves)", of: (s: Sums) => [s.refused, s.refused + s.reserves] },
  return: { formula: "returned ÷ sold", of: (s: Sums) => [s.returned, s.sold] },
  shrinkage: {
    formula: "(lost − gained + transfer_lost − transfer_surplus) ÷ sold",
    of: (s: Sums) => [s.lost - s.gained + s.transfer_lost - s.transfer_surplus, s.sold],
  },
} as const satisfies Record<string, { formula: string; of: (sums: Sums) => [number, number] }>;

/** The rates of units, which are of the products that are counted in one of them. The others are of calls and lines of all. */
export const ofUnits: readonly string[] = ["return", "shrinkage"];

/** A rate in tenths of a percent, to the nearest; undefined where nothing is there to divide by. */
export function permille([part, whole]: readonly [number, number]): number | undefined {
  return whole === 0 ? undefined : Math.round((1000 * part) / whole);
}
