import { expect, test } from "vitest";
import { type LocationStock, mapOf, worstOf } from "../parts/stockMap.ts";

const counts = { in_stock: 0, low: 0, sold_out: 0, oversold: 0, off_sale: 0, not_counted: 0 };
const place = (location_id: string, latitude?: number, longitude = 0, items = {}): LocationStock => ({
  location_id,
  items: { ...counts, in_stock: 1, ...items },
  ...(latitude === undefined ? {} : { coordinates: { latitude, longitude } }),
});

test("a location is as the worst of its items", () => {
  expect(worstOf({ ...counts, in_stock: 9, low: 1 })).toBe("low");
  expect(worstOf({ ...counts, low: 1, sold_out: 1, oversold: 1 })).toBe("oversold");
  expect(worstOf({ ...counts, in_stock: 1, off_sale: 1 })).toBe("off_sale");
  expect(worstOf(counts)).toBe("not_counted");
});

test("north is up, and all of it is in the box", () => {
  const { dots, rest } = mapOf([place("oslo", 59.9, 10.7), place("rome", 41.9, 12.5), place("shop")], 60, 20);
  const [oslo, rome] = dots;
  expect(rest.map(({ location_id }) => location_id)).toEqual(["shop"]);
  expect(oslo?.y).toBeCloseTo(0);
  expect(rome?.y).toBeCloseTo(20);
  expect((rome?.x ?? 0) > (oslo?.x ?? 0)).toBe(true);
  for (const { x, y } of dots) expect(x >= 0 && x <= 60 && y >= 0 && y <= 20.001).toBe(true);
});

test("one location alone is in the middle", () => {
  expect(mapOf([place("oslo", 59.9, 10.7)], 60, 20).dots).toMatchObject([{ x: 30, y: 10 }]);
  expect(mapOf([], 60, 20)).toEqual({ dots: [], rest: [] });
});

test("very many are put together by cells, each as the worst of them", () => {
  const many = Array.from({ length: 2000 }, (_, n) =>
    place(`l${n}`, n % 40, Math.floor(n / 40), n === 7 ? { sold_out: 1 } : {}),
  );
  const { dots } = mapOf(many, 60, 40);
  expect(dots.length).toBeLessThanOrEqual(500);
  expect(dots.reduce((sum, { locations }) => sum + locations.length, 0)).toBe(2000);
  expect(dots.filter(({ state }) => state === "sold_out")).toHaveLength(1);
});
