import type { components } from "holdfast-client";

type Summary = components["schemas"]["OrderSummary"];

/** How far an order is, in one word and one shape. */
export type OrderState = "held" | "paid" | "waiting" | "left" | "released" | "expired";

export const orderShapes: Record<OrderState, { shape: string; colour: string }> = {
  held: { shape: "◆", colour: "var(--part-held)" },
  paid: { shape: "●", colour: "var(--part-held)" },
  waiting: { shape: "◇", colour: "var(--part-promised)" },
  left: { shape: "➜", colour: "var(--part-transit)" },
  released: { shape: "○", colour: "var(--part-withheld)" },
  expired: { shape: "⊘", colour: "var(--state-off_sale)" },
};

/** That an order waits for goods is shown before that it is paid: somebody has to act. */
export function orderStateOf({ state, committed, waiting }: Summary): OrderState {
  if (state === "confirmed") return "left";
  if (state === "cancelled") return "released";
  if (state === "expired") return "expired";
  if (waiting) return "waiting";
  return committed ? "paid" : "held";
}
