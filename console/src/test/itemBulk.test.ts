import { HoldfastError } from "holdfast-client";
import { expect, test } from "vitest";
import { planAllots } from "../pages/items/allots.ts";
import { planSales, planThresholds } from "../pages/items/bulk.ts";
import { noReason } from "../parts/reasons.ts";

type Item = Parameters<typeof planThresholds>[0][number];

const mug = { product_id: "mug", location_id: "berlin", low_stock_threshold: 5, on_sale: true } as Item;
const oil = {
  product_id: "oil",
  location_id: "paris",
  low_stock_threshold: 500,
  on_sale: false,
  unit: "kg",
  scale: 3,
} as Item;

test("one threshold is each product's own number of smallest units", () => {
  const planned = planThresholds([mug, oil], "2", "");
  expect(planned).toMatchObject({
    plan: {
      command: {
        operation: "ExecuteBatch",
        body: {
          commands: [
            { set_threshold: { product_id: "mug", location_id: "berlin", low_stock_threshold: 2 } },
            { set_threshold: { product_id: "oil", location_id: "paris", low_stock_threshold: 2000 } },
          ],
        },
      },
      lines: [
        { of: "mug · berlin", before: { units: 5 }, after: { units: 2 } },
        { of: "oil · paris", unit: "kg", scale: 3, before: { units: 500 }, after: { units: 2000 } },
      ],
    },
  });
});

test("a threshold that is too exact for one of them is refused for all", () => {
  expect(planThresholds([mug, oil], "1.5", "")).toEqual({ faults: { low_stock_threshold: "act.fault.notNegative" } });
  expect(planThresholds([mug], "-1", "")).toEqual({ faults: { low_stock_threshold: "act.fault.notNegative" } });
});

test("of many the number has to be typed", () => {
  const many = Array.from({ length: 101 }, () => mug);
  expect(planSales(many, false, noReason, "100")).toEqual({ faults: { count: "act.fault.count" } });
  expect(planSales(many, false, noReason, "101")).toHaveProperty("plan");
});

test("the switch says what it was and what it becomes", () => {
  expect(planSales([mug, oil], false, { ...noReason, text: "recall" }, "")).toMatchObject({
    plan: {
      command: { body: { commands: [{ set_sale_status: { on_sale: false, reason: "recall" } }, {}] } },
      lines: [
        { before: { words: "act.onSale" }, after: { words: "state.off_sale" } },
        { before: { words: "state.off_sale" }, after: { words: "state.off_sale" } },
      ],
    },
  });
});

test("items are allotted to as their dry runs say, and those that are left out are named", () => {
  const stock = { shared: 5, channels: [{ channel_id: "web", quota: 20, remaining: 15, held: 5, sold: 0 }] };
  const moves = [{ from: "pool/shared", to: "quota/web", quantity: 10 }];
  const cup = { ...mug, product_id: "cup" };
  const milk = { ...mug, product_id: "milk" };
  const refused = new HoldfastError({ code: "INVALID_STATE", detail: "it has lots" });
  const tried = [{ stock, moves }, { stock, moves: [] }, refused] as unknown as Parameters<typeof planAllots>[1];
  expect(planAllots([mug, cup, milk], tried, "pool", "5", " season ")).toMatchObject({
    plan: {
      command: {
        operation: "ExecuteBatch",
        body: {
          commands: [{ allot: { product_id: "mug", location_id: "berlin", mode: "pool", keep: 5, reason: "season" } }],
        },
      },
      lines: [
        { of: "mug · berlin", figure: { account: "pool/shared" }, before: { units: 15 }, after: { units: 5 } },
        { of: "mug · berlin", figure: { account: "quota/web" }, before: { units: 5 }, after: { units: 15 } },
      ],
      notes: [
        { words: "items:allot.stays", values: { item: "cup · berlin" } },
        { words: "items:allot.refused", values: { item: "milk · berlin", why: "it has lots" } },
      ],
    },
  });
  expect(planAllots([mug], [undefined], "pool", "", "")).toEqual({ faults: { keep: "items:allot.trying" } });
  expect(planAllots([mug], [refused], "pool", "", "")).toEqual({ faults: { keep: "items:allot.nothing" } });
  expect(planAllots([mug], tried, "pool", "-1", "")).toEqual({ faults: { keep: "act.fault.notNegative" } });
});
