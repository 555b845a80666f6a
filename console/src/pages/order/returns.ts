import type { components } from "holdfast-client";
import { unitsOf } from "../../format/decimal.ts";
import { lotText } from "../../parts/lots.ts";
import type { Planned } from "../../parts/plan.ts";
import { type Reason, reasonBody } from "../../parts/reasons.ts";

type Line = components["schemas"]["Reservation"];
type Balance = components["schemas"]["AccountBalance"];
type Step = components["schemas"]["OrderStep"];
export type Lot = NonNullable<NonNullable<Line["lots"]>[number]["lot"]>;

/** The lines of an order of which something has left. */
export function returnable(lines: readonly Line[]): Line[] {
  return lines.filter(({ deducted }) => deducted > 0);
}

/** The lots that left with the order of a line, by their texts. */
export function lotsThatLeft(steps: readonly Step[], line: Line): Map<string, Lot> {
  const lots = new Map<string, Lot>();
  for (const { operation, changes } of steps) {
    if (operation !== "deduct") continue;
    for (const change of changes) {
      if (change.product_id !== line.product_id || change.location_id !== line.location_id) continue;
      for (const { lot } of change.lots ?? []) if (lot) lots.set(lotText(lot), lot);
    }
  }
  return lots;
}

/** The accounts that units may come back to. */
export const returnAccounts = ["pool/shared", "quality", "damaged", "withheld"];

/** Returned units go into an account of the line's place. */
export function planReturn(
  line: Line,
  balances: readonly Balance[],
  to: string,
  lot: Lot | undefined,
  typed: string,
  reason: Reason,
): Planned {
  const quantity = unitsOf(typed, line.scale);
  if (quantity === undefined || quantity <= 0) return { faults: { quantity: "act.fault.positive" } };
  const there = balances.filter(({ account }) => account === to);
  const before = there.reduce((sum, one) => sum + one.quantity, 0);
  const { order_id, product_id, location_id, unit, scale } = line;
  return {
    plan: {
      command: {
        operation: "Return",
        body: { order_id, product_id, location_id, quantity, to, ...(lot ? { lot } : {}), ...reasonBody(reason) },
      },
      lines: [
        {
          of: `${product_id} · ${location_id}`,
          figure: { account: to },
          unit,
          scale,
          before: { units: before },
          after: { units: before + quantity },
        },
      ],
    },
  };
}
