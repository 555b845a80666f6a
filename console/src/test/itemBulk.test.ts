import { HoldfastError } from "holdfast-client";
import { expect, test } from "vitest";
import { planAllots } from "../pages/items/allots.ts";
import { planSales, planThresholds } from "../pages/items/bulk.ts";
import { planQuotas } from "../pages/items/quotas.ts";
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

const web = (quota: number, held: number, sold: number) => ({
  channel_id: "web",
  quota,
  held,
  sold,
  remaining: quota - held - sold,
  pending: 0,
});
const stock = (shared: number, ...channels: object[]) => ({ shared, channels });

test("one quota is each product's own, from its pool, and items that cannot have it are named", () => {
  const counted = { tracked: true };
  const all = [
    { ...mug, ...counted },
    { ...oil, ...counted },
    { ...mug, ...counted, product_id: "cup" },
    { ...mug, ...counted, product_id: "jug" },
    { ...mug, ...counted, product_id: "tea" },
    { ...mug, product_id: "ebook", tracked: false },
    { ...mug, ...counted, product_id: "lost" },
  ];
  const read = [
    stock(30, web(10, 4, 1)),
    stock(20_000),
    stock(3, web(10, 0, 0)),
    stock(30, web(30, 9, 7)),
    stock(5, web(15, 0, 0)),
    stock(0),
    new HoldfastError({ code: "UNAVAILABLE", detail: "the books are away" }),
  ] as unknown as Parameters<typeof planQuotas>[1];
  expect(planQuotas(all, read, " web ", "15", " season ", "")).toMatchObject({
    plan: {
      command: {
        operation: "ExecuteBatch",
        body: {
          commands: [
            {
              set_quotas: {
                product_id: "mug",
                location_id: "berlin",
                channels: [{ channel_id: "web", quota: 15 }],
                lowering: "refuse",
                reason: "season",
              },
            },
            { set_quotas: { product_id: "oil", channels: [{ channel_id: "web", quota: 15_000 }] } },
          ],
        },
      },
      lines: [
        { of: "mug · berlin", before: { units: 10 }, after: { units: 15 } },
        { of: "mug · berlin", figure: { account: "pool/shared" }, before: { units: 30 }, after: { units: 25 } },
        { of: "oil · paris", unit: "kg", scale: 3, before: { units: 0 }, after: { units: 15_000 } },
        { of: "oil · paris", figure: { account: "pool/shared" }, before: { units: 20_000 }, after: { units: 5_000 } },
      ],
      notes: [
        { words: "items:quota.of", values: { channel: "web" } },
        { words: "items:quota.pool", values: { item: "cup · berlin", more: "5", shared: "3" } },
        { words: "items:quota.used", values: { item: "jug · berlin", held: "9", sold: "7" } },
        { words: "items:quota.same", values: { item: "tea · berlin" } },
        { words: "items:quota.notCounted", values: { item: "ebook · berlin" } },
        { words: "items:quota.unread", values: { item: "lost · berlin", why: "the books are away" } },
      ],
    },
  });
});

test("a quota that none of the items can have leads to no preview", () => {
  const all = [{ ...mug, tracked: true }];
  const of = (read: object | undefined, amount: string, channel = "web") =>
    planQuotas(all, [read] as unknown as Parameters<typeof planQuotas>[1], channel, amount, "", "");
  expect(of(stock(3, web(10, 0, 0)), "14")).toEqual({ faults: { quota: "items:quota.none.pool" } });
  expect(of(stock(3, web(10, 6, 0)), "5")).toEqual({ faults: { quota: "items:quota.none.used" } });
  expect(of(stock(3, web(10, 0, 0)), "10")).toEqual({ faults: { quota: "items:quota.none.same" } });
  expect(of(new Error("?") as never, "10")).toEqual({ faults: { quota: "items:quota.none.mixed" } });
  expect(of(undefined, "10")).toEqual({ faults: { quota: "items:quota.reading" } });
  expect(of(stock(3), "-1")).toEqual({ faults: { quota: "act.fault.notNegative" } });
  expect(of(stock(3), "1", " ")).toEqual({ faults: { channel_id: "items:quota.noChannel" } });
});
