/** The day: Sun 22 Nov 2026. */
export function dateOf(at: number, language: string): string {
  return new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
  }).format(new Date(at));
}

/** The day without its year: 22 Nov. */
export function shortDate(at: number, language: string): string {
  return new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { day: "numeric", month: "short" }).format(
    new Date(at),
  );
}

/** The time of a moment today; the day too for other days. */
export function timeOf(at: number, now: number, language: string): string {
  const time = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(
    new Date(at),
  );
  const same = new Date(at).toDateString() === new Date(now).toDateString();
  return same ? time : `${shortDate(at, language)} ${time}`;
}
