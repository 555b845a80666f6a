import { expect, test } from "vitest";
import { unitsOf } from "../format/decimal.ts";
import {
  isOn,
  movable,
  newLot,
  noLot,
  planAdjust,
  planCount,
  planMove,
  planReceive,
  planSale,
  planThreshold,
} from "../pages/item/actions/plans.ts";
import { changedSince, type Plan, type Planned } from "../parts/plan.ts";
import { noReason, reasonsFor } from "../parts/reasons.ts";

const mug = {
  product_id: "mug",
  location_id: "berlin",
  available_stock: 28,
  reserved_stock: 10,
  total_stock: 38,
  on_hand: 40,
  low_stock_threshold: 5,
  tracked: true,
  on_sale: true,
  channels_off: ["pos"],
  status: "in_stock",
  version: 3,
} as const;
const item = mug as never as Parameters<typeof planCount>[0];
const broke = { code: "", text: " broke ", reference: "" };

function plan(of: Planned): Plan {
  if ("faults" in of) throw new Error(JSON.stringify(of.faults));
  return of.plan;
}
const faults = (of: Planned) => ("faults" in of ? of.faults : {});
const figures = (of: Planned) => plan(of).lines.map(({ before, after }) => [before, after]);
const units = (before: number, after: number) => [{ units: before }, { units: after }];

test.each([
  ["5", 0, 5],
  [" +5 ", 0, 5],
  ["-2", 0, -2],
  ["−2", 0, -2],
  ["１２", 0, 12],
  ["1.25", 3, 1250],
  ["1.250", 2, 125],
  ["0.001", 3, 1],
  ["007", 0, 7],
  ["1.5", 0, undefined],
  ["1,5", 3, undefined],
  ["", 0, undefined],
  ["1e3", 0, undefined],
  ["9007199254740991", 0, 9007199254740991],
  ["9007199254740992", 0, undefined],
  ["9007199254740.999", 3, undefined],
])("%s at scale %i is %s", (text, scale, value) => {
  expect(unitsOf(text, scale)).toBe(value);
});

test("a count is of the moment its figures are of, and shows what it would book", () => {
  const counted = planCount(item, "2026-11-26T11:00:00.000Z", "38", broke);
  expect(plan(counted).command).toEqual({
    operation: "Observe",
    body: { product_id: "mug", location_id: "berlin", seen: 38, as_of: "2026-11-26T11:00:00.000Z", reason: "broke" },
  });
  expect(figures(counted)).toEqual([units(40, 38)]);
  expect(figures(planCount(item, undefined, "5", noReason))).toEqual([units(40, 12)]);
  expect(faults(planCount(item, undefined, "-1", noReason))).toHaveProperty("seen");
});

test("an adjustment sends the version of its preview and needs a reason", () => {
  expect(faults(planAdjust(item, "delta", "0", noReason))).toEqual({
    delta: "act.fault.notZero",
    reason: "act.fault.reason",
  });
  const by = planAdjust(item, "delta", "-2", broke);
  expect(plan(by).command.body).toEqual({
    product_id: "mug",
    location_id: "berlin",
    delta: -2,
    expected_version: 3,
    reason: "broke",
  });
  expect(figures(by)).toEqual([units(28, 26), units(40, 38)]);
  expect(figures(planAdjust(item, "set_to", "41", broke))).toEqual([units(28, 29), units(40, 41)]);
});

test("units move between the accounts of people, those of no lot", () => {
  const there = movable([
    { account: "pool/shared", quantity: 20 },
    { account: "pool/shared", quantity: 7, lot: { batch: "B7" } },
    { account: "quota/web", quantity: 8 },
    { account: "held", quantity: 10 },
  ]);
  expect([...there]).toEqual([
    ["pool/shared", 20],
    ["withheld", 0],
    ["damaged", 0],
    ["quality", 0],
    ["quota/web", 8],
  ]);
  expect(figures(planMove(item, there, "pool/shared", "damaged", "2", noReason))).toEqual([units(20, 18), units(0, 2)]);
  expect(faults(planMove(item, there, "damaged", "damaged", "x", noReason))).toEqual({
    quantity: "act.fault.positive",
    to: "act.fault.accounts",
  });
});

test("what is received, the threshold and the switch show before and after", () => {
  expect(figures(planReceive(item, "5", noReason))).toEqual([units(40, 45)]);
  expect(plan(planReceive({ ...item, tracked: false }, "5", noReason)).lines).toEqual([]);
  expect(faults(planReceive(item, "0", noReason))).toHaveProperty("quantity");
  expect(figures(planThreshold(item, "0"))).toEqual([units(5, 0)]);
  expect([isOn(item, ""), isOn(item, "web"), isOn(item, "pos")]).toEqual([true, true, false]);
  expect(plan(planSale(item, "pos", true, noReason)).command.body).toEqual({
    product_id: "mug",
    location_id: "berlin",
    channel_id: "pos",
    on_sale: true,
  });
});

test("what somebody else changed between two previews is told", () => {
  const before = plan(planAdjust(item, "delta", "-2", broke));
  const now = plan(planAdjust({ ...item, version: 4, available_stock: 25 }, "delta", "-2", broke));
  expect(changedSince(before, now).map(({ was, line: { before: is } }) => [was, is])).toEqual([
    [{ units: 28 }, { units: 25 }],
  ]);
});

test("a verb may name the reasons that are for it and in use", () => {
  const known = [
    { code: "a", direction: "in" as const, operations: ["restock" as const] },
    { code: "b", direction: "both" as const },
    { code: "c", direction: "out" as const, active: false },
  ];
  expect(reasonsFor(known, "adjust").map(({ code }) => code)).toEqual(["b"]);
});

const b7 = { lot: { batch: "B7" }, location_id: "berlin", available: 7, on_hand: 9 } as never as NonNullable<
  Parameters<typeof planAdjust>[4]
>;

test("an adjustment of a lot is of its units, and counts them alone", () => {
  const by = planAdjust(item, "set_to", "6", broke, b7);
  expect(plan(by).command.body).toMatchObject({ set_to: 6, lot: { batch: "B7" } });
  expect(figures(by)).toEqual([units(28, 25), units(40, 37), units(9, 6)]);
  expect(plan(by).lines[2]).toMatchObject({ of: "batch B7" });
});

test("a lot moves between its own accounts", () => {
  const there = movable(
    [
      { account: "pool/shared", quantity: 20 },
      { account: "pool/shared", quantity: 7, lot: { batch: "B7" } },
      { account: "withheld", quantity: 2, lot: { batch: "B7" } },
      { account: "withheld", quantity: 3, lot: { batch: "B8" } },
    ],
    b7.lot,
  );
  const moved = planMove(item, there, "pool/shared", "withheld", "2", noReason, b7.lot);
  expect(figures(moved)).toEqual([units(7, 5), units(2, 4)]);
  expect(plan(moved).command.body).toMatchObject({ lot: { batch: "B7" }, quantity: 2 });
});

test("units come in as a lot that is there, or as a new one", () => {
  const known = planReceive(item, "5", noReason, { ...noLot, choice: "batch B7" }, [b7]);
  expect(plan(known).command.body).toMatchObject({ quantity: 5, lot: { batch: "B7" } });
  expect(figures(known)).toEqual([units(40, 45), units(9, 14)]);
  const made = planReceive(item, "5", noReason, { choice: newLot, batch: " B9 ", expires: "2026-12-01" }, [b7]);
  expect(plan(made).command.body).toMatchObject({ lot: { batch: "B9", expires_at: "2026-12-01" } });
  expect(figures(made)).toEqual([units(40, 45), units(0, 5)]);
  expect(faults(planReceive(item, "5", noReason, { ...noLot, choice: newLot }, [b7]))).toEqual({
    batch: "item:act.fault.lot",
  });
  expect(faults(planReceive(item, "5", noReason, { choice: newLot, batch: "", expires: "soon" }, [b7]))).toEqual({
    expires: "item:act.fault.expires",
  });
});
