import { expect, test } from "vitest";
import { backOf, planEnd, planItem, planRetry } from "../pages/campaign/plans.ts";
import { type Campaign, channelsOf, fieldsOf, planCampaign } from "../pages/campaign/rule.ts";
import type { Plan, Planned } from "../parts/plan.ts";

function plan(of: Planned): Plan {
  if ("faults" in of) throw new Error(JSON.stringify(of.faults));
  return of.plan;
}
const faults = (of: Planned) => ("faults" in of ? of.faults : {});
const lines = (of: Planned) =>
  plan(of).lines.map(({ figure, before, after }) => {
    const value = (one: object) => String(Object.values(one)[0]).split(/[:.]/).at(-1);
    return [value(figure), value(before), value(after)];
  });

const item = (product_id: string, remaining: number, more: object = {}) => ({
  product_id,
  location_id: "berlin",
  quota: 20,
  state: "applied",
  ended: false,
  remaining,
  held: 5,
  sold: 0,
  ...more,
});
const spring = {
  campaign_id: "spring",
  name: "Spring",
  text: "",
  state: "running",
  rule: { ends_at: "2099-04-01T00:00:00.000Z", max_units_per_order: 2, draws_shared: false },
  items: [
    item("mug", 15),
    item("oil", 1250, { unit: "kg", scale: 3 }),
    item("bowl", 0, { quota: 60, state: "refused", code: "INSUFFICIENT_STOCK" }),
  ],
} as never as Campaign;

test("a campaign is previewed by what of it changes, and sent as a whole", () => {
  const fields = fieldsOf(spring);
  expect(faults(planCampaign("spring", spring, fields))).toEqual({ name: "campaign:fault.same" });
  const changed = planCampaign("spring", spring, { ...fields, perOrder: "5", lends: "some", lendsTo: "web，pos" });
  expect(lines(changed)).toEqual([
    ["perOrder", "2", "5"],
    ["lends", "nobody", "web, pos"],
  ]);
  expect(plan(changed).command.body).toEqual({
    campaign_id: "spring",
    name: "Spring",
    text: "",
    rule: {
      ends_at: "2099-04-01T00:00:00.000Z",
      max_units_per_order: 5,
      draws_shared: false,
      lends_to: ["web", "pos"],
    },
  });
});

test("fields of a campaign that are not good are told", () => {
  const fields = {
    ...fieldsOf(null),
    starts: "2030-02-01T00:00",
    ends: "2030-01-01T00:00",
    holds: "-1",
    lends: "some" as const,
  };
  expect(faults(planCampaign("x", null, fields))).toEqual({
    ends: "campaign:fault.ends",
    holds: "act.fault.notNegative",
    lendsTo: "campaign:fault.lendsTo",
  });
  expect(channelsOf(" a, b、a\nc,, ")).toEqual(["a", "b", "c"]);
});

test("the end says what goes back, each unit by itself, for whoever types the id", () => {
  expect(backOf(spring.items)).toEqual([
    { units: 15, items: 1 },
    { unit: "kg", scale: 3, units: 1250, items: 1 },
  ]);
  expect(faults(planEnd(spring, "Spring"))).toEqual({ campaign_id: "campaign:fault.id" });
  expect(lines(planEnd(spring, "spring"))).toEqual([
    ["state", "running", "ended"],
    ["quota/spring", "15", "0"],
    ["quota/spring", "1250", "0"],
  ]);
});

test("an item takes its quota from the pool, and a refusal is foreseen", () => {
  const stock = {
    product_id: "mug",
    location_id: "berlin",
    shared: 30,
    channels: [{ channel_id: "spring", quota: 20, held: 5, sold: 0, remaining: 15 }],
  } as never as Parameters<typeof planItem>[1];
  const of = (quota: string, out = false) =>
    planItem(spring, stock, { product: " mug ", location: "berlin", quota, out });
  expect(lines(of("25"))).toEqual([
    ["state", "applied", "applied"],
    ["quota", "20", "25"],
    ["pool/shared", "30", "25"],
  ]);
  expect(lines(of("60"))).toEqual([
    ["state", "applied", "refused"],
    ["quota", "20", "20"],
    ["pool/shared", "30", "30"],
  ]);
  expect(lines(of("", true))).toEqual([
    ["state", "applied", "out"],
    ["quota", "20", "5"],
    ["pool/shared", "30", "45"],
  ]);
  expect(plan(of("", true)).command.body).toEqual({
    campaign_id: "spring",
    items: [{ product_id: "mug", location_id: "berlin", quota: 20, ended: true }],
  });
  const over = { ...spring, state: "ended" as const };
  expect(faults(planItem(over, stock, { product: "mug", location: "berlin", quota: "1", out: false }))).toEqual({
    product: "campaign:fault.over",
  });
  expect(faults(planItem(spring, undefined, { product: "mug", location: "berlin", quota: "1", out: false }))).toEqual({
    product: "campaign:fault.reading",
  });
});

test("what the books refused is asked for again, and nothing else", () => {
  expect(plan(planRetry(spring)).command.body).toEqual({
    campaign_id: "spring",
    items: [{ product_id: "bowl", location_id: "berlin", quota: 60 }],
  });
  expect(faults(planRetry({ ...spring, items: spring.items.slice(0, 2) }))).toEqual({ items: "campaign:fault.retry" });
});
