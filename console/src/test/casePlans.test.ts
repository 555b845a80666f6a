import { expect, test } from "vitest";
import {
  type Case,
  type Choice,
  carriedOut,
  othersOf,
  planAssign,
  planComment,
  planDecide,
} from "../pages/case/plans.ts";
import { listsOf, merged, viewOf } from "../pages/inbox/views.ts";
import type { Plan, Planned } from "../parts/plan.ts";

const vase: Case = {
  case_id: "case-1",
  kind: "shortage",
  state: "open",
  product_id: "vase",
  location_id: "berlin",
  quantity: 2,
  operator: "ann",
  reason: "",
  reference: "",
  oversold: 2,
  orders: [
    { order_id: "o-8", channel_id: "", quantity: 4 },
    { order_id: "o-7", channel_id: "web", quantity: 15 },
  ],
};
const choice: Choice = { decision: "wait", orders: [], to: "", note: "" };

function plan(of: Planned): Plan {
  if ("faults" in of) throw new Error(JSON.stringify(of.faults));
  return of.plan;
}
const faults = (of: Planned) => ("faults" in of ? of.faults : {});

test("the views are lists of the API, each of one state", () => {
  expect(viewOf("nonsense")).toBe("open");
  expect(listsOf("open", "mia", { kind: "oversell", place: "berlin" })).toEqual([
    { state: "open", kind: "oversell", location_id: "berlin" },
    { state: "assigned", kind: "oversell", location_id: "berlin" },
  ]);
  expect(listsOf("mine", "mia", { kind: "nonsense" })).toEqual([
    { state: "assigned", assignee: "mia" },
    { state: "decided", assignee: "mia" },
  ]);
  expect(listsOf("settled", "mia", {})).toEqual([{ state: "settled" }]);
  expect(listsOf("decided", "mia", { till: "till-1" })).toEqual([{ state: "decided", till_id: "till-1" }]);
});

test("cases of several lists are one list, each case once, the newest first", () => {
  const of = (case_id: string, opened_at: string) => ({ ...vase, case_id, opened_at });
  const lists = [
    [of("b", "2026-11-02T00:00:00.000Z")],
    [of("a", "2026-11-03T00:00:00.000Z"), of("b", "2026-11-02T00:00:00.000Z")],
  ];
  expect(merged(lists).map(({ case_id }) => case_id)).toEqual(["a", "b"]);
});

test("a case is given to somebody, and to nobody", () => {
  expect(plan(planAssign(vase, " mia "))).toEqual({
    command: { operation: "AssignCase", body: { case_id: "case-1", assignee: "mia" } },
    lines: [
      { figure: { words: "case:assignee" }, before: { words: "act.nobody" }, after: { text: "mia" } },
      { figure: { words: "case:state" }, before: { words: "act.case.open" }, after: { words: "act.case.assigned" } },
    ],
  });
  const mine: Case = { ...vase, state: "assigned", assignee: "mia" };
  expect(plan(planAssign(mine, "")).lines.at(-1)?.after).toEqual({ words: "act.case.open" });
  expect(plan(planAssign({ ...mine, state: "decided" }, "tom")).lines.at(-1)?.after).toEqual({
    words: "act.case.decided",
  });
  expect(faults(planAssign(mine, "mia"))).toHaveProperty("assignee");
});

test("a decision names its orders, and what they lose", () => {
  expect(plan(planDecide(vase, { ...choice, note: " told " }, {})).command.body).toEqual({
    case_id: "case-1",
    decision: "wait",
    note: "told",
  });
  const released = plan(
    planDecide(vase, { ...choice, decision: "release", orders: ["o-8"] }, { unit: "kg", scale: 3 }),
  );
  expect(released.command.body).toEqual({ case_id: "case-1", decision: "release", orders: ["o-8"] });
  expect(released.lines.at(-1)).toMatchObject({ of: "o-8", unit: "kg", before: { units: 4 }, after: { units: 0 } });
  const moved = plan(planDecide(vase, { ...choice, decision: "move", orders: ["o-7", "o-8"], to: "hub" }, {}));
  expect(moved.command.body).toMatchObject({ orders: ["o-8", "o-7"], to_location_id: "hub" });
  expect(moved.lines.filter(({ of }) => of === "o-7").map(({ after }) => after)).toEqual([{ units: 0 }, { units: 15 }]);
  expect(plan(planDecide(vase, { ...choice, decision: "accept", orders: ["o-8"] }, {})).command.body).toEqual({
    case_id: "case-1",
    decision: "accept",
  });
});

test("a decision about orders needs some that still hold", () => {
  const gone = { ...choice, decision: "move", orders: ["o-1"] } as const;
  expect(faults(planDecide(vase, gone, {}))).toEqual({ orders: "case:fault.orders", to_location_id: "case:fault.to" });
});

test("orders are moved to other places, those that have most first", () => {
  const locations = [
    { location_id: "berlin", available_stock: 0 },
    { location_id: "paris", available_stock: 3 },
    { location_id: "hub", available_stock: 40 },
  ];
  const places = othersOf({ locations } as Parameters<typeof othersOf>[0], "berlin");
  expect(places.map(({ location_id }) => location_id)).toEqual(["hub", "paris"]);
});

test("a comment is sent as it was typed, also of a case that is settled", () => {
  expect(plan(planComment({ ...vase, state: "settled" }, " truck at <b>noon</b> "))).toMatchObject({
    command: { operation: "CommentCase", body: { case_id: "case-1", text: "truck at <b>noon</b>" } },
    lines: [{ before: { text: "–" }, after: { text: "truck at <b>noon</b>" } }],
  });
  expect(faults(planComment(vase, " "))).toEqual({ text: "case:fault.text" });
  expect(faults(planComment(vase, "早".repeat(342)))).toEqual({ text: "case:fault.long" });
  expect(plan(planComment(vase, "早".repeat(341)))).toBeTruthy();
});

test("a decision was carried out for the orders that are not left", () => {
  const decided = { decision: "release", operator: "ann", note: "", orders: ["a", "b", "c"] } as const;
  expect(carriedOut({ ...decided, orders: [...decided.orders] })).toEqual(["a", "b", "c"]);
  const left = [{ order_id: "b", detail: 'order "b" holds nothing' }];
  expect(carriedOut({ ...decided, orders: [...decided.orders], left })).toEqual(["a", "c"]);
});
