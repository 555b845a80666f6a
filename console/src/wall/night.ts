import type { components } from "holdfast-client";
import { type Day, emptyDay, midnight, pour } from "./day.ts";

type Schemas = components["schemas"];

/** The sources that the wall asks. Page is the console's own, of which only the build counts. */
export const sources = ["minutes", "stock", "soldOut", "low", "cases", "alerts", "page", "pairing"] as const;
export type Source = (typeof sources)[number];

const second = 1000;

/** The time between two questions to each while it answers. */
const pace: Record<Source, number> = {
  minutes: second,
  stock: 5 * second,
  soldOut: 10 * second,
  low: 10 * second,
  cases: 10 * second,
  alerts: 10 * second,
  page: 60 * second,
  pairing: 3 * second,
};

/** The state of a source. */
interface Line {
  /** Of when its figures are, by the clock of this screen; 0: none came yet. */
  came: number;
  /** The number of failures since. */
  failed: number;
  askAt: number;
  asking: boolean;
  /** The session may not read it. */
  denied: boolean;
}

/** The alerts that fire. */
export type Firing = { title: string }[];

/** All that the wall knows. */
export interface Night {
  lines: Record<Source, Line>;
  today?: Day;
  yesterday?: Day;
  /** Up to when all that was booked today is in its rings. */
  covered: number;
  stock?: Schemas["ListLocationStockResponse"];
  soldOut?: Schemas["Item"][];
  low?: Schemas["Item"][];
  cases?: number;
  alerts?: Firing;
  /** The code that the screen shows until an admin has confirmed it. */
  code?: string;
  /** Nobody is signed in here: the wall asks for a code. */
  out: boolean;
  build: string | undefined;
  born: number;
  /** The page is to be loaded again: all of it was there a moment ago. */
  reload: boolean;
}

/** The minutes to ask for: those of today from a moment on, and all of yesterday where that is not known. */
export interface Range {
  start: number;
  from: number;
  yesterday: boolean;
}

export type Answer =
  | { of: "minutes"; range: Range; rows: Schemas["Figures"][]; before?: Schemas["Figures"][]; asOf?: number }
  | { of: "stock"; stock: Schemas["ListLocationStockResponse"]; asOf?: number }
  | { of: "soldOut" | "low"; items: Schemas["Item"][]; asOf?: number }
  | { of: "cases"; open: number; asOf?: number }
  | { of: "alerts"; firing: Firing; asOf?: number }
  | { of: "page"; build: string | undefined; asOf?: number }
  | { of: "pairing"; code: string | undefined; asOf?: number };

export type Happening =
  | { is: "asked"; source: Source }
  | { is: "answer"; answer: Answer }
  | { is: "failed"; source: Source; chance: number }
  | { is: "denied"; source: Source }
  | { is: "out" };

export function begin(now: number, build: string | undefined): Night {
  const line = (of: Source): Line => ({
    came: 0,
    failed: 0,
    askAt: of === "page" ? now + pace.page : now,
    asking: false,
    denied: false,
  });
  const lines = Object.fromEntries(sources.map((of) => [of, line(of)])) as Record<Source, Line>;
  return { lines, covered: 0, out: false, build, born: now, reload: false };
}

const longestPause = 30 * second;
/** A build that differs counts only on a page that is older: nodes of two builds would pass it to and fro. */
const leastLife = 5 * 60 * second;
/** The hour at which the page is loaded again, whatever it has gathered. */
const freshHour = 4;

/** The state of the wall after something has happened. This function asks nobody, and reads no clock. */
export function step(night: Night, happening: Happening, now: number): Night {
  switch (happening.is) {
    case "asked":
      return withLine(night, happening.source, { asking: true });
    case "failed": {
      const failed = night.lines[happening.source].failed + 1;
      const pause = Math.min(longestPause, second * 2 ** Math.min(failed, 10)) * (0.5 + happening.chance / 2);
      return withLine(night, happening.source, { asking: false, failed, askAt: now + pause });
    }
    case "denied":
      return withLine(night, happening.source, { asking: false, denied: true, askAt: now + longestPause });
    case "out":
      return { ...begin(now, night.build), born: night.born, out: true };
    case "answer":
      return heard(night, happening.answer, now);
  }
}

function heard(night: Night, answer: Answer, now: number): Night {
  const came = Math.min(now, answer.asOf ?? now);
  const next = withLine(night, answer.of, {
    asking: false,
    denied: false,
    failed: 0,
    came,
    askAt: now + pace[answer.of],
  });
  switch (answer.of) {
    case "minutes":
      return { ...next, ...poured(night, answer) };
    case "stock":
      return { ...next, stock: answer.stock };
    case "soldOut":
      return { ...next, soldOut: answer.items };
    case "low":
      return { ...next, low: answer.items };
    case "cases":
      return { ...next, cases: answer.open };
    case "alerts":
      return { ...next, alerts: answer.firing };
    case "page":
      return { ...next, reload: outdated(night, answer.build, now) };
    case "pairing": {
      const { code: _, ...rest } = next;
      if (answer.code !== undefined) return { ...rest, code: answer.code };
      return { ...begin(now, night.build), born: night.born };
    }
  }
}

function poured(night: Night, { range, rows, before, asOf }: Extract<Answer, { of: "minutes" }>): Partial<Night> {
  const same = night.today?.start === range.start;
  const today = pour(same && night.today ? night.today : emptyDay(range.start), rows, range.from);
  const covered = asOf ?? (same ? night.covered : range.start);
  if (!before) return { today, covered };
  const start = midnight(range.start, 1);
  return { today, covered, yesterday: pour(emptyDay(start), before, start) };
}

function withLine(night: Night, of: Source, changed: Partial<Line>): Night {
  return { ...night, lines: { ...night.lines, [of]: { ...night.lines[of], ...changed } } };
}

/** True when the page that came, whole, is another one, or this one is of yesterday. */
function outdated(night: Night, build: string | undefined, now: number): boolean {
  if (build === undefined) return false;
  if (night.build !== undefined && build !== night.build && now - night.born >= leastLife) return true;
  return night.born < freshAt(now) && now >= freshAt(now);
}

function freshAt(now: number): number {
  const day = new Date(now);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate(), freshHour).getTime();
}

/** The sources that are to be asked now. */
export function due(night: Night, now: number): Source[] {
  const { came, failed, denied } = night.lines.minutes;
  // One answer says for all of them that there is a session, or none.
  const first = came === 0 && failed === 0 && !denied;
  return sources.filter((of) => {
    const { asking, askAt } = night.lines[of];
    const wanted = of === "page" || (night.out ? of === "pairing" : of !== "pairing" && (of === "minutes" || !first));
    return wanted && !asking && now >= askAt;
  });
}

/** The minutes that are not known yet. What is counted late comes before the moment up to which all is. */
export function rangeOf(night: Night, now: number): Range {
  const start = midnight(now);
  if (night.today?.start !== start) return { start, from: start, yesterday: true };
  const from = Math.max(start, Math.min(night.covered, now) - 60_000);
  return { start, from: from - (from % 60_000), yesterday: !night.yesterday };
}

/** The age of the last answer of a source: fresh to 5 s beyond its pace, behind to 30 s, old to 10 min, then gone. */
export type Age = "none" | "fresh" | "behind" | "old" | "gone";

export function ageOf(night: Night, of: Source, now: number): Age {
  const { came } = night.lines[of];
  if (came === 0) return "none";
  const age = now - came - pace[of];
  if (age < 5 * second) return "fresh";
  if (age < 30 * second) return "behind";
  return age < 600 * second ? "old" : "gone";
}

const ages: Age[] = ["fresh", "behind", "old", "gone"];

/** The age of the oldest of what is shown, and of when it is. */
export function worst(night: Night, now: number): { age: Age; came: number } {
  let found: { age: Age; came: number } = { age: "none", came: 0 };
  for (const of of sources) {
    if (of === "page" || of === "pairing" || night.lines[of].denied) continue;
    const age = ageOf(night, of, now);
    if (ages.indexOf(age) > ages.indexOf(found.age)) found = { age, came: night.lines[of].came };
  }
  return found;
}
