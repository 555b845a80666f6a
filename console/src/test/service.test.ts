import { expect, test } from "vitest";
import { busiest, percent, type Service, serviceTable, spanOf, three } from "../pages/figures/service.ts";

test("a measured number has three digits, and small ones four places at most", () => {
  expect([0, 0.00004, 0.0125, 1.25, 12.54, 125.4, 1254.4].map(three)).toEqual([
    "0",
    "0.0000",
    "0.0125",
    "1.25",
    "12.5",
    "125",
    "1,254",
  ]);
});

test("100 % is said only of all of it", () => {
  expect([undefined, 0, 0.5, 0.99999, 1].map(percent)).toEqual(["–", "0.0 %", "50.0 %", "99.9 %", "100.0 %"]);
});

test("a span that nobody knows is the last five minutes", () => {
  expect([undefined, "since_start", "ever"].map(spanOf)).toEqual(["recent", "since_start", "recent"]);
});

const reserve = { operation: "Reserve", write: true, calls: 3, per_second: 0.3, p50_ms: 1, p95_ms: 2, p99_ms: 4 };
const watch = { operation: "Watch", write: false, calls: 9, per_second: 0.9 };
const span = {
  seconds: 10,
  queries: 9,
  writes: 3,
  queries_per_second: 0.9,
  writes_per_second: 0.3,
  conflicts: 1,
  conflict_rate: 1 / 3,
  operations: [reserve, watch],
};

test("what was called most is on top", () => {
  expect(busiest(span).map(({ operation }) => operation)).toEqual(["Watch", "Reserve"]);
  expect(busiest(undefined)).toEqual([]);
});

test("the exported table has both spans and the sinks, each cell under its name", () => {
  const of = { since_start: span, sinks: [{ name: "shop", delivered: 8, due: 10, delivery_rate: 0.8 }] } as Service;
  expect(serviceTable(of).replace("\ufeff", "").trimEnd().split("\r\n")).toEqual([
    "span,of,name,calls,per_second,p50_ms,p95_ms,p99_ms,conflicts,delivered,due,rate",
    "since_start,queries,,9,0.9,,,,,,,",
    `since_start,writes,,3,0.3,,,,1,,,${1 / 3}`,
    "since_start,operation,Watch,9,0.9,,,,,,,",
    "since_start,operation,Reserve,3,0.3,1,2,4,,,,",
    ",sink,shop,,,,,,,8,10,0.8",
  ]);
});
