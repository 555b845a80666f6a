import { expect, test } from "vitest";
import { offOf, planAct } from "../pages/alert/plans.ts";
import { asked, isFiltered } from "../pages/alerts/filter.ts";
import { planReceiver, type Receiver } from "../pages/alerts/receiver.ts";
import { formOf, type Metric, planRule, type Rule, termsOf } from "../pages/alerts/rule.ts";
import { idAt, planSilence, type SilenceForm } from "../pages/alerts/silence.ts";
import { marksOf, strip } from "../pages/alerts/tries.ts";
import { type Alert, figureOf, subjectOf } from "../parts/alerts.ts";
import type { Plan, Planned } from "../parts/plan.ts";

function plan(of: Planned): Plan {
  if ("faults" in of) throw new Error(JSON.stringify(of.faults));
  return of.plan;
}
const faults = (of: Planned) => ("faults" in of ? of.faults : {});

const rule: Rule = {
  rule_id: "low",
  title: "Runs low",
  metric: "available",
  condition: "value <= threshold",
  for_seconds: 60,
  clear_seconds: 120,
  severity: "warning",
  repeat_seconds: 0,
  enabled: true,
  firing: 0,
};
const metric: Metric = {
  metric: "available",
  variables: ["value", "threshold"],
  may_name: ["product_id", "location_id"],
  must_name: [],
  tries: true,
  example: rule,
};
const alert: Alert = {
  alert_id: "a-1",
  rule_id: "low",
  title: "Runs low",
  metric: "available",
  severity: "warning",
  state: "firing",
  product_id: "mug",
  location_id: "berlin",
  value: 3,
  firings: 1,
  unsent: 0,
};
const done = { operator: "mia", note: "", at: "2026-11-26T08:00:00.000Z" };

test("filters are words of the address, and a state that nobody knows is none", () => {
  expect(asked({ state: "firing", rule: "low", product: "mug" }, "berlin")).toEqual({
    state: "firing",
    rule_id: "low",
    product_id: "mug",
    location_id: "berlin",
  });
  expect(asked({ state: "burning" }, undefined)).toEqual({});
  expect([isFiltered({}), isFiltered({ loc: "berlin" })]).toEqual([false, true]);
});

test("values and subjects are as people read them", () => {
  expect([figureOf(3), figureOf(-2.5), figureOf(1 / 3)]).toEqual(["3", "−2.5", "0.333"]);
  expect(subjectOf(alert)).toEqual(["mug", "berlin"]);
  expect(subjectOf({ subject: "shop-hook" })).toEqual(["shop-hook"]);
});

test("an alert is acknowledged, muted and unmuted, with a note", () => {
  const acknowledged = plan(planAct(alert, "AcknowledgeAlert", " on it "));
  expect(acknowledged.command).toEqual({ operation: "AcknowledgeAlert", body: { alert_id: "a-1", note: "on it" } });
  expect(acknowledged.lines.map(({ after }) => after)).toEqual([{ words: "alert.state.acknowledged" }]);
  const then = (of: Alert, act: "MuteAlert" | "UnmuteAlert") => plan(planAct(of, act, "")).lines[0]?.after;
  expect(then(alert, "MuteAlert")).toEqual({ words: "alert.state.muted" });
  const muted: Alert = { ...alert, state: "muted", muted: done };
  expect(then(muted, "UnmuteAlert")).toEqual({ words: "alert.state.firing" });
  expect(then({ ...muted, acknowledged: done }, "UnmuteAlert")).toEqual({ words: "alert.state.acknowledged" });
  expect(then({ ...alert, state: "resolved" }, "MuteAlert")).toEqual({ words: "alert.state.resolved" });
});

test("what there is nothing to do about is off, and says why", () => {
  expect(offOf(alert, "AcknowledgeAlert")).toBeUndefined();
  expect(offOf({ ...alert, state: "acknowledged" }, "AcknowledgeAlert")).toBe("off.AcknowledgeAlert");
  expect(offOf({ ...alert, muted: done }, "MuteAlert")).toBe("off.MuteAlert");
  expect(offOf(alert, "UnmuteAlert")).toBe("off.UnmuteAlert");
});

test("a rule is made of a ready-made one, and names only what its metric can", () => {
  const form = { ...formOf(rule), id: " low-2 ", channel: "web", sendTo: ["ops"] };
  const made = plan(planRule(form, metric, undefined, [rule]));
  expect(made.command.body).toEqual({
    rule_id: "low-2",
    rule: {
      title: "Runs low",
      metric: "available",
      condition: "value <= threshold",
      for_seconds: 60,
      clear_seconds: 120,
      severity: "warning",
      repeat_seconds: 0,
      send_to: ["ops"],
      enabled: true,
    },
  });
  expect(faults(planRule({ ...form, id: "low" }, metric, undefined, [rule]))).toHaveProperty("rule_id");
});

test("a rule that is changed shows what changes, and nothing else", () => {
  const changed = plan(planRule({ ...formOf(rule), condition: "value < 3" }, metric, rule, [rule]));
  expect(changed.lines).toEqual([
    { figure: { words: "alerts:of.condition" }, before: { text: "value <= threshold" }, after: { text: "value < 3" } },
  ]);
  expect(faults(planRule(formOf(rule), metric, rule, [rule]))).toEqual({ condition: "alerts:fault.same" });
});

test("fields of a rule that are wrong are named", () => {
  const wrong = { ...formOf(rule), condition: " ", holds: "1.5", clears: "700000", repeats: "30" };
  const read = termsOf(wrong, { ...metric, must_name: ["product_id"] });
  expect("faults" in read ? Object.keys(read.faults).sort() : []).toEqual([
    "clear_seconds",
    "condition",
    "for_seconds",
    "product_id",
    "repeat_seconds",
  ]);
});

const kind = {
  kind: "dingtalk",
  settings: [
    { name: "url", secret: true, required: true },
    { name: "language", secret: false, required: false },
    { name: "secret", secret: true, required: false },
  ],
};
const receiver: Receiver = { receiver_id: "ops", kind: "dingtalk", settings: { language: "zh" }, secrets: ["url"] };

test("a preview of a receiver shows no secret", () => {
  const form = {
    id: "ops",
    kind: "dingtalk",
    settings: { url: "https://oapi.example/?access_token=hush", language: "zh" },
  };
  const made = plan(planReceiver(form, kind, undefined, []));
  expect(made.command.body).toMatchObject({ settings: form.settings });
  expect(JSON.stringify([made.lines, made.notes])).not.toContain("hush");
});

test("a secret that is not typed stays, one that is needed and missing is named", () => {
  const form = { id: "ops", kind: "dingtalk", settings: { language: "en" } };
  expect(plan(planReceiver(form, kind, receiver, [receiver])).command.body).toEqual({
    receiver_id: "ops",
    kind: "dingtalk",
    settings: { language: "en" },
  });
  expect(faults(planReceiver(form, kind, undefined, []))).toEqual({ url: "alerts:fault.needed" });
  expect(faults(planReceiver({ ...form, settings: { language: "zh" } }, kind, receiver, [receiver]))).toHaveProperty(
    "kind",
  );
});

const now = new Date("2026-11-26T08:00:00.000Z");
const silence: SilenceForm = {
  id: "s-1",
  rule: "low",
  product: "",
  location: "berlin",
  channel: "",
  from: "",
  until: "2030-01-01T00:00",
  reason: "stock-take",
};

test("a silence needs a reason and an end that is still to come", () => {
  const until = "2026-12-01T00:00";
  expect(plan(planSilence({ ...silence, until }, [], now)).command.body).toEqual({
    silence_id: "s-1",
    rule_id: "low",
    location_id: "berlin",
    until: new Date(until).toISOString(),
    reason: "stock-take",
  });
  expect(faults(planSilence({ ...silence, reason: " ", until: "2020-01-01T00:00" }, [], now))).toEqual({
    reason: "act.fault.reason",
    until: "alerts:fault.until",
  });
  expect(faults(planSilence(silence, [], now))).toEqual({ until: "alerts:fault.long" });
  expect(idAt(now)).toBe("s-20261126080000");
});

test("moments of firing stand on the strip of the week", () => {
  const at = (before: number) => new Date(now.getTime() - before * 3_600_000).toISOString();
  const items = [
    { at: at(168), what: "fired", value: 1 },
    { at: at(84), what: "fired", value: 1 },
    { at: at(80), what: "resolved", value: 9 },
    { at: at(200), what: "fired", value: 1 },
  ] as const;
  expect(marksOf(items, now.toISOString())).toEqual([0, strip / 2]);
});
