import type { components } from "holdfast-client";
import { unitsOf } from "../../format/decimal.ts";
import { batch, counted } from "../../parts/bulk.ts";
import { deadlineLine, earlierNotes, leavingLines, mostMinutes } from "../../parts/holds.ts";
import type { Planned } from "../../parts/plan.ts";
import { type Reason, reasonBody } from "../../parts/reasons.ts";

type Hold = components["schemas"]["Reservation"];

const named = (hold: Hold) => `${hold.order_id} · ${hold.product_id} · ${hold.location_id}`;
const what = ({ order_id, product_id, location_id }: Hold) => ({ order_id, product_id, location_id });

/** Paid holds have no deadline, so only the others get another one. */
export function planExtendAll(holds: readonly Hold[], typed: string, count: string, now: number): Planned {
  const minutes = unitsOf(typed);
  const faults = counted(holds, count);
  if (minutes === undefined || minutes < 1 || minutes > mostMinutes) faults.minutes = "act.fault.minutes";
  const due = holds.filter(({ committed }) => !committed);
  if (due.length === 0) faults.minutes = "act.fault.line";
  if (minutes === undefined || Object.keys(faults).length > 0) return { faults };
  const time = new Date(now + minutes * 60_000).toISOString();
  const { plan } = batch(
    due,
    (hold) => ({ extend: { ...what(hold), ttl_seconds: minutes * 60 } }),
    (hold) => [deadlineLine(hold, { time }, named(hold))],
  );
  return { plan: { ...plan, ...earlierNotes(due, time) } };
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
