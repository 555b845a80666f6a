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

function day(at: Date, language: string, timeZone: string): string {
  return format(language, "day", { year: "numeric", month: "short", day: "numeric", timeZone }).format(at);
}

/** The time of day of what was today, with the date of what was not. */
export function stamp(at: Date, now: Date, language: string, timeZone = zone): string {
  const date = day(at, language, timeZone);
  const time = clock(at, language, timeZone);
  return date === day(now, language, timeZone) ? time : `${date} ${time}`;
}

/** The whole of it, for a tooltip: both zones, to the millisecond. */
export function exact(at: Date, language: string, timeZone = zone): string {
  return `${day(at, language, timeZone)} ${clock(at, language, timeZone)} ${timeZone}\n${at.toISOString().replace("T", " ").replace("Z", " UTC")}`;
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

/** What is left until a moment: 4:05, 1:04:05, and beyond four days nothing: then the date says more. */
export function left(milliseconds: number): string | undefined {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  if (seconds >= 4 * 86_400) return undefined;
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** How far the server's clock is ahead of this one, by an answer that says of when it is and when it came. */
export function skewOf(asOf: string | undefined, came: number): number {
  return asOf && came > 0 ? Date.parse(asOf) - came : 0;
}

/** The moment of a field for a date and a time, which is of the browser's zone; undefined for none. */
export function momentOf(text: string): string | undefined {
  const at = new Date(text);
  return text === "" || Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
