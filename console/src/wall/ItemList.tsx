import { useTranslation } from "react-i18next";
import { quantity } from "../format/decimal.ts";
import { badges } from "../states.ts";
import { Panel } from "./Panel.tsx";
import type { Shown } from "./run.ts";
import { timeOf } from "./words.ts";

/** The items that are nearest to being sold out, or were so last. */
export function ItemList({ night, now, of }: Shown & { of: "low" | "soldOut" }) {
  const { t, i18n } = useTranslation("wall");
  const items = night[of] ?? [];
  return (
    <Panel
      night={night}
      now={now}
      name={`list ${of}`}
      of={of}
      title={t(of === "low" ? "list.low" : "list.soldOut")}
      empty={items.length === 0}
    >
      <ul>
        {items.map(({ inventory, title, state }) => (
          <li key={JSON.stringify([inventory?.product_id, inventory?.location_id])}>
            <i className={`shape is-${state}`}>{badges[state].shape}</i>
            <bdi>
              {title || inventory?.product_id} · {inventory?.location_id}
            </bdi>
            <span className="figure">
              {of === "low" && inventory
                ? quantity(inventory.available_stock, inventory.unit, inventory.scale)
                : timeOf(Date.parse(inventory?.updated_at ?? ""), now, i18n.language)}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
