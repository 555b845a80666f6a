import { expect, test } from "vitest";
import { span } from "../format/time.ts";
import { tillTroublesOf } from "../pages/running/health.ts";
import { planDefaults, planDeletePolicy, formOf as policyFormOf } from "../pages/running/policies.ts";
import { findingsOf, planNewTill, stateOf } from "../pages/running/tills.ts";
import { formOf, pairCommand, planCode, planDelete, planPolicy, planWriteOff } from "../pages/till/plans.ts";
import type { Plan, Planned } from "../parts/plan.ts";
import { defaultsOf, inForce, type TillPolicy } from "../parts/policy/inherit.ts";
import { isTillID, sinceOf, type Till } from "../parts/tills.ts";

function plan(of: Planned): Plan {
  if ("faults" in of) throw new Error(JSON.stringify(of.faults));
  return of.plan;
}
const faults = (of: Planned) => ("faults" in of ? of.faults : {});

const till: Till = {
  till_id: "till-1",
  location_id: "berlin",
  percent: 30,
  floor: 2,
  ceiling: 0,
  level: 50,
  rank: 0,
  at_risk: false,
  paired: true,
  state: "synced",
  seq: 7,
  last: 9,
  products: 1,
  units: 4,
  clock_offset_ms: 0,
  clock_skewed: false,
  policy_from: { percent: "till", floor: "till", ceiling: "till", level: "till", rank: "till", at_risk: "till" },
};
const none = { total: 0, unpaired: 0, away: 0, stale: 0, behind: 0, synced: 0, skewed: 0 };

test("tills are told of in the order in which they need a person", () => {
  expect(findingsOf({ ...none, total: 3, synced: 3 })).toEqual([{ words: "synced", count: 3 }]);
  expect(findingsOf({ ...none, total: 1, synced: 1, skewed: 1 })).toEqual([{ words: "skewed", count: 1 }]);
  const since = "2026-11-28T00:00:00.000Z";
  expect(findingsOf({ ...none, total: 212, synced: 207, away: 3, unpaired: 1, behind: 1, away_since: since })).toEqual([
    { words: "away", count: 3, since },
    { words: "behind", count: 1 },
    { words: "unpaired", count: 1 },
  ]);
  expect(findingsOf(none)).toEqual([]);
  expect(tillTroublesOf({ ...none, total: 9, away: 2, unpaired: 7 })).toEqual([{ state: "away", count: 2 }]);
  expect(tillTroublesOf(undefined)).toEqual([]);
  expect(stateOf("away")).toBe("away");
  expect(stateOf("gone")).toBeUndefined();
});

test("a till is as it is since it is behind, or was heard of last", () => {
  const times = { heard_at: "2026-11-28T00:00:02.000Z", behind_since: "2026-11-28T00:00:01.000Z" };
  expect(sinceOf({ state: "behind", ...times })).toBe(times.behind_since);
  expect(sinceOf({ state: "away", ...times })).toBe(times.heard_at);
});

test("the policy in force is shown where it is not the wanted one", () => {
  const terms = { percent: 50, floor: 2, ceiling: 0, level: 50, rank: 0, at_risk: true };
  const of = { ...till, policy_in_force: terms };
  expect(inForce(of, "percent")).toBe(50);
  expect(inForce(of, "floor")).toBeUndefined();
  expect(inForce(of, "at_risk")).toBe(true);
  expect(inForce(till, "percent")).toBeUndefined();
});

test("the id of a till is what the server takes", () => {
  for (const id of ["till-1", "收银台", "x".repeat(32)]) expect(isTillID(id), id).toBe(true);
  for (const id of ["", ".", "..", "a@b", "a~b", "a/b", "a\u0007", " a", "x".repeat(33), "收".repeat(11)])
    expect(isTillID(id), id).toBe(false);
});

test("a new till takes the place of none that is there", () => {
  const form = { id: " till-1 ", place: " berlin ", name: "" };
  expect(plan(planNewTill(form, "free")).command).toEqual({
    operation: "SetTill",
    body: { till_id: "till-1", location_id: "berlin" },
  });
  expect(faults(planNewTill(form, "taken"))).toEqual({ till_id: "running:tills.fault.taken" });
  expect(faults(planNewTill(form, "reading"))).toEqual({ till_id: "running:tills.fault.reading" });
  expect(faults(planNewTill({ id: "a@b", place: "", name: "n".repeat(257) }, "free"))).toEqual({
    till_id: "running:tills.fault.id",
    location_id: "running:fault.place",
    name: "running:tills.fault.name",
  });
});

test("a policy is sent whole, and shown as far as it differs", () => {
  const form = formOf(till);
  expect(faults(planPolicy(till, form))).toEqual({ all: "policy:fault.same" });
  const then = plan(planPolicy(till, { ...form, percent: "40", ceiling: "9", channel_id: "pos", at_risk: "yes" }));
  expect(then.command.body).toEqual({
    till_id: "till-1",
    location_id: "berlin",
    percent: 40,
    floor: 2,
    ceiling: 9,
    level: 50,
    rank: 0,
    channel_id: "pos",
    at_risk: true,
  });
  expect(then.lines.map(({ before, after }) => [before, after])).toEqual([
    [{ words: "act.none" }, { text: "pos" }],
    [{ text: "30 %" }, { text: "40 %" }],
    [{ words: "policy:noBound" }, { units: 9 }],
    [{ words: "act.no" }, { words: "act.yes" }],
  ]);
});

test("what a till leaves empty is left out, and is as the most specific policy says", () => {
  const form = { ...formOf(till), percent: "", floor: " ", channel_id: "pos", at_risk: "" };
  const policies = [
    { percent: 40, floor: 1, at_risk: true },
    { location_id: "berlin", percent: 60 },
    { location_id: "paris", channel_id: "pos", percent: 90 },
    { channel_id: "pos", floor: 3 },
  ];
  const defaults = defaultsOf(policies, "berlin", "pos");
  expect(defaults).toEqual({
    percent: { value: 60, from: "location" },
    floor: { value: 3, from: "channel" },
    ceiling: { value: 0, from: "default" },
    level: { value: 50, from: "default" },
    rank: { value: 0, from: "default" },
    at_risk: { value: true, from: "all" },
  });
  expect(defaultsOf(policies, "paris", "pos").percent).toEqual({ value: 90, from: "channel_at_location" });
  expect(defaultsOf(policies, "paris", "").percent).toEqual({ value: 40, from: "all" });
  const then = plan(planPolicy(till, form, defaults));
  expect(then.command.body).toEqual({
    till_id: "till-1",
    location_id: "berlin",
    channel_id: "pos",
    ceiling: 0,
    level: 50,
    rank: 0,
  });
  expect(then.lines.slice(1).map(({ before, after }) => [before, after])).toEqual([
    [{ text: "30 %" }, { text: "60 %", from: "policy:from.location" }],
    [{ units: 2 }, { units: 3, from: "policy:from.channel" }],
    [{ words: "act.no" }, { words: "act.yes", from: "policy:from.all" }],
  ]);
  expect(plan(planPolicy(till, form)).lines[1]?.after).toEqual({ words: "policy:asDefault" });
});

test("a till that leaves all to policies is not given its own by a change of its name", () => {
  const from = "location" as const;
  const policy_from = { percent: from, floor: from, ceiling: from, level: from, rank: from, at_risk: from };
  const follows: Till = { ...till, policy_from };
  const form = formOf(follows);
  expect(faults(planPolicy(follows, form))).toEqual({ all: "policy:fault.same" });
  expect(plan(planPolicy(follows, { ...form, name: "Door" })).command.body).toEqual({
    till_id: "till-1",
    location_id: "berlin",
    name: "Door",
  });
  const then = plan(planPolicy(follows, { ...form, percent: "30" }));
  expect(then.lines).toMatchObject([
    { before: { text: "30 %", from: "policy:from.location" }, after: { text: "30 %" } },
  ]);
  const elsewhere = plan(planPolicy(follows, { ...form, location_id: "paris" }, defaultsOf([], "paris", "")));
  expect(elsewhere.lines.map(({ after }) => after)).toEqual([
    { text: "paris" },
    { text: "50 %", from: "policy:from.default" },
    { units: 0, from: "policy:from.default" },
  ]);
});

test("each figure of a policy has the bounds that the server has", () => {
  const form = formOf(till);
  const wrong = { percent: "101", floor: "-1", ceiling: "1.5", level: "0", rank: "1001" };
  expect(Object.keys(faults(planPolicy(till, { ...form, ...wrong }))).sort()).toEqual(Object.keys(wrong).sort());
  expect(faults(planPolicy(till, { ...form, ceiling: "1" }))).toEqual({ floor: "policy:fault.overCeiling" });
  expect(faults(planPolicy(till, { ...form, location_id: " ", channel_id: "a/b" }))).toEqual({
    location_id: "till:fault.place",
    channel_id: "policy:fault.channel",
  });
});

test("a code says what it means for an earlier one, and for the machine that is paired", () => {
  const now = new Date("2026-11-28T01:00:00Z");
  const notes = (of: Till) => plan(planCode(of, now)).notes?.map(({ words }) => words);
  expect(notes({ ...till, paired: false })).toEqual(["till:will.code"]);
  expect(notes({ ...till, code_expires_at: "2026-11-28T01:30:00Z" })).toEqual([
    "till:will.code",
    "till:will.replace",
    "till:will.pairAnew",
  ]);
  expect(pairCommand("https://stock.example", "BCDFG-HJKLM")).toBe(
    "holdfast till pair --centre https://stock.example --db sqlite:till.db BCDFG-HJKLM",
  );
});

test("who writes a till off says why, and sees what becomes of its units", () => {
  const stock = [{ product_id: "oil", unit: "kg", scale: 3, units: 1250, on_hand: 4000 }];
  expect(faults(planWriteOff(till, stock, { reason: " ", withhold: false }))).toEqual({ reason: "act.fault.reason" });
  const then = plan(planWriteOff(till, stock, { reason: "stolen", withhold: true }));
  expect(then.command.body).toEqual({ till_id: "till-1", reason: "stolen", withhold: true });
  expect(then.lines[1]).toMatchObject({
    of: "oil",
    unit: "kg",
    scale: 3,
    before: { units: 1250 },
    after: { units: 0 },
  });
  expect(then.notes?.map(({ words }) => words)).toEqual(["till:will.isThere", "till:will.withhold", "till:will.lost"]);
  const many = Array.from({ length: 25 }, (_, n) => ({ product_id: `p${n}`, units: 1, on_hand: 1 }));
  const away = plan(planWriteOff({ ...till, state: "away" }, many, { reason: "broken", withhold: false }));
  expect(away.lines).toHaveLength(21);
  expect(away.notes?.at(-1)).toEqual({ words: "till:will.others", values: { count: "5" } });
  expect(away.notes?.[0]?.words).toBe("till:will.free");
  expect(plan(planDelete(till)).command).toEqual({ operation: "DeleteTill", body: { till_id: "till-1" } });
});

test("a span of time is short", () => {
  expect(span(12 * 60_000, "en")).toBe("12 min");
  expect(span(-3 * 3_600_000, "en")).toBe("3 hr");
  expect(span(72 * 3_600_000, "en")).toBe("3 days");
});

const policies: TillPolicy[] = [
  { percent: 40, floor: 2, updated_at: "2026-11-28T00:00:00.000Z" },
  { location_id: "berlin", percent: 60, updated_at: "2026-11-28T00:00:00.000Z" },
];

test("a policy of many tills shows what it changes, and what counts where it says nothing", () => {
  const form = { ...policyFormOf({}), location_id: " paris ", percent: "30", at_risk: "yes" };
  const then = plan(planDefaults(undefined, form, policies));
  expect(then.command).toEqual({
    operation: "SetTillPolicy",
    body: { location_id: "paris", percent: 30, at_risk: true },
  });
  expect(then.lines).toMatchObject([
    { of: "paris", before: { text: "40 %", from: "policy:from.all" }, after: { text: "30 %" } },
    { of: "paris", before: { words: "act.no", from: "policy:from.default" }, after: { words: "act.yes" } },
  ]);
  const changed = plan(
    planDefaults(policies[0], { ...policyFormOf(policies[0] ?? {}), percent: "", rank: "3" }, policies),
  );
  expect(changed.command.body).toEqual({ floor: 2, rank: 3 });
  expect(changed.lines).toMatchObject([
    { before: { text: "40 %" }, after: { text: "50 %", from: "policy:from.default" } },
    { before: { units: 0, from: "policy:from.default" }, after: { units: 3 } },
  ]);
  const unknown = plan(planDefaults(undefined, form));
  expect(unknown.lines[0]?.before).toEqual({ words: "policy:asDefault" });
});

test("a policy of many tills has the bounds that the server has, and is of tills that have none", () => {
  const empty = policyFormOf({});
  expect(faults(planDefaults(undefined, { ...empty, location_id: "paris" }, policies))).toEqual({
    all: "running:policies.nothing",
  });
  expect(faults(planDefaults(undefined, { ...empty, location_id: "berlin", floor: "1" }, policies))).toEqual({
    all: "running:policies.there",
  });
  expect(faults(planDefaults(policies[1], policyFormOf(policies[1] ?? {}), policies))).toEqual({
    all: "policy:fault.same",
  });
  const wrong = { ...empty, channel_id: "a/b", location_id: "x".repeat(65), level: "0" };
  expect(Object.keys(faults(planDefaults(undefined, wrong, policies))).sort()).toEqual([
    "channel_id",
    "level",
    "location_id",
  ]);
});

test("who deletes a policy sees what counts then", () => {
  const then = plan(planDeletePolicy(policies[1] ?? {}, policies));
  expect(then.command).toEqual({ operation: "DeleteTillPolicy", body: { location_id: "berlin" } });
  expect(then.lines).toMatchObject([
    { of: "berlin", before: { text: "60 %" }, after: { text: "40 %", from: "policy:from.all" } },
  ]);
  const last = plan(planDeletePolicy(policies[0] ?? {}, policies));
  expect(last.command.body).toEqual({});
  expect(last.lines.map(({ after }) => after)).toMatchObject([{ text: "50 %" }, { units: 0 }]);
});
