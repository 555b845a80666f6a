import type { components } from "holdfast-client";
import { unitsOf } from "../../format/decimal.ts";
import { momentOf, typedMoment } from "../../format/time.ts";
import type { Faults, PlanLine, Planned, Value } from "../../parts/plan.ts";

export type Campaign = components["schemas"]["Campaign"];
type Rule = components["schemas"]["QuotaRule"];

export interface CampaignFields {
  name: string;
  text: string;
  starts: string;
  ends: string;
  perOrder: string;
  perCustomer: string;
  holds: string;
  draws: boolean;
  lends: "nobody" | "some" | "all";
  lendsTo: string;
  priority: string;
}

const typed = (limit: number | undefined) => (limit ? String(limit) : "");

/** The form's first values: the campaign as it is. */
export function fieldsOf(was: Campaign | null): CampaignFields {
  const rule = was?.rule ?? {};
  const some = (rule.lends_to ?? []).length > 0;
  return {
    name: was?.name ?? "",
    text: was?.text ?? "",
    starts: typedMoment(rule.starts_at),
    ends: typedMoment(rule.ends_at),
    perOrder: typed(rule.max_units_per_order),
    perCustomer: typed(rule.max_units_per_customer),
    holds: typed(rule.max_holds_per_customer),
    draws: rule.draws_shared ?? true,
    lends: rule.lends_to_all ? "all" : some ? "some" : "nobody",
    lendsTo: (rule.lends_to ?? []).join(", "),
    priority: typed(rule.priority),
  };
}

/** The channels that were typed: with commas or in lines. */
export function channelsOf(text: string): string[] {
  const names = text.split(/[,，、\n]/).map((name) => name.trim());
  return [...new Set(names.filter((name) => name !== ""))];
}

const textOf = (text: string): Value => ({ text });
const timeOf = (at: string | undefined): Value => (at ? { time: at } : textOf(""));
const limitOf = (limit: number | undefined): Value => (limit ? textOf(String(limit)) : { words: "campaign:noLimit" });
const yes = (value: boolean): Value => ({ words: value ? "campaign:yes" : "campaign:no" });

function lends({ lends_to_all, lends_to }: Rule): Value {
  if (lends_to_all) return { words: "campaign:lends.all" };
  return (lends_to ?? []).length > 0 ? textOf((lends_to ?? []).join(", ")) : { words: "campaign:lends.nobody" };
}

/** A campaign line by line; of none that is there each line is empty. */
function shownOf(of: Pick<Campaign, "name" | "text" | "rule"> | null): Record<string, Value> {
  const rule = of?.rule ?? {};
  const known = (value: Value) => (of ? value : textOf(""));
  return {
    name: textOf(of?.name ?? ""),
    text: textOf(of?.text ?? ""),
    starts: timeOf(rule.starts_at),
    ends: timeOf(rule.ends_at),
    perOrder: known(limitOf(rule.max_units_per_order)),
    perCustomer: known(limitOf(rule.max_units_per_customer)),
    holds: known(limitOf(rule.max_holds_per_customer)),
    draws: known(yes(rule.draws_shared ?? true)),
    lends: known(lends(rule)),
    priority: textOf(typed(rule.priority)),
  };
}

const limits = {
  perOrder: "max_units_per_order",
  perCustomer: "max_units_per_customer",
  holds: "max_holds_per_customer",
  priority: "priority",
} as const;

/** The campaign as the fields say it. It replaces name, text and rule; items stay. */
export function planCampaign(id: string, was: Campaign | null, fields: CampaignFields): Planned {
  const faults: Faults = {};
  const rule: Rule = {};
  const starts_at = momentOf(fields.starts, was?.rule?.starts_at);
  const ends_at = momentOf(fields.ends, was?.rule?.ends_at);
  if (starts_at === null) faults.starts = "campaign:fault.moment";
  else if (starts_at) rule.starts_at = starts_at;
  if (ends_at === null) faults.ends = "campaign:fault.moment";
  else if (ends_at) rule.ends_at = ends_at;
  if (starts_at && ends_at && ends_at <= starts_at) faults.ends = "campaign:fault.ends";
  for (const [field, name] of Object.entries(limits)) {
    const value = unitsOf(fields[field as keyof typeof limits] || "0");
    if (value === undefined || value < 0) faults[field] = "act.fault.notNegative";
    else if (value > 0) rule[name] = value;
  }
  if (!fields.draws) rule.draws_shared = false;
  if (fields.lends === "all") rule.lends_to_all = true;
  if (fields.lends === "some") {
    rule.lends_to = channelsOf(fields.lendsTo);
    if (rule.lends_to.length === 0) faults.lendsTo = "campaign:fault.lendsTo";
  }
  const next = { name: fields.name.trim(), text: fields.text.trim(), rule };
  const [before, after] = [shownOf(was), shownOf(next)];
  const lines = Object.keys(after).flatMap((name): PlanLine[] => {
    const [old, now] = [before[name] as Value, after[name] as Value];
    if (JSON.stringify(old) === JSON.stringify(now)) return [];
    return [{ figure: { words: `campaign:rule.${name}` }, before: old, after: now }];
  });
  if (was && lines.length === 0) faults.name ??= "campaign:fault.same";
  if (Object.keys(faults).length > 0) return { faults };
  return { plan: { command: { operation: "SetCampaign", body: { campaign_id: id, ...next } }, lines } };
}
