import { HoldfastError } from "holdfast-client";
import { keyOf, type LiveFrame, type Watched } from "./figures.ts";
import type { Ask, readStream } from "./stream.ts";

/** The state of the stream. Down: with the code of the reason; it is tried again. Off: it would be refused again. */
export type Link = { is: "asleep" } | { is: "opening" } | { is: "live" } | { is: "down" | "off"; code: string };

/** The items that a tab asks the feed for: none while it is hidden. */
export type Wish =
  | { is: "look"; server: string; csrf: string; items: readonly Watched[] }
  | { is: "here" }
  | { is: "away" };

/** A message to a tab. */
export type News = { is: "frame"; frame: LiveFrame } | { is: "link"; link: Link };

/** So many items one stream may have. */
const most = 500;
/** How often a tab reports that it is still there; a killed tab reports nothing. */
export const hereEvery = 30_000;
const patience = 3 * hereEvery;
/** A change of the visible items, as while scrolling, waits this long. */
const settle = 200;

interface Viewer {
  look: Extract<Wish, { is: "look" }>;
  heard: number;
}

/** The pause before the next try: 1 to 30 s, spread so that not all browsers come back at once. */
export function pauseAfter(failures: number, random: number): number {
  const longest = Math.min(1_000 * 2 ** Math.max(0, failures - 1), 30_000);
  return Math.max(1_000, longest * (0.5 + random / 2));
}

/** Refusals that would be the same the next time. */
const final = new Set(["PERMISSION_DENIED", "NOT_FOUND", "METHOD_NOT_ALLOWED", "INVALID_ARGUMENT", "UNAUTHENTICATED"]);

/** One stream for all tabs that watch, with all the items that they watch. */
export function createFeed<Port>(read: typeof readStream, tell: (port: Port, news: News) => void) {
  const viewers = new Map<Port, Viewer>();
  let link: Link = { is: "asleep" };
  let current: AbortController | undefined;
  let covered = new Set<string>();
  let after: string | undefined;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function become(next: Link): void {
    link = next;
    for (const port of viewers.keys()) tell(port, { is: "link", link });
  }

  function union(): Watched[] {
    const all = new Map<string, Watched>();
    // The tab that looked last comes first, should there be too many.
    for (const { look } of [...viewers.values()].reverse()) for (const item of look.items) all.set(keyOf(item), item);
    return [...all.values()].slice(0, most);
  }

  function later(wait: number): void {
    clearTimeout(timer);
    timer = setTimeout(open, wait);
  }

  /** Opens a stream with the items that are visible now. The earlier stream ends when the new one has begun. */
  function open(): void {
    clearTimeout(timer);
    const oldest = Date.now() - patience;
    for (const [port, viewer] of viewers) if (viewer.heard < oldest) viewers.delete(port);
    const newest = [...viewers.values()].at(-1);
    const before = current;
    if (!newest) {
      before?.abort();
      current = undefined;
      covered = new Set();
      become({ is: "asleep" });
      return;
    }
    const items = union();
    const own = new AbortController();
    current = own;
    covered = new Set(items.map(keyOf));
    if (link.is === "asleep") become({ is: "opening" }); // one that is down is so until a frame comes
    const ask: Ask = { server: newest.look.server, csrf: newest.look.csrf, items, after };
    const told = (frame: LiveFrame) => {
      if (own !== current) return;
      before?.abort();
      failures = 0;
      after = frame.position;
      if (link.is !== "live") become({ is: "live" });
      for (const port of viewers.keys()) tell(port, { is: "frame", frame });
    };
    read(ask, told, own.signal).catch((error: unknown) => {
      before?.abort();
      if (own === current) broke(error instanceof HoldfastError ? error.code : "NETWORK");
    });
  }

  function broke(code: string): void {
    failures++;
    covered = new Set();
    if (code === "POSITION_GONE") after = undefined;
    become({ is: final.has(code) ? "off" : "down", code });
    later(final.has(code) ? 60_000 : pauseAfter(failures, Math.random()));
  }

  return {
    hear(port: Port, wish: Wish): void {
      if (wish.is === "here") {
        const viewer = viewers.get(port);
        if (viewer) viewer.heard = Date.now();
        return;
      }
      if (wish.is === "away") {
        if (viewers.delete(port) && viewers.size === 0) later(settle);
        return;
      }
      const known = viewers.delete(port); // whoever looked last stands last
      viewers.set(port, { look: wish, heard: Date.now() });
      tell(port, { is: "link", link });
      // A new tab needs all of its items; a known tab only those that the stream does not have yet.
      if (known && current && wish.items.every((item) => covered.has(keyOf(item)))) return;
      if (known && (link.is === "down" || link.is === "off")) return;
      later(link.is === "live" ? settle : 0);
    },
  };
}
