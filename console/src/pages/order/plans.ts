import type { components } from "holdfast-client";
import { unitsOf } from "../../format/decimal.ts";
import { deadlineLine, earlierNotes, leavingLines, mostMinutes } from "../../parts/holds.ts";
import { lotText } from "../../parts/lots.ts";
import type { Planned } from "../../parts/plan.ts";
import { type Reason, reasonBody } from "../../parts/reasons.ts";

type Line = components["schemas"]["Reservation"];

/** Which lines of an order: all that hold something, or one by its reservation. */
export function chosenLines(lines: readonly Line[], reservation: string): Line[] {
  return lines.filter((line) => line.state === "active" && (reservation === "" || line.reservation_id === reservation));
}

/** The order, or one line of it, as a write names it. */
function what(order_id: string, reservation: string, chosen: readonly Line[]) {
  const [line] = chosen;
  if (reservation === "" || !line) return { order_id };
  return { order_id, product_id: line.product_id, location_id: line.location_id };
}

const nothing: Planned = { faults: { line: "act.fault.line" } };
export function planCommit(order: string, lines: readonly Line[], reservation: string): Planned {
  const chosen = chosenLines(lines, reservation);
  if (chosen.length === 0) return nothing;
  return {
    plan: {
      command: { operation: "Commit", body: what(order, reservation, chosen) },
      lines: chosen.map((line) => deadlineLine(line, { words: "figure.paid" })),
    },
  };
}

/** The new deadline counts from the moment the books are asked, so the preview's is a little early. */
export function planExtend(
  order: string,
  lines: readonly Line[],
  reservation: string,
  typed: string,
  now: number,
): Planned {
  const chosen = chosenLines(lines, reservation);
  const minutes = unitsOf(typed);
  if (minutes === undefined || minutes < 1 || minutes > mostMinutes)
    return { faults: { minutes: "act.fault.minutes" } };
  if (chosen.length === 0) return nothing;
  const until = new Date(now + minutes * 60_000).toISOString();
  return {
    plan: {
      command: {
        operation: "Extend",
        body: { ...what(order, reservation, chosen), ttl_seconds: minutes * 60 },
      },
      lines: chosen.map((line) => deadlineLine(line, { time: until })),
      ...earlierNotes(chosen, until),
    },
  };
}

/** Units leave with the order, or are given back: all held units, or a number of one line, or of a lot in it. */
export function planLeave(
  operation: "Deduct" | "Release",
  order: string,
  lines: readonly Line[],
  reservation: string,
  typed: string,
  reason: Reason,
  lot = "",
): Planned {
  const chosen = chosenLines(lines, reservation);
  if (chosen.length === 0) return nothing;
  const of = reservation === "" ? undefined : chosen[0]?.lots?.find((held) => lotText(held.lot) === lot);
  const one = reservation !== "" && typed.trim() !== "";
  const quantity = one ? unitsOf(typed, chosen[0]?.scale) : undefined;
  if (one && (quantity === undefined || quantity <= 0)) return { faults: { quantity: "act.fault.positive" } };
  const body = {
    ...what(order, reservation, chosen),
    ...(quantity === undefined ? {} : { quantity }),
    ...(of?.lot ? { lot: of.lot } : {}),
  };
  const { reference: _, ...why } = reasonBody(reason);
  return {
    plan: {
      command: operation === "Deduct" ? { operation, body } : { operation, body: { ...body, ...why } },
      lines: chosen.flatMap((line) =>
        leavingLines(line, quantity ?? (of ?? line).quantity ?? 0, operation === "Deduct" ? "deducted" : "released"),
      ),
    },
  };
}
