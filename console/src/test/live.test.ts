import { HoldfastError } from "holdfast-client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createFeed, type Link, type News, pauseAfter } from "../live/feed.ts";
import { createFigures, keyOf, type LiveFrame } from "../live/figures.ts";
import { linkOf } from "../live/fresh.ts";
import type { Ask, readStream } from "../live/stream.ts";

type Row = NonNullable<LiveFrame["items"][number]["item"]>;
type Inventory = NonNullable<Row["inventory"]>;

const mug = { product_id: "mug", location_id: "berlin", channel_id: "" };
const item = (version: number, available_stock = version) =>
  ({ ...mug, version, available_stock }) as unknown as Inventory;
const frame = (second: number, version: number, state: Row["state"] = "in_stock", available = version) =>
  ({
    at: new Date(second * 1000).toISOString(),
    position: `0-${version}`,
    build: "1",
    items: [{ channel_id: "", item: { inventory: item(version, available), state } }],
    absent: [],
  }) as LiveFrame;

describe("the store of figures", () => {
  it("has the newest version, in whatever order frames come", () => {
    const orders = [
      [1, 2, 3],
      [1, 3, 2],
      [2, 1, 3],
      [2, 3, 1],
      [3, 1, 2],
      [3, 2, 1],
    ];
    for (const order of orders) {
      const store = createFigures();
      for (const version of order) store.frame(frame(version, version));
      expect(store.get(keyOf(mug))?.inventory.version, order.join()).toBe(3);
    }
  });

  it("takes an answer as it takes a frame", () => {
    const store = createFigures();
    store.answer(item(4), undefined, "low");
    store.frame(frame(9, 3));
    expect(store.get(keyOf(mug))).toMatchObject({ inventory: { version: 4 }, state: "low" });
    store.answer(item(5));
    expect(store.get(keyOf(mug))?.inventory.version).toBe(5);
  });

  it("lets a frame say what time has changed, and an answer only what is missing", () => {
    const store = createFigures();
    store.frame(frame(10, 7, "in_stock", 5));
    store.frame(frame(20, 7, "sold_out", 0));
    store.frame(frame(15, 7, "in_stock", 5));
    store.answer(item(7, 5), undefined, "in_stock");
    expect(store.get(keyOf(mug))).toMatchObject({ inventory: { available_stock: 0 }, state: "sold_out" });
    store.loosen();
    store.answer(item(7, 2), undefined, "low");
    expect(store.get(keyOf(mug))).toMatchObject({ inventory: { available_stock: 2 }, state: "low" });
    const other = createFigures();
    other.answer(item(1));
    expect(other.get(keyOf(mug))?.state).toBeUndefined();
    other.answer(item(1), undefined, "low");
    expect(other.get(keyOf(mug))?.state).toBe("low");
  });

  it("tells only those who show the item, and only what has changed", () => {
    const store = createFigures();
    const told = vi.fn();
    const stop = store.subscribe(keyOf(mug), told);
    store.frame(frame(1, 1));
    store.frame(frame(2, 1));
    store.answer({ ...item(1), product_id: "cup" });
    expect(told).toHaveBeenCalledTimes(1);
    stop();
    store.frame(frame(3, 2));
    expect(told).toHaveBeenCalledTimes(1);
  });

  it("forgets what the books do not have, so that a new beginning counts", () => {
    const store = createFigures();
    store.frame(frame(1, 8));
    store.frame({ ...frame(2, 9), items: [], absent: [mug] });
    expect(store.get(keyOf(mug))).toBeUndefined();
    store.frame(frame(3, 1));
    expect(store.get(keyOf(mug))?.inventory.version).toBe(1);
  });
});

interface Stream {
  ask: Ask;
  told: (frame: LiveFrame) => void;
  signal: AbortSignal;
  fail: (error: unknown) => void;
}

function begin() {
  const streams: Stream[] = [];
  const news: [string, News][] = [];
  const read = ((ask, told, signal) =>
    new Promise<never>((_, fail) => streams.push({ ask, told, signal, fail }))) as typeof readStream;
  const feed = createFeed<string>(read, (port, one) => news.push([port, one]));
  const look = (port: string, ...products: string[]) => {
    const items = products.map((product_id) => ({ product_id, location_id: "berlin" }));
    feed.hear(port, { is: "look", server: "", csrf: "c", items });
  };
  const link = () => news.map(([, one]) => one).findLast((one) => one.is === "link") as { link: Link };
  const products = (at: number) => streams[at]?.ask.items.map(({ product_id }) => product_id);
  return { feed, streams, news, look, link, products };
}

describe("the one stream of a browser", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("has what all tabs look at, and the one before ends when the new one has begun", async () => {
    const { streams, news, look, products } = begin();
    look("one", "mug");
    await vi.advanceTimersByTimeAsync(0);
    streams[0]?.told(frame(1, 1));
    look("two", "mug", "cup");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(products(1)).toEqual(["mug", "cup"]);
    expect(streams[1]?.ask.after).toBe("0-1");
    expect(streams[0]?.signal.aborted).toBe(false);
    streams[1]?.told(frame(2, 2));
    expect(streams[0]?.signal.aborted).toBe(true);
    expect(news.filter(([, { is }]) => is === "frame").map(([port]) => port)).toEqual(["one", "one", "two"].sort());
  });

  it("is opened anew only for what it does not have", async () => {
    const { streams, look } = begin();
    look("one", "mug", "cup");
    await vi.advanceTimersByTimeAsync(0);
    streams[0]?.told(frame(1, 1));
    look("one", "cup");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(streams).toHaveLength(1);
    look("one", "pot");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(streams).toHaveLength(2);
  });

  it("ends when nobody looks, also when a tab was killed", async () => {
    const { feed, streams, look, link } = begin();
    look("one", "mug");
    await vi.advanceTimersByTimeAsync(0);
    streams[0]?.told(frame(1, 1));
    feed.hear("one", { is: "away" });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(streams[0]?.signal.aborted).toBe(true);
    expect(link().link.is).not.toBe("down");
    look("killed", "mug");
    await vi.advanceTimersByTimeAsync(120_000);
    look("two", "cup");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(streams.at(-1)?.ask.items.map(({ product_id }) => product_id)).toEqual(["cup"]);
  });

  it("is tried again with pauses that grow, and says why it is down", async () => {
    const { streams, look, link } = begin();
    look("one", "mug");
    await vi.advanceTimersByTimeAsync(0);
    streams[0]?.told(frame(1, 1));
    expect(link().link).toEqual({ is: "live" });
    streams[0]?.fail(new HoldfastError({ code: "UNAVAILABLE", detail: "" }));
    await vi.advanceTimersByTimeAsync(0);
    expect(link().link).toEqual({ is: "down", code: "UNAVAILABLE" });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(streams).toHaveLength(2);
    streams[1]?.told(frame(2, 2));
    expect(link().link).toEqual({ is: "live" });
    streams[1]?.fail(new HoldfastError({ code: "POSITION_GONE", detail: "" }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(streams[2]?.ask.after).toBeUndefined();
    expect([1, 2, 3, 9].map((failures) => pauseAfter(failures, 1))).toEqual([1_000, 2_000, 4_000, 30_000]);
    expect(pauseAfter(9, 0)).toBe(15_000);
  });

  it("rests where it would be refused again", async () => {
    const { streams, look, link } = begin();
    look("one", "mug");
    await vi.advanceTimersByTimeAsync(0);
    streams[0]?.fail(new HoldfastError({ code: "PERMISSION_DENIED", detail: "" }));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(link().link.is).toBe("off");
    expect(streams).toHaveLength(1);
  });
});

describe("how fresh a page says it is", () => {
  it.each([
    [{ is: "live" }, 1, true, "live"],
    [{ is: "live" }, 7, true, "behind"],
    [{ is: "down", code: "NETWORK" }, 7, true, "reconnecting"],
    [{ is: "down", code: "NETWORK" }, 7, false, "offline"],
    [{ is: "down", code: "UNAVAILABLE" }, 7, true, "unavailable"],
    [{ is: "off", code: "PERMISSION_DENIED" }, 7, true, "none"],
    [{ is: "opening" }, 7, true, "none"],
  ] as [Link, number, boolean, string][])("%o after %d s, online %s: %s", (link, seconds, online, says) => {
    expect(linkOf({ link, came: 1_000 }, 1_000 + seconds * 1_000, online)).toEqual({ is: says, seconds });
  });

  it.each([
    [{ is: "live" }, "none"],
    [{ is: "down", code: "NETWORK" }, "reconnecting"],
  ] as [Link, string][])("%o before the first frame: %s, and no age", (link, says) => {
    expect(linkOf({ link, came: 0 }, Date.parse("2026-11-28T12:00:00Z"), true)).toEqual({ is: says, seconds: 0 });
  });
});
