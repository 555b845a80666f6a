import type { components } from "holdfast-client";
import { unitsOf } from "../format/decimal.ts";
import type { Faults, Plan, PlanLine } from "./plan.ts";

type Command = components["schemas"]["Command"];

/** The most things that are changed at once. */
export const mostChosen = 500;
/** From so many on their number has to be typed. */
const many = 100;

export function mustCount(all: readonly unknown[]): boolean {
  return all.length > many;
}

/** The fault of a number that was to be typed and is another. */
export function counted(all: readonly unknown[], typed: string): Faults {
  return mustCount(all) && unitsOf(typed) !== all.length ? { count: "act.fault.count" } : {};
}

/** One command for each of them, in one call. */
export function batch<Of>(
  all: readonly Of[],
  command: (of: Of) => Command,
  lines: (of: Of) => PlanLine[],
): { plan: Plan } {
  return {
    plan: {
      command: { operation: "ExecuteBatch", body: { commands: all.map(command) } },
      lines: all.flatMap(lines),
    },
  };
}
