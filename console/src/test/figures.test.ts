import type { components } from "holdfast-client";
import { expect, test } from "vitest";
import { stockRates, tenths } from "../pages/figures/stock.ts";
import { measures, nothing, permille, rates } from "../pages/figures/sums.ts";

type Figures = components["schemas"]["Figures"];

const row = (of: Partial<Figures>) => ({ at: "2026-11-01T00:00:00.000Z", ...nothing(), ...of }) as Figures;

test("channels are added up by day, units of different measures never", () => {
  const all = measures([
    row({ reserves: 2, reserved: 5, sold: 4 }),
    row({ channel_id: "web", reserves: 1, reserved: 3, sold: 3 }),
    row({ channel_id: "web", unit: "kg", scale: 3, sold: 1250 }),
    row({ at: "2026-11-02T00:00:00.000Z", reserves: 7 }),
  ]);
  expect(
    all.map(({ unit, total, days }) => [unit, total.reserves, total.sold, days.map(({ at }) => at.slice(8, 10))]),
  ).toEqual([
    ["", 10, 7, ["02", "01"]],
    ["kg", 0, 1250, ["01"]],
  ]);
});

test("nothing is pieces without a day", () => {
  expect(measures([])).toMatchObject([{ unit: "", days: [] }]);
});

test("a rate is rounded to a tenth of a percent, and is none of nothing", () => {
  const sums = {
    ...nothing(),
    lines_reserved: 9,
    lines_expired: 1,
    lines_ended: 3,
    reserves: 9,
    refused: 1,
    sold: 8,
    returned: 2,
    gained: 3,
    lost: 1,
    transfer_shipped: 40,
    transfer_received: 35,
    transfer_lost: 4,
    transfer_surplus: 1,
    partial: 2,
  };
  const of = (name: keyof typeof rates) => permille(rates[name].of(sums));
  expect([of("timeout"), of("fill"), of("refusal"), of("return"), of("shrinkage")]).toEqual([333, 700, 100, 250, 125]);
  expect(permille(rates.timeout.of(nothing()))).toBeUndefined();
});

test("a rate of the stock is the server's, and is none where the server has none", () => {
  const known = { turnover: 1.26, stock_out_rate: 0.0416 };
  expect(Object.values(stockRates).map(({ of }) => of(known))).toEqual([1.26, undefined, 0.0416, undefined, undefined]);
  expect([tenths(1.26), tenths(4.16)]).toEqual([13, 42]);
});
