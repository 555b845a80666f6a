import { queryClient } from "../api/queries.ts";
import { server } from "../app/base.ts";
import { csrf, ended } from "../app/session.ts";
import { createFeed, hereEvery, type Link, type News, type Wish } from "./feed.ts";
import { figures, keyOf, type Watched } from "./figures.ts";
import { readStream } from "./stream.ts";

/** How fresh the figures are that frames bring. */
export interface Freshness {
  link: Link;
  /** When the last frame came, in milliseconds of this browser; 0: none has. */
  came: number;
  /** The time that it states. */
  at: string | undefined;
}

let fresh: Freshness = { link: { is: "asleep" }, came: 0, at: undefined };
const listeners = new Set<() => void>();
const looks = new Map<symbol, readonly Watched[]>();
let send: ((wish: Wish) => void) | undefined;

function become(next: Partial<Freshness>): void {
  fresh = { ...fresh, ...next };
  for (const told of listeners) told();
}

function hear(news: News): void {
  if (news.is === "frame") {
    figures.frame(news.frame);
    become({ came: Date.now(), at: news.frame.at });
    return;
  }
  const { link } = news;
  const wasLive = fresh.link.is === "live";
  become({ link });
  if (wasLive && link.is !== "live") figures.loosen();
  if (!("code" in link)) return;
  if (link.code === "UNAUTHENTICATED") ended();
  if (link.code === "POSITION_GONE") {
    figures.clear();
    void queryClient.invalidateQueries();
  }
}

/** One worker has the stream of all tabs; where there are none of its kind each visible tab has its own. */
function connect(): (wish: Wish) => void {
  if (typeof SharedWorker === "undefined") {
    const feed = createFeed<"self">(readStream, (_, news) => hear(news));
    return (wish) => feed.hear("self", wish);
  }
  const worker = new SharedWorker(new URL("./worker.ts", import.meta.url), { type: "module", name: "holdfast-live" });
  worker.port.onmessage = ({ data }: MessageEvent<News>) => hear(data);
  return (wish) => worker.port.postMessage(wish);
}

function start(): (wish: Wish) => void {
  const made = connect();
  document.addEventListener("visibilitychange", look);
  window.addEventListener("pagehide", () => made({ is: "away" }));
  window.addEventListener("pageshow", ({ persisted }) => persisted && look());
  setInterval(() => made({ is: "here" }), hereEvery);
  return made;
}

let due = false;

/** Sends the items that this tab watches, once everything that is drawn anew has registered its own. */
function look(): void {
  if (due) return;
  due = true;
  queueMicrotask(() => {
    due = false;
    say();
  });
}

function say(): void {
  const token = csrf();
  if (looks.size === 0 && !send) return;
  send ??= start();
  if (looks.size === 0 || !token || document.visibilityState === "hidden") {
    send({ is: "away" });
    return;
  }
  const items = new Map([...looks.values()].flat().map((item) => [keyOf(item), item]));
  send({ is: "look", server, csrf: token, items: [...items.values()] });
}

/** Watches items until the returned function is called. */
export function watch(who: symbol, items: readonly Watched[]): () => void {
  looks.set(who, items);
  look();
  return () => {
    looks.delete(who);
    look();
  };
}

export function freshness(): Freshness {
  return fresh;
}

export function onFreshness(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
