import { createHoldfast, HoldfastError, ok } from "holdfast-client";
import { server } from "../app/base.ts";
import { beginDaysIn, midnight } from "./day.ts";
import type { Answer, Range, Source } from "./night.ts";
import { askPage } from "./page.ts";

/** The time that an answer may take. */
const patience = 10_000;
/** The most lines that a list of the wall has. */
const rows = 8;
const day = 24 * 60 * 60_000;

/** When the newest answer was given, by the clock of the server and by that of this screen. */
let heard: { there: number; here: number } | undefined;

/** The time of the server, where it has said it: screens on walls often have a clock of their own. */
export function now(): number {
  return heard ? heard.there + (Date.now() - heard.here) : Date.now();
}

/** The API without patience of its own: the wall asks again by itself. */
const api = createHoldfast({
  url: server,
  timeout: 0,
  fetch: async (request) => {
    const answer = await fetch(request);
    const there = Date.parse(answer.headers.get("Date") ?? "");
    // The header has whole seconds: clocks that differ by less count as equal.
    if (!Number.isNaN(there)) heard = Math.abs(there - Date.now()) < 3000 ? undefined : { there, here: Date.now() };
    return answer;
  },
});

const moment = (at: string | undefined) => (at ? { asOf: Date.parse(at) } : {});
const iso = (at: number) => new Date(at).toISOString();

/** The time between two looks at where days begin. */
const zonePace = 60_000;
let zoneAsked = Number.NEGATIVE_INFINITY;

/** Learns where days begin. In the zone of another day, all that is shown of today is asked for again. */
async function learnZone(signal: AbortSignal): Promise<void> {
  if (performance.now() - zoneAsked < zonePace) return;
  beginDaysIn((await ok(api.GET("/v1/session", { signal }))).time_zone);
  zoneAsked = performance.now();
}

async function minutes(rangeNow: () => Range, signal: AbortSignal): Promise<Answer> {
  await learnZone(signal);
  const range = rangeNow();
  const ask = (since: number, until?: number) =>
    ok(
      api.GET("/v1/figures", {
        params: { query: { by: "minute", since: iso(since), ...(until ? { until: iso(until) } : {}) } },
        signal,
      }),
    );
  const { items, as_of } = await ask(Math.max(range.from, now() - day + 60_000));
  const answer: Answer = { of: "minutes", range, rows: items, ...moment(as_of) };
  if (!range.yesterday) return answer;
  const start = midnight(range.start, 1);
  return { ...answer, before: (await ask(start, Math.min(range.start, start + day))).items };
}

/** The locations of all pages; those of a wall are few. */
async function stock(signal: AbortSignal): Promise<Answer> {
  const ask = (page_token?: string) =>
    ok(
      api.GET("/v1/locations:stock", {
        params: { query: { page_size: 500, ...(page_token ? { page_token } : {}) } },
        signal,
      }),
    );
  const first = await ask();
  const items = [...first.items];
  for (let token = first.next_page_token; token && items.length < 5000; ) {
    const next = await ask(token);
    items.push(...next.items);
    token = next.next_page_token;
  }
  return { of: "stock", stock: { ...first, items }, ...moment(first.as_of) };
}

async function items(of: "soldOut" | "low", signal: AbortSignal): Promise<Answer> {
  const query =
    of === "soldOut"
      ? { status: ["sold_out" as const, "oversold" as const], sort: "-updated" as const, page_size: rows }
      : { status: ["low" as const], sort: "available" as const, page_size: rows };
  const { items, as_of } = await ok(api.GET("/v1/items", { params: { query }, signal }));
  return { of, items, ...moment(as_of) };
}

async function cases(signal: AbortSignal): Promise<Answer> {
  const states = ["open", "assigned"] as const;
  const all = await Promise.all(
    states.map((state) => ok(api.GET("/v1/cases", { params: { query: { state, page_size: 500 } }, signal }))),
  );
  return { of: "cases", open: all.reduce((sum, page) => sum + page.items.length, 0) };
}

async function alerts(signal: AbortSignal): Promise<Answer> {
  const query = { state: "firing" as const, page_size: 500 };
  const { items } = await ok(api.GET("/v1/alerts", { params: { query }, signal }));
  return { of: "alerts", firing: items };
}

async function pairing(signal: AbortSignal): Promise<Answer> {
  const answer = await fetch(`${server}/console/display`, { method: "POST", signal });
  if (!answer.ok) throw new Error(`a pairing was answered ${answer.status}`);
  const { code } = (await answer.json()) as { code?: string };
  return { of: "pairing", code };
}

async function page(signal: AbortSignal): Promise<Answer> {
  return { of: "page", build: await askPage(signal) };
}

export function read(source: Source, range: () => Range): Promise<Answer> {
  const signal = AbortSignal.timeout(patience);
  switch (source) {
    case "minutes":
      return minutes(range, signal);
    case "stock":
      return stock(signal);
    case "soldOut":
    case "low":
      return items(source, signal);
    case "cases":
      return cases(signal);
    case "alerts":
      return alerts(signal);
    case "pairing":
      return pairing(signal);
    case "page":
      return page(signal);
  }
}

/** Why a read failed: nobody is signed in, the session may not read it, or there was an error. */
export function why(error: unknown): "out" | "denied" | "failed" {
  if (!(error instanceof HoldfastError)) return "failed";
  if (error.code === "UNAUTHENTICATED") return "out";
  return error.code === "PERMISSION_DENIED" ? "denied" : "failed";
}
