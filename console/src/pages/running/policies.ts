import type { PlanLine, Planned, Value } from "../../parts/plan.ts";
import { type Defaults, defaultsOf, type Part, parts, type TillPolicy } from "../../parts/policy/inherit.ts";
import { partOf, readParts } from "../../parts/policy/parts.ts";
import { bytesOf } from "../../parts/tills.ts";

/** The tills that a policy applies to. An empty part means all places, or any channel and none. */
export interface Scope {
  location_id: string;
  channel_id: string;
}

export type PolicyForm = Scope & Record<Part, string>;

export const scopeOf = (of: Partial<Scope>): Scope => ({
  location_id: of.location_id ?? "",
  channel_id: of.channel_id ?? "",
});

/** The word of an address for a policy. A channel has no slash. */
export const keyOf = (of: Partial<Scope>): string => `${of.location_id ?? ""}/${of.channel_id ?? ""}`;

export function formOf(of: TillPolicy): PolicyForm {
  const text = (part: Part): string => {
    const value = of[part];
    return typeof value === "boolean" ? (value ? "yes" : "no") : String(value ?? "");
  };
  return {
    ...scopeOf(of),
    percent: text("percent"),
    floor: text("floor"),
    ceiling: text("ceiling"),
    level: text("level"),
    rank: text("rank"),
    at_risk: text("at_risk"),
  };
}

/** The values for the parts that a policy leaves open: the less specific policies decide them. */
export function broaderThan(of: Scope, policies: readonly TillPolicy[]): Defaults {
  const others = policies.filter((one) => keyOf(one) !== keyOf(of));
  return defaultsOf(others, of.location_id, of.channel_id);
}

/** The scope of a policy, in a preview; nothing for all tills. */
const ofWhom = ({ location_id, channel_id }: Scope) => {
  const text = [location_id, channel_id].filter((id) => id !== "").join(" · ");
  return text === "" ? {} : { of: text };
};

/** A policy is set as a whole. For an existing one only the differences are shown. */
export function planDefaults(now: TillPolicy | undefined, form: PolicyForm, policies?: readonly TillPolicy[]): Planned {
  const { own, faults } = readParts(form);
  const scope = { location_id: form.location_id.trim(), channel_id: form.channel_id.trim() };
  if (bytesOf(scope.location_id) > 64) faults.location_id = "running:fault.place";
  if (bytesOf(scope.channel_id) > 64 || scope.channel_id.includes("/")) faults.channel_id = "policy:fault.channel";
  if (!now && policies?.some((one) => keyOf(one) === keyOf(scope))) faults.all = "running:policies.there";
  if (Object.keys(own).length === 0 && Object.keys(faults).length === 0) faults.all = "running:policies.nothing";
  if (Object.keys(faults).length > 0) return { faults };
  const broader = policies && broaderThan(scope, policies);
  const lines = parts
    .filter((part) => own[part] !== now?.[part])
    .map((part): PlanLine => {
      const shown = (value: number | boolean | undefined) => partShown(part, value, broader);
      const figure = { words: `policy:part.${part}` };
      return { ...ofWhom(scope), figure, before: shown(now?.[part]), after: shown(own[part]) };
    });
  if (lines.length === 0) return { faults: { all: "policy:fault.same" } };
  return {
    plan: {
      command: { operation: "SetTillPolicy", body: { ...given(scope), ...own } },
      lines,
      notes: [{ words: "running:policies.set", values: {} }],
    },
  };
}

function partShown(part: Part, value: number | boolean | undefined, broader: Defaults | undefined): Value {
  if (value !== undefined) return partOf(part, value);
  if (!broader) return { words: "policy:asDefault" };
  return partOf(part, broader[part].value, broader[part].from);
}

/** The parts of a scope that an address or a body has. */
function given({ location_id, channel_id }: Scope): Partial<Scope> {
  return { ...(location_id ? { location_id } : {}), ...(channel_id ? { channel_id } : {}) };
}

export function planDeletePolicy(of: TillPolicy, policies: readonly TillPolicy[] | undefined): Planned {
  const scope = scopeOf(of);
  const broader = policies && broaderThan(scope, policies);
  const lines = parts
    .filter((part) => of[part] !== undefined)
    .map(
      (part): PlanLine => ({
        ...ofWhom(scope),
        figure: { words: `policy:part.${part}` },
        before: partShown(part, of[part], broader),
        after: partShown(part, undefined, broader),
      }),
    );
  return { plan: { command: { operation: "DeleteTillPolicy", body: given(scope) }, lines } };
}
