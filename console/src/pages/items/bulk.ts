import type { ListedItem } from "../../api/types.ts";
import { unitsOf } from "../../format/decimal.ts";
import { batch, counted } from "../../parts/bulk.ts";
import type { Planned } from "../../parts/plan.ts";
import { type Reason, reasonBody } from "../../parts/reasons.ts";

type Item = ListedItem["inventory"];

export const named = (item: Item) => `${item.product_id} · ${item.location_id}`;
export const what = ({ product_id, location_id }: Item) => ({ product_id, location_id });

/** One threshold for all, each in the unit of its product. */
export function planThresholds(items: readonly Item[], typed: string, count: string): Planned {
  const units = (item: Item) => unitsOf(typed, item.scale);
  const faults = counted(items, count);
  if (items.some((item) => (units(item) ?? -1) < 0)) faults.low_stock_threshold = "act.fault.notNegative";
  if (Object.keys(faults).length > 0) return { faults };
  return batch(
    items,
    (item) => ({ set_threshold: { ...what(item), low_stock_threshold: units(item) ?? 0 } }),
    (item) => [
      {
        of: named(item),
        figure: { words: "figure.threshold" },
        unit: item.unit,
        scale: item.scale,
        before: { units: item.low_stock_threshold },
        after: { units: units(item) ?? 0 },
      },
    ],
  );
}

/** The switch of all channels. */
export function planSales(items: readonly Item[], on_sale: boolean, reason: Reason, count: string): Planned {
  const words = (on: boolean) => ({ words: on ? "act.onSale" : "state.off_sale" });
  const faults = counted(items, count);
  if (Object.keys(faults).length > 0) return { faults };
  const { reference: _, ...why } = reasonBody(reason);
  return batch(
    items,
    (item) => ({ set_sale_status: { ...what(item), on_sale, ...why } }),
    (item) => [
      { of: named(item), figure: { words: "act.allChannels" }, before: words(item.on_sale), after: words(on_sale) },
    ],
  );
}
