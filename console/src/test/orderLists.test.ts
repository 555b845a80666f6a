import { expect, test } from "vitest";
import { keyed } from "../api/commands.ts";
import { carryOut } from "../api/outcome.ts";
import { createPendings } from "../api/pending.ts";
import { left, skewOf } from "../format/time.ts";
import { lotsThatLeft, planReturn, returnable } from "../pages/order/returns.ts";
import { planExtendAll, planReleaseAll } from "../pages/orders/bulk.ts";
import { orderStateOf } from "../parts/orderStates.ts";
import type { Planned } from "../parts/plan.ts";
import { noReason } from "../parts/reasons.ts";

type Hold = Parameters<typeof planReleaseAll>[0][number];

const hold = (order_id: string, more: object = {}): Hold => ({
  reservation_id: order_id,
  order_id,
  product_id: "mug",
  location_id: "berlin",
  channel_id: "",
  requested: 5,
  quantity: 5,
  deducted: 0,
  released: 0,
  state: "active",
  committed: false,
  expires_at: "2026-11-26T12:00:00.000Z",
  created_at: "2026-11-26T11:00:00.000Z",
  updated_at: "2026-11-26T11:00:00.000Z",
  ...more,
});
const body = (of: Planned) => ("plan" in of ? of.plan.command.body : undefined);
const faults = (of: Planned) => ("faults" in of ? of.faults : {});
const now = Date.parse("2026-11-26T11:30:00.000Z");

test("several holds get another deadline, and those that are paid keep none", () => {
  const plan = planExtendAll([hold("a"), hold("b", { committed: true })], "45", "", now);
  expect(body(plan)).toEqual({
    commands: [{ extend: { order_id: "a", product_id: "mug", location_id: "berlin", ttl_seconds: 2700 } }],
  });
  const notes = (of: Planned) => ("plan" in of ? of.plan.notes : []);
  expect(notes(plan)).toBeUndefined();
  expect(notes(planExtendAll([hold("a"), hold("b")], "20", "", now))).toEqual([{ words: "act.earlier", values: {} }]);
  expect(faults(planExtendAll([hold("b", { committed: true })], "45", "", now))).toEqual({ minutes: "act.fault.line" });
  expect(faults(planExtendAll([hold("a")], "0", "", now))).toEqual({ minutes: "act.fault.minutes" });
});

test("of more than a hundred holds the number is typed first", () => {
  const many = Array.from({ length: 101 }, (_, at) => hold(`o-${at}`));
  expect(faults(planReleaseAll(many, "", noReason))).toEqual({ count: "act.fault.count" });
  expect(faults(planReleaseAll(many, "100", noReason))).toEqual({ count: "act.fault.count" });
  expect(faults(planReleaseAll(many, "101", noReason))).toEqual({});
  const why = { code: "late", text: " nobody came ", reference: "x" };
  expect(body(planReleaseAll([hold("a")], "", why))).toEqual({
    commands: [
      {
        release: {
          order_id: "a",
          product_id: "mug",
          location_id: "berlin",
          reason: "nobody came",
          reason_code: "late",
        },
      },
    ],
  });
});

test("each write of a batch has a key of its own, the same whenever it is asked again", () => {
  const commands = [{ release: { order_id: "a" } }, { release: { order_id: "b" } }];
  expect(keyed({ commands }, "k").commands.map((one) => one.idempotency_key)).toEqual(["k.0", "k.1"]);
});

test("a batch of which one outcome is open is asked again", async () => {
  const all = createPendings(() => ({ getItem: () => null, setItem: () => {} }));
  const kept = all.keep("t/ada", { operation: "ExecuteBatch", body: { commands: [{ release: { order_id: "a" } }] } });
  const answers = [{ ok: false, error: { code: "UNAVAILABLE", status: 503, detail: "away" } }, { ok: true }];
  const answer = async () => ({ data: { results: [answers.shift()] }, response: new Response("{}", { status: 200 }) });
  const api = Object.fromEntries([["POST", answer]]) as never;
  expect((await carryOut(api, kept, all)).is).toBe("unknown");
  expect(all.list()).toEqual([kept]);
  expect((await carryOut(api, kept, all)).is).toBe("done");
  expect(all.list()).toEqual([]);
});

test("what came back goes into an account, of a lot that left with the order", () => {
  const line = hold("o", { unit: "kg", scale: 3, quantity: 0, deducted: 1250, state: "confirmed" });
  expect(returnable([line, hold("p")])).toEqual([line]);
  const change = { product_id: "mug", location_id: "berlin", lots: [{ lot: { batch: "B7" }, quantity: 1250 }] };
  const steps = [
    { operation: "deduct", changes: [change] },
    { operation: "deduct", changes: [{ ...change, location_id: "lyon", lots: [{ lot: { batch: "B8" } }] }] },
  ] as never as Parameters<typeof lotsThatLeft>[0];
  const lots = lotsThatLeft(steps, line);
  expect([...lots.keys()]).toEqual(["batch B7"]);
  const balances = [
    { account: "quality", quantity: 100 },
    { account: "quality", quantity: 20 },
  ] as never as Parameters<typeof planReturn>[1];
  const plan = planReturn(line, balances, "quality", lots.get("batch B7"), "0.25", noReason);
  expect(body(plan)).toEqual({
    order_id: "o",
    product_id: "mug",
    location_id: "berlin",
    quantity: 250,
    to: "quality",
    lot: { batch: "B7" },
  });
  expect("plan" in plan && plan.plan.lines).toMatchObject([{ before: { units: 120 }, after: { units: 370 } }]);
  expect(faults(planReturn(line, [], "quality", undefined, "0", noReason))).toEqual({ quantity: "act.fault.positive" });
});

test("what is left until a deadline goes by the server's clock", () => {
  expect(left(245_000)).toBe("4:05");
  expect(left(3_845_000)).toBe("1:04:05");
  expect(left(-1)).toBe("0:00");
  expect(left(4 * 86_400_000)).toBeUndefined();
  expect(skewOf("2026-11-26T11:30:02.000Z", now)).toBe(2000);
  expect(skewOf(undefined, now)).toBe(0);
});

test("an order that waits for goods is told before one that is paid", () => {
  const of = (state: string, committed = false, waiting = false) =>
    orderStateOf({ state, committed, waiting } as Parameters<typeof orderStateOf>[0]);
  expect([of("active"), of("active", true), of("active", true, true)]).toEqual(["held", "paid", "waiting"]);
  expect([of("confirmed"), of("cancelled"), of("expired")]).toEqual(["left", "released", "expired"]);
});
