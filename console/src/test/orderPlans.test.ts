import { expect, test } from "vitest";
import { chosenLines, planCommit, planExtend, planLeave } from "../pages/order/plans.ts";
import { proposedMinutes } from "../parts/holds.ts";
import type { Plan, Planned } from "../parts/plan.ts";
import { noReason } from "../parts/reasons.ts";

function plan(of: Planned): Plan {
  if ("faults" in of) throw new Error(JSON.stringify(of.faults));
  return of.plan;
}
const faults = (of: Planned) => ("faults" in of ? of.faults : {});
const figures = (of: Planned) => plan(of).lines.map(({ before, after }) => [before, after]);
const units = (before: number, after: number) => [{ units: before }, { units: after }];
const broke = { code: "", text: " broke ", reference: "" };

const line = (reservation_id: string, more: object = {}) =>
  ({
    reservation_id,
    order_id: "o",
    product_id: reservation_id,
    location_id: "berlin",
    quantity: 10,
    deducted: 0,
    released: 0,
    state: "active",
    committed: false,
    expires_at: "2026-11-26T12:00:00.000Z",
    ...more,
  }) as never as Parameters<typeof chosenLines>[0][number];

test("of an order all that is held is meant, or one line with a quantity", () => {
  const lines = [
    line("mug"),
    line("oil", { unit: "kg", scale: 3, quantity: 1250 }),
    line("cup", { state: "confirmed" }),
  ];
  expect(chosenLines(lines, "").map((one) => one.product_id)).toEqual(["mug", "oil"]);
  expect(plan(planLeave("Deduct", "o", lines, "", "", noReason)).command.body).toEqual({ order_id: "o" });
  const part = planLeave("Release", "o", lines, "oil", "0.25", broke);
  expect(plan(part).command.body).toEqual({
    order_id: "o",
    product_id: "oil",
    location_id: "berlin",
    quantity: 250,
    reason: "broke",
  });
  expect(figures(part)).toEqual([units(1250, 1000), units(0, 250)]);
  expect(faults(planLeave("Deduct", "o", lines, "cup", "", noReason))).toHaveProperty("line");
});

test("a commit takes the deadlines away, and more time counts from now", () => {
  const lines = [line("mug")];
  expect(figures(planCommit("o", lines, ""))).toEqual([
    [{ time: "2026-11-26T12:00:00.000Z" }, { words: "figure.paid" }],
  ]);
  const now = Date.parse("2026-11-26T11:00:00.000Z");
  expect(figures(planExtend("o", lines, "", "90", now))).toEqual([
    [{ time: "2026-11-26T12:00:00.000Z" }, { time: "2026-11-26T12:30:00.000Z" }],
  ]);
  expect(faults(planExtend("o", lines, "", "0", now))).toHaveProperty("minutes");
});

test("more time is proposed from the latest deadline on, and an earlier one is warned of", () => {
  const lines = [
    line("mug", { expires_at: "2026-11-26T14:00:00.000Z" }),
    line("oil"),
    line("cup", { committed: true, expires_at: undefined }),
    line("jar", { state: "expired", expires_at: "2026-11-28T12:00:00.000Z" }),
  ];
  const now = Date.parse("2026-11-26T11:00:00.000Z");
  expect(proposedMinutes(chosenLines(lines, ""), now)).toBe("210");
  expect(proposedMinutes(chosenLines(lines, "oil"), now - 500)).toBe("91");
  expect(proposedMinutes(chosenLines(lines, "cup"), now)).toBe("30");
  expect(proposedMinutes(chosenLines(lines, ""), now + 86_400_000)).toBe("30");
  expect(proposedMinutes(chosenLines(lines, ""), now - 40 * 86_400_000)).toBe("43200");
  const notes = (typed: string) => plan(planExtend("o", lines, "", typed, now)).notes;
  expect(notes("210")).toBeUndefined();
  expect(notes("90")).toEqual([{ words: "act.earlier", values: {} }]);
  expect(plan(planExtend("o", lines, "oil", "90", now)).notes).toBeUndefined();
});

test("of a line a lot leaves, all that is held of it or a part", () => {
  const lots = [
    { lot: { batch: "B7" }, quantity: 4 },
    { lot: { batch: "B8" }, quantity: 6 },
  ];
  const lines = [line("milk", { lots })];
  const all = planLeave("Deduct", "o", lines, "milk", "", noReason, "batch B7");
  expect(plan(all).command.body).toMatchObject({ product_id: "milk", lot: { batch: "B7" } });
  expect(figures(all)).toEqual([units(10, 6), units(0, 4)]);
  const some = planLeave("Release", "o", lines, "milk", "2", noReason, "batch B8");
  expect(plan(some).command.body).toMatchObject({ quantity: 2, lot: { batch: "B8" } });
  expect(figures(some)).toEqual([units(10, 8), units(0, 2)]);
  expect(plan(planLeave("Deduct", "o", lines, "milk", "", noReason)).command.body).not.toHaveProperty("lot");
});
