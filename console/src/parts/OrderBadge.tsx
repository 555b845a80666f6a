import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { orderShapes, orderStateOf } from "./orderStates.ts";

/** How far an order is. */
export function OrderBadge({ of }: { of: components["schemas"]["OrderSummary"] }) {
  const { t } = useTranslation("app");
  const state = orderStateOf(of);
  const { shape, colour } = orderShapes[state];
  return (
    <span className="badge">
      <span aria-hidden="true" style={{ color: colour }}>
        {shape}
      </span>{" "}
      {t(`order.${state}`)}
    </span>
  );
}
