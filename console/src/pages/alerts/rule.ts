import type { components } from "holdfast-client";
import type { AlertTerms } from "../../api/alertQueries.ts";
import type { Severity } from "../../parts/alerts.ts";
import type { Faults, PlanLine, Planned, Value } from "../../parts/plan.ts";

type Schemas = components["schemas"];
export type Rule = Schemas["AlertRule"];
export type Metric = Schemas["WatchedMetric"];

/** A rule as it is typed. */
export interface RuleForm {
  id: string;
  title: string;
  metric: Rule["metric"];
  product: string;
  location: string;
  channel: string;
  condition: string;
  holds: string;
  clears: string;
  repeats: string;
  severity: Severity;
  sendTo: readonly string[];
  enabled: boolean;
}

/** The form of a rule that there is, or of one of the ready-made ones. */
export function formOf(of: Rule): RuleForm {
  return {
    id: of.rule_id,
    title: of.title,
    metric: of.metric,
    product: of.product_id ?? "",
    location: of.location_id ?? "",
    channel: of.channel_id ?? "",
    condition: of.condition,
    holds: String(of.for_seconds),
    clears: String(of.clear_seconds),
    repeats: String(of.repeat_seconds),
    severity: of.severity,
    sendTo: of.send_to ?? [],
    enabled: of.enabled,
  };
}

const longest = 604_800;

/** Whole seconds of at most a week; undefined for anything else. */
function seconds(typed: string): number | undefined {
  const text = typed.trim() || "0";
  return /^\d{1,6}$/.test(text) && Number(text) <= longest ? Number(text) : undefined;
}

/** The rule that a form describes, or the faults in it. A field that the metric cannot name is left out. */
export function termsOf(form: RuleForm, metric: Metric | undefined): { terms: AlertTerms } | { faults: Faults } {
  const faults: Faults = {};
  const named = { product_id: form.product, location_id: form.location, channel_id: form.channel };
  const names = Object.entries(named)
    .map(([name, value]) => [name, value.trim()] as const)
    .filter(([name, value]) => value !== "" && (metric?.may_name ?? []).includes(name));
  for (const must of metric?.must_name ?? []) {
    if (!names.some(([name]) => name === must)) faults[must] = "alerts:fault.needed";
  }
  if (form.condition.trim() === "") faults.condition = "alerts:fault.condition";
  const [holds, clears, repeats] = [form.holds, form.clears, form.repeats].map(seconds);
  if (holds === undefined) faults.for_seconds = "alerts:fault.seconds";
  if (clears === undefined) faults.clear_seconds = "alerts:fault.seconds";
  if (repeats === undefined || (repeats > 0 && repeats < 60)) faults.repeat_seconds = "alerts:fault.repeats";
  if (holds === undefined || clears === undefined || repeats === undefined || Object.keys(faults).length > 0) {
    return { faults };
  }
  return {
    terms: {
      metric: form.metric,
      ...Object.fromEntries(names),
      ...(form.title.trim() ? { title: form.title.trim() } : {}),
      condition: form.condition.trim(),
      for_seconds: holds,
      clear_seconds: clears,
      severity: form.severity,
      repeat_seconds: repeats,
      ...(form.sendTo.length > 0 ? { send_to: [...form.sendTo] } : {}),
      enabled: form.enabled,
    },
  };
}

const dash: Value = { words: "act.none" };

/** Makes a rule, or changes one: then only the differences are shown. */
export function planRule(
  form: RuleForm,
  metric: Metric | undefined,
  was: Rule | undefined,
  known: readonly Rule[],
): Planned {
  const id = was?.rule_id ?? form.id.trim();
  const read = termsOf(form, metric);
  const faults: Faults = "faults" in read ? read.faults : {};
  if (id === "") faults.rule_id = "alerts:fault.id";
  else if (!was && known.some(({ rule_id }) => rule_id === id)) faults.rule_id = "alerts:fault.taken";
  if ("faults" in read || Object.keys(faults).length > 0) return { faults };
  const before = was && shown(termsOf(formOf(was), metric));
  const after = shown(read);
  const lines = Object.entries(after)
    .map(
      ([name, value]): PlanLine => ({
        figure: { words: `alerts:of.${name}` },
        before: before?.[name] ?? dash,
        after: value,
      }),
    )
    .filter(({ before: one, after: other }) => JSON.stringify(one) !== JSON.stringify(other));
  if (lines.length === 0) return { faults: { condition: "alerts:fault.same" } };
  return { plan: { command: { operation: "SetAlertRule", body: { rule_id: id, rule: read.terms } }, lines } };
}

/** Each thing that a rule says, as it is shown. */
function shown(of: ReturnType<typeof termsOf>): Record<string, Value> {
  if ("faults" in of) return {};
  const { terms } = of;
  const text = (value: string | undefined): Value => (value ? { text: value } : dash);
  return {
    title: text(terms.title),
    metric: { words: `alert.metric.${terms.metric}` },
    product_id: text(terms.product_id),
    location_id: text(terms.location_id),
    channel_id: text(terms.channel_id),
    condition: text(terms.condition),
    for_seconds: { text: String(terms.for_seconds) },
    clear_seconds: { text: String(terms.clear_seconds) },
    repeat_seconds: { text: String(terms.repeat_seconds) },
    severity: { words: `alert.severity.${terms.severity}` },
    send_to: text(terms.send_to?.join(", ")),
    enabled: { words: terms.enabled ? "act.yes" : "act.no" },
  };
}

export function planDropRule(of: Rule): Planned {
  return {
    plan: {
      command: { operation: "DeleteAlertRule", body: { rule_id: of.rule_id } },
      lines: [
        { of: of.rule_id, figure: { words: "alerts:firing" }, before: { units: of.firing }, after: { units: 0 } },
      ],
      notes: [{ words: "alerts:will.dropRule", values: {} }],
    },
  };
}
