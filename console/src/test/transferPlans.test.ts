import { expect, test } from "vitest";
import { planCancel, planReceive, planShip, type Transfer } from "../pages/transfer/plans.ts";
import { countOf, receiptOf, scan } from "../pages/transfer/scan.ts";
import { planRequest, type Request } from "../pages/transfers/plans.ts";
import type { Plan, Planned } from "../parts/plan.ts";
import { noReason } from "../parts/reasons.ts";

const line = (product_id: string, in_transit: number, more: object = {}) => ({
  product_id,
  requested: in_transit,
  shipped: in_transit,
  received: 0,
  lost: 0,
  surplus: 0,
  returned: 0,
  in_transit,
  ...more,
});

const transfer: Transfer = {
  transfer_id: "t-1",
  from_location_id: "hub",
  to_location_id: "shop",
  state: "in_transit",
  lines: [line("mug", 5), line("oil", 1250, { unit: "kg", scale: 3 })],
  operator: "ann",
  reason: "",
  reference: "",
};

function plan(of: Planned): Plan {
  if ("faults" in of) throw new Error(JSON.stringify(of.faults));
  return of.plan;
}
const faults = (of: Planned) => ("faults" in of ? of.faults : {});

test("each scan counts one; what is measured is typed; what is in no line is not counted", () => {
  const once = scan(transfer.lines, {}, "mug");
  expect(once).toMatchObject({ is: "counted", counts: { mug: { arrived: "1", lost: "" } } });
  if (once.is !== "counted") throw new Error();
  expect(scan(transfer.lines, once.counts, " mug ")).toMatchObject({ counts: { mug: { arrived: "2" } } });
  expect(scan(transfer.lines, {}, "oil")).toEqual({ is: "measured", product: "oil" });
  expect(scan(transfer.lines, {}, "MUG")).toEqual({ is: "unknown", product: "MUG" });
  expect(countOf({}, "constructor")).toEqual({ arrived: "", lost: "" });
});

test("lots of one product are lines of their own, each named with its lot", () => {
  const lots = [line("milk", 3, { lot: { batch: "A" } }), line("milk", 7, { lot: { batch: "B" } })];
  const both = { ...transfer, lines: lots };
  expect(scan(lots, {}, "milk")).toEqual({ is: "lots", product: "milk" });
  const counts = { "milk (batch A)": { arrived: "3", lost: "" }, "milk (batch B)": { arrived: "5", lost: "2" } };
  expect(plan(planReceive(both, counts, "", "", noReason)).command.body).toMatchObject({
    lines: [
      { product_id: "milk", lot: { batch: "A" }, quantity: 3, lost: 0, surplus: 0 },
      { product_id: "milk", lot: { batch: "B" }, quantity: 5, lost: 2, surplus: 0 },
    ],
  });
  expect(plan(planShip(both, { "milk (batch B)": "6" }, "", noReason)).command.body).toMatchObject({
    lines: [
      { product_id: "milk", lot: { batch: "A" }, quantity: 3 },
      { product_id: "milk", lot: { batch: "B" }, quantity: 6 },
    ],
  });
});

test.each([
  ["5", "", { quantity: 5, lost: 0, surplus: 0, remaining: 0 }],
  ["3", "2", { quantity: 3, lost: 2, surplus: 0, remaining: 0 }],
  ["3", "", { quantity: 3, lost: 0, surplus: 0, remaining: 2 }],
  ["7", "", { quantity: 5, lost: 0, surplus: 2, remaining: 0 }],
  ["", "", { quantity: 0, lost: 0, surplus: 0, remaining: 5 }],
  ["5", "1", undefined],
  ["x", "", undefined],
  ["-1", "", undefined],
])("of 5 in transit %s arrived and %s are lost", (arrived, lost, receipt) => {
  expect(receiptOf(line("mug", 5), { arrived, lost })).toEqual(receipt);
});

test("every line is received, and the differences are told in words", () => {
  const counts = { mug: { arrived: "4", lost: "1" } };
  const received = plan(planReceive(transfer, counts, "", "", { code: "x", text: "box crushed", reference: "n-1" }));
  expect(received.command).toEqual({
    operation: "ReceiveTransfer",
    body: {
      transfer_id: "t-1",
      lines: [
        { product_id: "mug", quantity: 4, lost: 1, surplus: 0 },
        { product_id: "oil", quantity: 0, lost: 0, surplus: 0 },
      ],
      reason: "box crushed",
      reference: "n-1",
    },
  });
  expect(received.notes).toEqual([
    { words: "transfer:note.lost", values: { product: "mug", units: "1" } },
    { words: "transfer:note.remains", values: { product: "oil", units: "1.250\u202fkg" } },
  ]);
  const whole = { mug: { arrived: "5", lost: "" }, oil: { arrived: "1.25", lost: "" } };
  expect(plan(planReceive(transfer, whole, "", "", noReason)).notes).toEqual([
    { words: "transfer:note.whole", values: {} },
  ]);
});

test("nothing is received of what was not counted", () => {
  expect(faults(planReceive(transfer, {}, "", "", noReason))).toEqual({ scan: "transfer:fault.uncounted" });
  expect(faults(planReceive(transfer, { mug: { arrived: "1", lost: "" } }, "oi", "", noReason))).toEqual({
    scan: "transfer:fault.unread",
  });
});

test("what is shipped is at most what was requested, and all of it where nobody says less", () => {
  const approved: Transfer = { ...transfer, state: "approved", lines: [line("mug", 5), line("cup", 2)] };
  const less = plan(planShip(approved, { mug: "3" }, "", noReason));
  expect(less.command.body).toEqual({
    transfer_id: "t-1",
    lines: [
      { product_id: "mug", quantity: 3 },
      { product_id: "cup", quantity: 2 },
    ],
  });
  expect(less.notes).toEqual([{ words: "transfer:note.short", values: { product: "mug", units: "2" } }]);
  expect(faults(planShip(approved, { mug: "6" }, "", noReason))).toEqual({ "line mug": "transfer:fault.ship" });
  expect(faults(planShip(approved, { mug: "0", cup: "0" }, "", noReason))).toHaveProperty("all");
});

test("a cancelled transfer gives back what is in transit", () => {
  expect(plan(planCancel(transfer, noReason)).lines.map(({ of, before, after }) => [of, before, after])).toContainEqual(
    ["mug", { units: 5 }, { units: 0 }],
  );
});

test("a request says what the place that sends can give now", () => {
  const request: Request = {
    from: "hub",
    to: "shop",
    channel: "",
    expected: "",
    lines: [{ product: "mug", units: "9" }],
  };
  const held = [
    { account: "pool/shared", quantity: 4 },
    { account: "pool/shared", quantity: 30, lot: { batch: "B7" } },
    { account: "quota/web", quantity: 12 },
  ];
  const mug = { items: [{ location_id: "hub", accounts: held }] } as never;
  const known = (product: string) => (product === "mug" ? mug : product === "cup" ? "looking" : undefined);
  const asked = plan(planRequest(request, known, noReason));
  expect(asked.command.body).toEqual({
    from_location_id: "hub",
    to_location_id: "shop",
    lines: [{ product_id: "mug", quantity: 9 }],
  });
  expect(asked.notes).toEqual([{ words: "transfers:note.short", values: { product: "mug", from: "hub", units: "4" } }]);
  expect(plan(planRequest({ ...request, channel: "web" }, known, noReason)).notes).toEqual([
    { words: "transfers:note.free", values: { product: "mug", from: "hub", units: "12" } },
  ]);
  const wrong = { ...request, to: "hub", lines: [{ product: "mu", units: "x" }] };
  expect(faults(planRequest(wrong, known, noReason))).toEqual({
    to_location_id: "transfers:fault.same",
    "product 0": "transfers:fault.product",
    "units 0": "act.fault.positive",
  });
  const soon = { ...request, lines: [{ product: "cup", units: "1" }] };
  expect(faults(planRequest(soon, known, noReason))).toEqual({ "product 0": "transfers:fault.looking" });
});
