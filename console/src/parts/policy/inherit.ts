import type { components } from "holdfast-client";
import type { TFunction } from "i18next";
import { grouped } from "../../format/decimal.ts";
import type { Till } from "../tills.ts";

export type TillPolicy = components["schemas"]["TillPolicy"];
type Sources = components["schemas"]["TillPolicySources"];

/** The parts of a policy that a till may leave to the policies of many tills. */
export type Part = keyof Sources;
export type Source = Sources[Part];
export const parts: Part[] = ["percent", "floor", "ceiling", "level", "rank", "at_risk"];

export const isPart = (field: string): field is Part => (parts as string[]).includes(field);

/** A part that applies, and where it comes from. */
export interface Default {
  value: number | boolean;
  from: Source;
}
export type Defaults = Record<Part, Default>;

/** The values that apply where no policy sets one. */
const usual: Record<Part, number | boolean> = { percent: 50, floor: 0, ceiling: 0, level: 50, rank: 0, at_risk: false };

/**
 * The values for a till of a place and a channel that leaves all to policies: the most specific policy
 * decides each part.
 */
export function defaultsOf(policies: readonly TillPolicy[], location_id: string, channel_id: string): Defaults {
  const at = (place: string, channel: string) =>
    policies.find((one) => (one.location_id ?? "") === place && (one.channel_id ?? "") === channel);
  const order: [Source, TillPolicy | undefined][] = [
    ["channel_at_location", channel_id === "" ? undefined : at(location_id, channel_id)],
    ["channel", channel_id === "" ? undefined : at("", channel_id)],
    ["location", at(location_id, "")],
    ["all", at("", "")],
  ];
  const found = (part: Part): Default => {
    for (const [from, policy] of order) {
      const value = policy?.[part];
      if (value !== undefined) return { value, from };
    }
    return { value: usual[part], from: "default" };
  };
  return {
    percent: found("percent"),
    floor: found("floor"),
    ceiling: found("ceiling"),
    level: found("level"),
    rank: found("rank"),
    at_risk: found("at_risk"),
  };
}

/** A part as the till itself sets it; undefined where it leaves the part to policies. */
export function ownOf(of: Till, part: Part): number | boolean | undefined {
  return of.policy_from?.[part] === "till" ? of[part] : undefined;
}

/** A part by which the till still works, where that is not the one that is wanted. */
export function inForce(of: Till, part: Part): number | boolean | undefined {
  const is = of.policy_in_force?.[part];
  return is === of[part] ? undefined : is;
}

/** A part in the reader's words. */
export function partText(t: TFunction, part: Part, value: number | boolean): string {
  if (typeof value === "boolean") return t(value ? "app:act.yes" : "app:act.no");
  if (part === "ceiling" && value === 0) return t("policy:noBound");
  return part === "percent" || part === "level" ? `${value} %` : grouped(value);
}
