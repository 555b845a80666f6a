/** Units of one lot at one place, and their last day of sale. */
export interface Expiring {
  product_id: string;
  location_id: string;
  lot: Record<string, string>;
  /** The day in UTC, as 2026-12-01. */
  day: string;
  /** Figures as the books write them, in the product's unit. */
  on_hand: string;
  available: string;
  held: string;
  unit: string;
  recalled: boolean;
}

const attribute = "lot.";

/** The lots of which there are units and which expire one day, the earliest first. */
export function expiring(rows: readonly Record<string, string>[]): Expiring[] {
  const lots = rows.flatMap((row): Expiring[] => {
    const day = dayOf(row["lot.expires_at"] ?? "");
    if (day === undefined || !/[1-9]/.test(row.on_hand ?? "")) return [];
    const attributes = Object.entries(row).filter(([name, value]) => name.startsWith(attribute) && value !== "");
    return [
      {
        product_id: row.product_id ?? "",
        location_id: row.location_id ?? "",
        lot: Object.fromEntries(attributes.map(([name, value]) => [name.slice(attribute.length), value])),
        day,
        on_hand: row.on_hand ?? "",
        available: row.available ?? "",
        held: row.held ?? "",
        unit: row.unit ?? "",
        recalled: row.recalled === "true",
      },
    ];
  });
  return lots.sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0));
}

/** A lot expires at the end of a day in UTC, or at a moment. */
function dayOf(expires: string): string | undefined {
  if (/^\d{4}-\d\d-\d\d$/.test(expires)) return expires;
  const at = new Date(expires);
  return Number.isNaN(at.getTime()) ? undefined : isoDay(at);
}

/** The day of a moment in UTC. */
export function isoDay(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** The day that is so many days later. */
export function daysAfter(day: string, days: number): string {
  return isoDay(new Date(Date.parse(day) + days * 86_400_000));
}

/** The Monday of the week that has the day. */
export function monday(day: string): string {
  return daysAfter(day, -((new Date(day).getUTCDay() + 6) % 7));
}

/** So many weeks from a Monday on, each as its days. */
export function weeksFrom(first: string, count: number): string[][] {
  const week = (from: string) => Array.from({ length: 7 }, (_, day) => daysAfter(from, day));
  return Array.from({ length: count }, (_, at) => week(daysAfter(first, 7 * at)));
}

/** The lots that expire on a day, and their units, of which those of different measures are never added up. */
export interface Due {
  lots: number;
  pieces: number;
  /** In smallest units, by their names. */
  measured: { unit: string; value: number; scale: number }[];
}

export function byDay(lots: readonly Expiring[]): Map<string, Due> {
  const days = new Map<string, Due>();
  for (const { day, on_hand, unit } of lots) {
    const of = days.get(day) ?? { lots: 0, pieces: 0, measured: [] };
    days.set(day, of);
    of.lots++;
    if (unit) addTo(of.measured, unit, on_hand);
    else of.pieces += Number(on_hand);
  }
  return days;
}

/** Adds units that are written in their unit, such as 1.250; the finer scale counts. */
function addTo(measured: Due["measured"], unit: string, written: string): void {
  const scale = written.split(".")[1]?.length ?? 0;
  const value = Number(written.replace(".", ""));
  const of = measured.find((one) => one.unit === unit);
  if (!of) {
    measured.push({ unit, value, scale });
    measured.sort((a, b) => (a.unit < b.unit ? -1 : 1));
    return;
  }
  const finer = Math.max(of.scale, scale);
  of.value = of.value * 10 ** (finer - of.scale) + value * 10 ** (finer - scale);
  of.scale = finer;
}

/** The lots of a day; of those past theirs; or, when no day is chosen, all. */
export function lotsOf(lots: readonly Expiring[], chosen: string | undefined, today: string): Expiring[] {
  if (chosen === undefined) return [...lots];
  return lots.filter(({ day }) => (chosen === "expired" ? day < today : day === chosen));
}
