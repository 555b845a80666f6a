import { expect, test } from "vitest";
import { dayOf, lineOf, moreThan, points } from "../pages/overview/curve.ts";

const start = Date.parse("2026-11-22T00:00:00Z");
const nothing = {
  lines_reserved: 0,
  lines_ended: 0,
  reserved: 0,
  sold: 0,
  returned: 0,
  released: 0,
  expired: 0,
  received: 0,
  gained: 0,
  lost: 0,
  partial: 0,
  counts: 0,
  counts_exact: 0,
  oversells: 0,
  oversold: 0,
  transfer_shipped: 0,
  transfer_received: 0,
  transfer_returned: 0,
  transfer_lost: 0,
  transfer_surplus: 0,
};
const row = (at: string, reserves: number, refused = 0, lines_expired = 0) => ({
  ...nothing,
  at,
  reserves,
  refused,
  lines_expired,
});

test("a day is added up to the minute, over all channels", () => {
  const rows = [
    row("2026-11-21T23:59:00Z", 100),
    row("2026-11-22T00:00:00Z", 1),
    row("2026-11-22T00:09:00Z", 2, 1),
    row("2026-11-22T00:09:00Z", 3),
    row("2026-11-22T00:10:00Z", 4, 0, 5),
    row("2026-11-23T00:00:00Z", 100),
  ];
  const day = dayOf(rows, start, 9);
  expect(day).toMatchObject({ reserves: 6, refused: 1, expired: 0 });
  expect(day.curve).toHaveLength(points);
  expect(day.curve.slice(0, 3)).toEqual([6, 4, 0]);
});

test("a change is in percent, and none where there was nothing", () => {
  expect(moreThan(106, 100)).toBe(6);
  expect(moreThan(50, 100)).toBe(-50);
  expect(moreThan(5, 0)).toBeUndefined();
});

test("the curve is within its box, also when it is flat", () => {
  expect(lineOf([0, 5, 10], 10, 40)).toBe("0.5,40.00 1.5,20.00 2.5,0.00");
  expect(lineOf([0, 0], 0, 40, 1)).toBe("0.5,40.00");
});
