import { unitsOf } from "../../format/decimal.ts";
import type { Faults, Value } from "../plan.ts";
import type { Part, Source } from "./inherit.ts";

/** The figures of a policy, each with its bounds. */
const figures = {
  percent: [0, 100],
  floor: [0, Number.MAX_SAFE_INTEGER],
  ceiling: [0, Number.MAX_SAFE_INTEGER],
  level: [1, 100],
  rank: [0, 1000],
} as const;

type Figure = keyof typeof figures;
const figureNames = Object.keys(figures) as Figure[];

/** The parts that a form says. */
export type Own = { [Name in Figure]?: number } & { at_risk?: boolean };

/** The parts that are typed, or what is wrong with them; the server says the same. */
export function readParts(form: Record<Part, string>): { own: Own; faults: Faults } {
  const own: Own = {};
  const faults: Faults = {};
  for (const name of figureNames) {
    if (form[name].trim() === "") continue;
    const value = unitsOf(form[name]);
    const [least, most] = figures[name];
    if (value === undefined || value < least || value > most) faults[name] = `policy:fault.${name}`;
    else own[name] = value;
  }
  if (own.ceiling && own.floor !== undefined && own.floor > own.ceiling) faults.floor = "policy:fault.overCeiling";
  if (form.at_risk) own.at_risk = form.at_risk === "yes";
  return { own, faults };
}

/** A part and, unless the till sets it itself, where it comes from. */
export function partOf(part: Part, value: number | boolean, from?: Source): Value {
  const source = from && from !== "till" ? { from: `policy:from.${from}` } : {};
  if (typeof value === "boolean") return { words: value ? "act.yes" : "act.no", ...source };
  if (part === "ceiling" && value === 0) return { words: "policy:noBound", ...source };
  return part === "percent" || part === "level" ? { text: `${value} %`, ...source } : { units: value, ...source };
}
