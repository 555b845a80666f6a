const minute = 60_000;
const day = 24 * 60 * minute;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let found = formats.get(timeZone);
  if (!found) {
    found = new Intl.DateTimeFormat("en", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(timeZone, found);
  }
  return found;
}

/** The reading of a clock in the zone at a moment, as if it were UTC, to the second. */
function shownAt(at: number, timeZone: string): number {
  const of: Record<string, number> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(at)) of[type] = Number(value);
  const { year = 0, month = 1, day: date = 1, hour = 0, minute: minutes = 0, second = 0 } = of;
  return Date.UTC(year, month - 1, date, hour, minutes, second);
}

/** When the day of a moment begins in a zone, or one of the days before it. */
export function midnight(at: number, before: number, timeZone: string): number {
  const shown = shownAt(at, timeZone);
  const wanted = shown - (((shown % day) + day) % day) - before * day;
  // The zone may be off by another time there than here.
  let begins = wanted - (shownAt(wanted, timeZone) - wanted);
  begins = wanted - (shownAt(begins, timeZone) - begins);
  // Where clocks are put forward at midnight, the day begins an hour later.
  return shownAt(begins, timeZone) < wanted ? begins + 60 * minute : begins;
}
