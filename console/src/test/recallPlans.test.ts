import { expect, test } from "vitest";
import { concerned, lotChoices, planRecall } from "../pages/item/actions/recall.ts";
import { lotText } from "../parts/lots.ts";

const row = (batch: string, grade: string, location_id: string, available: number, recalled = false) => ({
  lot: { grade, batch },
  location_id,
  available,
  withheld: 1,
  recalled,
});
const milk = {
  product_id: "milk",
  items: [row("B7", "A", "berlin", 40), row("B7", "A", "paris", 2), row("B8", "A", "paris", 0, true)],
} as never as Parameters<typeof planRecall>[0];
const fields = { lot: "batch B7", location: "", typed: "batch B7", reason: " sour " };

test("lots are recalled by one attribute, or as a whole", () => {
  expect(lotChoices(milk.items, false).map(lotText)).toEqual(["grade A", "batch B7", "batch B7, grade A"]);
  expect(lotChoices(milk.items, true).map(lotText)).toEqual(["grade A", "batch B8", "batch B8, grade A"]);
  expect(concerned(milk.items, { grade: "A" }, "paris")).toHaveLength(2);
});

test("a recall shows each place, and needs a reason and the lot typed", () => {
  const planned = planRecall(milk, false, fields);
  if ("faults" in planned) throw new Error(JSON.stringify(planned.faults));
  const lines = planned.plan.lines.map(({ of, before, after }) => [
    of,
    Object.values(before)[0],
    Object.values(after)[0],
  ]);
  expect(lines).toEqual([
    ["batch B7, grade A · berlin", "item:recall.not", "item:lots.recalled"],
    ["batch B7, grade A · berlin", 40, 0],
    ["batch B7, grade A · berlin", 1, 41],
    ["batch B7, grade A · paris", "item:recall.not", "item:lots.recalled"],
    ["batch B7, grade A · paris", 2, 0],
    ["batch B7, grade A · paris", 1, 3],
  ]);
  expect(planned.plan.command.body).toEqual({ product_id: "milk", lot: { batch: "B7" }, reason: "sour" });
  expect(planRecall(milk, false, { ...fields, typed: "B7", reason: "" })).toEqual({
    faults: { reason: "act.fault.reason", typed: "item:recall.fault.typed" },
  });
});

test("a recall is lifted where the lot was recalled", () => {
  const lift = planRecall(milk, true, { ...fields, lot: "batch B8", typed: "batch B8", location: "paris" });
  expect(lift).toMatchObject({
    plan: {
      command: { body: { product_id: "milk", location_id: "paris", lot: { batch: "B8" }, lift: true, reason: "sour" } },
      lines: [{ before: { words: "item:lots.recalled" }, after: { words: "item:recall.not" } }],
    },
  });
  expect(planRecall(milk, true, fields)).toEqual({ faults: { lot: "item:recall.fault.lot" } });
});
