import { midnight, minuteOf, minutesOfDay, rate, sum } from "./day.ts";
import { ageOf, type Night } from "./night.ts";

/** A figure next to its value of yesterday at this time. Now is undefined while the figure is not known. */
export interface Compared {
  now: number | undefined;
  before: number | undefined;
}

/** The figures of the tiles. Rates of minutes that are no longer fresh would be wrong; counts stay, with their time. */
export interface Figures {
  orders: Compared;
  /** In tenths. */
  ordersAMinute: Compared;
  refusedAMinute: Compared;
  /** Lines of orders given back in the last hour because their deadline had passed. */
  expired: number | undefined;
  /** The orders of the last day that is known, while nothing is known of today. */
  last: { start: number; orders: number } | undefined;
}

export function figuresOf(night: Night, now: number): Figures {
  const start = midnight(now);
  const today = night.today?.start === start ? night.today : undefined;
  const last =
    night.today && !today ? { start: night.today.start, orders: sum(night.today.orders, 0, minutesOfDay) } : undefined;
  const yesterday = night.yesterday?.start === midnight(start, 1) ? night.yesterday : undefined;
  const age = ageOf(night, "minutes", now);
  const fresh = age === "fresh" || age === "behind";
  // For old figures, yesterday's value is the one of the same time.
  const at = today ? minuteOf(today, fresh ? now : night.lines.minutes.came) : 0;
  const past = <T>(of: (day: NonNullable<typeof yesterday>) => T) => (yesterday && today ? of(yesterday) : undefined);
  return {
    orders: {
      now: today && sum(today.orders, 0, minutesOfDay),
      before: past((day) => sum(day.orders, 0, at + 1)),
    },
    ordersAMinute: {
      now: fresh && today ? rate(today.orders, at) : undefined,
      before: past((day) => rate(day.orders, at)),
    },
    refusedAMinute: {
      now: fresh && today ? rate(today.refused, at) : undefined,
      before: past((day) => rate(day.refused, at)),
    },
    expired: fresh && today ? sum(today.expired, at - 59, at + 1) : undefined,
    last,
  };
}
