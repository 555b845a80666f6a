import type { components } from "holdfast-client";
import { unitsOf } from "../../format/decimal.ts";
import { deadlineLine, leavingLines } from "../../parts/holds.ts";
import type { Faults, PlanLine, Planned } from "../../parts/plan.ts";
import { type Reason, reasonBody } from "../../parts/reasons.ts";

type Hold = components["schemas"]["Reservation"];
type Command = components["schemas"]["Command"];

/** How many holds are changed at once. */
export const mostChosen = 500;
/** From so many on their number has to be typed. */
const many = 100;

const named = (hold: Hold) => `${hold.order_id} · ${hold.product_id} · ${hold.location_id}`;
const what = ({ order_id, product_id, location_id }: Hold) => ({ order_id, product_id, location_id });

export function mustCount(holds: readonly Hold[]): boolean {
  return holds.length > many;
}

function counted(holds: readonly Hold[], typed: string): Faults {
  return mustCount(holds) && unitsOf(typed) !== holds.length ? { count: "act.fault.count" } : {};
}

function batch(holds: readonly Hold[], command: (hold: Hold) => Command, lines: (hold: Hold) => PlanLine[]): Planned {
  return {
    plan: {
      command: { operation: "ExecuteBatch", body: { commands: holds.map(command) } },
      lines: holds.flatMap(lines),
    },
  };
}

/** Paid holds have no deadline, so only the others get another one. */
export function planExtendAll(holds: readonly Hold[], typed: string, count: string, now: number): Planned {
  const minutes = unitsOf(typed);
  const faults = counted(holds, count);
  if (minutes === undefined || minutes < 1 || minutes > 43_200) faults.minutes = "act.fault.minutes";
  const due = holds.filter(({ committed }) => !committed);
  if (due.length === 0) faults.minutes = "act.fault.line";
  if (minutes === undefined || Object.keys(faults).length > 0) return { faults };
  const time = new Date(now + minutes * 60_000).toISOString();
  return batch(
    due,
    (hold) => ({ extend: { ...what(hold), ttl_seconds: minutes * 60 } }),
    (hold) => [deadlineLine(hold, { time }, named(hold))],
  );
}

export function planReleaseAll(holds: readonly Hold[], count: string, reason: Reason): Planned {
  const faults = counted(holds, count);
  if (Object.keys(faults).length > 0) return { faults };
  const { reference: _, ...why } = reasonBody(reason);
  return batch(
    holds,
    (hold) => ({ release: { ...what(hold), ...why } }),
    (hold) => leavingLines(hold, hold.quantity, "released", named(hold)),
  );
}
