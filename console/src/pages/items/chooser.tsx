import type { TFunction } from "i18next";
import type { ListedItem } from "../../api/types.ts";
import type { Column } from "../../parts/DataTable.tsx";
import { keyOf } from "./columns.tsx";

/** The column in which items are chosen. A phone has none: it has no room for the actions on chosen items. */
export function chooser(
  t: TFunction<["items", "app"]>,
  chosen: ReadonlyMap<string, ListedItem>,
  onChoose: (row: ListedItem) => void,
): Column<ListedItem> {
  return {
    key: "choose",
    title: (
      <span role="img" aria-label={t("app:figure.choose")}>
        ☑
      </span>
    ),
    width: 40,
    wide: true,
    cell: (row) => (
      <input
        type="checkbox"
        aria-label={t("app:figure.chooseOne", { id: `${row.inventory.product_id} ${row.inventory.location_id}` })}
        checked={chosen.has(keyOf(row))}
        onChange={() => onChoose(row)}
      />
    ),
  };
}
