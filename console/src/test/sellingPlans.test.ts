import { expect, test } from "vitest";
import { momentOf, typedMoment } from "../format/time.ts";
import { planPresale, presaleFields } from "../pages/item/actions/presale.ts";
import { matches } from "../pages/selling/campaigns.ts";
import { planAllot, planQuota, planReset, type QuotaFields } from "../pages/selling/channels/plans.ts";
import { fieldsOf, planDrop, planSchedule, type Schedule } from "../pages/selling/channels/schedule.ts";
import { type Stock, sharesOf } from "../parts/allot.ts";
import type { Plan, Planned } from "../parts/plan.ts";

function plan(of: Planned): Plan {
  if ("faults" in of) throw new Error(JSON.stringify(of.faults));
  return of.plan;
}
const faults = (of: Planned) => ("faults" in of ? of.faults : {});
/** The lines of a plan as they are read: what, of which, before, after. */
const lines = (of: Planned) =>
  plan(of).lines.map(({ of: whose, figure, before, after }) => {
    const value = (one: object) => Object.values(one)[0];
    return [value(figure).split(/[:.]/).at(-1), whose, value(before), value(after)];
  });

const channel = (channel_id: string, quota: number, held: number, sold: number, weight: number) => ({
  channel_id,
  quota,
  held,
  sold,
  weight,
  remaining: quota - held - sold,
  level: 0,
  pending: 0,
});
const cup = {
  product_id: "cup",
  location_id: "berlin",
  shared: 30,
  version: 7,
  channels: [channel("online", 30, 0, 10, 30), channel("pos", 40, 5, 10, 40)],
} as never as Stock;
const moves = [
  { from: "pool/shared", to: "quota/online", quantity: 11 },
  { from: "pool/shared", to: "quota/pos", quantity: 14 },
];
const after = {
  ...cup,
  shared: 5,
  version: 8,
  channels: [channel("online", 41, 0, 10, 30), channel("pos", 54, 5, 10, 40)],
} as never as Stock;

test("an allotment is previewed as its dry run says it, and not without one", () => {
  expect(faults(planAllot(undefined, "pool", "5", "", 0))).toEqual({ keep: "selling:fault.trying" });
  expect(faults(planAllot({ moves, stock: after }, "pool", "-1", "", 0))).toEqual({ keep: "act.fault.notNegative" });
  const planned = planAllot({ moves, stock: after }, "pool", "5", " more ", 0);
  expect(lines(planned)).toEqual([
    ["pool/shared", undefined, 30, 5],
    ["quota", "online", 30, 41],
    ["quota", "pos", 40, 54],
  ]);
  expect(plan(planned).command).toEqual({
    operation: "Allot",
    body: { product_id: "cup", location_id: "berlin", mode: "pool", keep: 5, reason: "more" },
  });
  expect(lines(planAllot({ moves: [], stock: cup }, "rebalance", "", "", 0))).toEqual([]);
  expect(sharesOf(after, moves).map(({ remaining }) => remaining)).toEqual([
    { before: 20, after: 31 },
    { before: 25, after: 39 },
  ]);
});

test("a quota takes its units from the pool, and what is held and sold stays with the channel", () => {
  const of = (changed: Partial<QuotaFields>) =>
    planQuota(cup, { channel: "pos", quota: "", weight: "", level: "", lowering: "refuse", ...changed }, "");
  expect(lines(of({ quota: "50" }))).toEqual([
    ["pool/shared", undefined, 30, 20],
    ["quota", "pos", 40, 50],
  ]);
  expect(lines(of({ channel: "app", quota: "4", weight: "2", level: "3" }))).toEqual([
    ["pool/shared", undefined, 30, 26],
    ["quota", "app", 0, 4],
    ["weight", "app", 0, 2],
    ["level", "app", 0, 3],
  ]);
  expect(lines(of({ quota: "10", lowering: "wait" }))).toEqual([
    ["pool/shared", undefined, 30, 55],
    ["quota", "pos", 40, 15],
    ["pending", "pos", 0, 5],
  ]);
  expect(plan(of({ weight: "9" })).command.body).toMatchObject({ channels: [{ channel_id: "pos", weight: 9 }] });
  expect(faults(of({ quota: "10" }))).toEqual({ quota: "selling:fault.used" });
  expect(faults(of({ quota: "71" }))).toEqual({ quota: "selling:fault.pool" });
  expect(faults(of({}))).toEqual({ quota: "selling:fault.nothing" });
  expect(faults(of({ channel: "", level: "x" }))).toEqual({
    channel_id: "selling:fault.channel",
    level: "act.fault.notNegative",
  });
});

test("in a new period a quota is what remains and is held", () => {
  expect(lines(planReset(cup, "", ""))).toEqual([
    ["sold", "online", 10, 0],
    ["quota", "online", 30, 20],
    ["sold", "pos", 10, 0],
    ["quota", "pos", 40, 30],
  ]);
  expect(plan(planReset(cup, "pos", "closed")).command.body).toEqual({
    product_id: "cup",
    location_id: "berlin",
    channels: ["pos"],
    reason: "closed",
  });
});

test("a schedule shows what of it changes", () => {
  const was = {
    daily_at: "06:00",
    time_zone: "Europe/Berlin",
    mode: "pool",
    keep: 5,
    reset_sold: false,
    active: true,
  } as Schedule;
  const fields = { ...fieldsOf(was, "5"), mode: "rebalance" as const, active: false };
  expect(lines(planSchedule(cup, was, fields))).toEqual([
    ["mode", undefined, "selling:mode.pool", "selling:mode.rebalance"],
    ["active", undefined, "selling:yes", "selling:no"],
  ]);
  const period = { ...fields, by: "period" as const, seconds: "3600", mode: "pool" as const, active: true };
  expect(lines(planSchedule(cup, was, period))).toEqual([
    ["daily", undefined, "06:00 Europe/Berlin", ""],
    ["period", undefined, "", "3600 s"],
  ]);
  expect(plan(planSchedule(cup, was, period)).command.body).not.toHaveProperty("daily_at");
  expect(faults(planSchedule(cup, null, { ...period, seconds: "0", keep: "x" }))).toEqual({
    keep: "act.fault.notNegative",
    every_seconds: "selling:fault.seconds",
  });
  expect(faults(planSchedule(cup, null, { ...fields, daily: "24:00" }))).toEqual({ daily_at: "selling:fault.daily" });
  expect(lines(planDrop(cup, was))).toEqual([["daily", undefined, "06:00 Europe/Berlin", ""]]);
});

test("a moment that was not touched keeps its seconds, and an empty one is none", () => {
  const at = "2026-11-27T20:00:31.250Z";
  expect(momentOf(typedMoment(at), at)).toBe(at);
  expect(momentOf("", at)).toBeUndefined();
  expect(momentOf("", undefined)).toBeUndefined();
  expect(momentOf("soon", at)).toBeNull();
  expect(momentOf("2026-11-27T20:01", at)).toBe(new Date(2026, 10, 27, 20, 1).toISOString());
});

test("campaigns are found by state and by a part of id or name", () => {
  const spring = { campaign_id: "s-1", name: "Spring sale", state: "running" } as Parameters<typeof matches>[0];
  expect(matches(spring, {})).toBe(true);
  expect(matches(spring, { q: "SPRING", state: "running" })).toBe(true);
  expect(matches(spring, { state: "ended" })).toBe(false);
  expect(matches(spring, { q: "summer" })).toBe(false);
});

test("a presale keeps the backorder and the limits of channels", () => {
  const promises = {
    product_id: "record",
    location_id: "berlin",
    version: 3,
    presale: { cap: 100, promised: 40, remaining: 60, closed: false, channels: [{ channel_id: "web", cap: 20 }] },
    backorder: { allowance: 5, promised: 0, remaining: 5, closed: false },
  } as never as Parameters<typeof planPresale>[0];
  const fields = presaleFields(promises);
  const more = planPresale(promises, { ...fields, cap: "120", parts: true }, "");
  expect(lines(more)).toEqual([
    ["cap", undefined, 100, 120],
    ["remaining", undefined, 60, 80],
    ["parts", undefined, "item:promised.no", "item:promised.yes"],
  ]);
  expect(plan(more).command.body).toEqual({
    product_id: "record",
    location_id: "berlin",
    presale: { cap: 120, ships_in_part: true, channels: [{ channel_id: "web", cap: 20 }] },
    backorder: { allowance: 5 },
    lowering: "refuse",
  });
  expect(faults(planPresale(promises, { ...fields, cap: "30" }, ""))).toEqual({ cap: "item:promised.fault.cap" });
  const closed = plan(planPresale(promises, { ...fields, open: false }, ""));
  expect(closed.command.body).not.toHaveProperty("presale");
  expect(closed.command.body).toHaveProperty("backorder");
});
