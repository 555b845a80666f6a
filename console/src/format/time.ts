/** The zone that times are shown in: the browser's. */
export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

const formats = new Map<string, Intl.DateTimeFormat>();

function format(language: string, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language} ${name} ${options.timeZone}`;
  let made = formats.get(key);
  if (!made) {
    made = new Intl.DateTimeFormat(language, options);
    formats.set(key, made);
  }
  return made;
}

/** The time of day with seconds: 14:03:05. */
export function clock(at: Date, language: string, timeZone = zone): string {
  return format(language, "clock", {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    timeZone,
  }).format(at);
}

/** The date: Nov 26, 2026. */
export function day(at: Date, language: string, timeZone = zone): string {
  return format(language, "day", { year: "numeric", month: "short", day: "numeric", timeZone }).format(at);
}

/** The time of day of a moment today; the date too for other days. */
export function stamp(at: Date, now: Date, language: string, timeZone = zone): string {
  const date = day(at, language, timeZone);
  const time = clock(at, language, timeZone);
  return date === day(now, language, timeZone) ? time : `${date} ${time}`;
}

/** The whole of it, for a tooltip: both zones, to the millisecond. */
export function exact(at: Date, language: string, timeZone = zone): string {
  return `${day(at, language, timeZone)} ${clock(at, language, timeZone)} ${timeZone}\n${at.toISOString().replace("T", " ").replace("Z", " UTC")}`;
}

/** The moment as a field for date and time has it, by the clock of this browser, to the minute. */
export function typedMoment(at: string | undefined): string {
  if (!at) return "";
  const moment = new Date(at);
  const two = (value: number) => String(value).padStart(2, "0");
  const date = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  return `${date}T${two(moment.getHours())}:${two(moment.getMinutes())}`;
}

/**
 * The moment that was typed; undefined for none, null for text that is no moment. Text that was not changed
 * is the old moment, with its seconds too.
 */
export function momentOf(typed: string, was?: string): string | undefined | null {
  if (typed === typedMoment(was)) return was;
  if (typed.trim() === "") return undefined;
  const moment = new Date(typed);
  return Number.isNaN(moment.getTime()) ? null : moment.toISOString();
}

/** "3 min ago", "in 20 min": only within the hour, beyond it the time says more. */
export function ago(at: Date, now: Date, language: string): string | undefined {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000);
  if (Math.abs(seconds) >= 3600) return undefined;
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
  return Math.abs(seconds) < 60
    ? relative.format(seconds, "second")
    : relative.format(Math.trunc(seconds / 60), "minute");
}

/** The time left until a moment: 4:05, 1:04:05; undefined beyond four days, where the date says more. */
export function left(milliseconds: number): string | undefined {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  if (seconds >= 4 * 86_400) return undefined;
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** A span of time, short: 12 min, 3 hr, 2 days. */
export function span(milliseconds: number, language: string): string {
  const minutes = Math.round(Math.abs(milliseconds) / 60_000);
  const [unit, value] =
    minutes < 120
      ? ["minute", minutes]
      : minutes < 48 * 60
        ? ["hour", Math.round(minutes / 60)]
        : ["day", Math.round(minutes / 1440)];
  return new Intl.NumberFormat(language, { style: "unit", unit: unit as string }).format(value as number);
}

/** How far the server's clock is ahead of this one, from the time in an answer and the time when the answer came. */
export function skewOf(asOf: string | undefined, came: number): number {
  return asOf && came > 0 ? Date.parse(asOf) - came : 0;
}
