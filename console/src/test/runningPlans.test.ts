import { expect, test } from "vitest";
import { troublesOf } from "../pages/running/health.ts";
import { type Key, type KeyForm, planKey, planRotate, scopesFor, startOf } from "../pages/running/keys.ts";
import { formOf, planSettings } from "../pages/running/settings.ts";
import { planRewind, planTurn } from "../parts/flow.ts";
import type { Plan, Planned } from "../parts/plan.ts";

function plan(of: Planned): Plan {
  if ("faults" in of) throw new Error(JSON.stringify(of.faults));
  return of.plan;
}
const faults = (of: Planned) => ("faults" in of ? of.faults : {});

const key = (name: string, more: Partial<Key> = {}): Key => ({ id: `id-${name}`, name, scopes: ["admin"], ...more });
const revoked = { revoked_at: "2026-11-26T00:00:00.000Z" };

test("a key has a name that no valid key has, and what its role needs", () => {
  const form: KeyForm = {
    name: " ann ",
    role: "clerk",
    scopes: scopesFor("clerk"),
    places: "berlin, paris",
    channels: "",
  };
  expect(plan(planKey(form, [key("ann", revoked)])).command.body).toEqual({
    name: "ann",
    role: "clerk",
    scopes: ["admin"],
    locations: ["berlin", "paris"],
  });
  expect(faults(planKey(form, [key("ann")]))).toEqual({ name: "running:fault.taken" });
  expect(faults(planKey({ ...form, name: "", role: "", scopes: [] }, []))).toEqual({
    name: "running:fault.name",
    scopes: "running:fault.scopes",
  });
  expect(scopesFor("viewer")).toEqual(["read"]);
});

test("a rotated key is valid beside the one before", () => {
  const known = [key("ann"), key("tom"), key("ann", revoked)];
  expect(plan(planRotate(known[0] as Key, known)).lines).toMatchObject([{ before: { units: 1 }, after: { units: 2 } }]);
});

test("the first start is over once the bootstrap key is revoked", () => {
  expect(startOf([key("bootstrap")], "bootstrap")).toEqual({ made: false, away: false });
  expect(startOf([key("bootstrap"), key("cal", { role: "clerk" })], "bootstrap")).toEqual({ made: false, away: false });
  expect(startOf([key("bootstrap"), key("ann")], "ann")).toEqual({ made: true, away: true });
  expect(startOf([key("bootstrap", revoked), key("ann")], "ann")).toBeUndefined();
});

test("only the settings that differ are sent", () => {
  const now = {
    default_location: "default",
    public_reads: false,
    reasons_required: false,
    returns_unchecked: false,
    time_zone: "UTC",
    max_ttl_seconds: 86_405,
    sandbox: false,
  };
  const form = formOf(now);
  expect(faults(planSettings(now, form))).toEqual({ all: "running:fault.same" });
  expect(plan(planSettings(now, { ...form, public_reads: true })).command.body).toEqual({ public_reads: true });
  expect(plan(planSettings(now, { ...form, minutes: "60" })).command.body).toEqual({ max_ttl_seconds: 3600 });
  expect(faults(planSettings(now, { ...form, default_location: " ", minutes: "29" }))).toEqual({
    default_location: "running:fault.place",
    max_ttl_seconds: "running:fault.minutes",
  });
});

test("health names what is paused, failing, parked or behind", () => {
  const sink = { name: "erp", state: "running", parked: 0, lag_seconds: 0, lag_events: 0 };
  const of = (more: object) => troublesOf([{ ...sink, ...more }] as never, []).map(({ words }) => words);
  expect(of({})).toEqual([]);
  expect(of({ state: "failing", parked: 2, lag_seconds: 90 })).toEqual(["failing", "parked"]);
  expect(of({ state: "blocked", parked: 1, lag_seconds: 90 })).toEqual(["blocked", "parked"]);
  expect(of({ lag_seconds: 90 })).toEqual(["behind"]);
  const source = { name: "orders", state: "paused", parked: 1 };
  expect(troublesOf([], [source] as never).map(({ words, count }) => [words, count])).toEqual([
    ["paused", 0],
    ["parked", 1],
  ]);
});

test("a sink is paused, and rewound to where somebody says", () => {
  const sink = { name: "erp", state: "running", position: "7" } as const;
  expect(plan(planTurn("PauseSink", sink))).toMatchObject({
    command: { operation: "PauseSink", body: { name: "erp" } },
    lines: [{ before: { words: "act.flow.running" }, after: { words: "act.flow.paused" } }],
  });
  expect(plan(planRewind(sink, "start", "")).command.body).toEqual({ name: "erp", to: "start" });
  expect(plan(planRewind(sink, "time", "2026-11-26T08:00")).command.body).toEqual({
    name: "erp",
    to: new Date("2026-11-26T08:00").toISOString(),
  });
  expect(faults(planRewind(sink, "position", " "))).toEqual({ to: "sink:fault.position" });
});
