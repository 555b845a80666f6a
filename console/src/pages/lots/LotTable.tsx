import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Id } from "../../parts/Id.tsx";
import { LotName } from "../../parts/LotName.tsx";
import { lotText } from "../../parts/lots.ts";
import type { Expiring } from "./expiry.ts";

/** Lots with their last day of sale; each leads to the lots of its item, where it is recalled. */
export function LotTable({ lots, today }: { lots: Expiring[]; today: string }) {
  const { t } = useTranslation(["lots", "app"]);
  const item = (row: Expiring) => (
    <Link to="/items/$product" params={{ product: row.product_id }} search={{ loc: row.location_id, tab: "lots" }}>
      <Id>{row.product_id}</Id>
    </Link>
  );
  const state = (row: Expiring) => t(row.recalled ? "lots:recalled" : row.day < today ? "lots:expired" : "lots:sold");
  const figure = (key: "available" | "held" | "on_hand", title: string, wide = false): Column<Expiring> => ({
    key,
    title,
    width: 110,
    figure: true,
    wide,
    cell: (row) => (
      <span className="figure">
        {row[key]} {row.unit}
      </span>
    ),
  });
  const columns: Column<Expiring>[] = [
    {
      key: "day",
      title: t("lots:day"),
      width: 110,
      cell: (row) => <span className="figure">{row.day}</span>,
      second: state,
    },
    {
      key: "product",
      title: t("app:thing.product"),
      width: 160,
      cell: item,
      second: (row) => <Id>{row.location_id}</Id>,
    },
    {
      key: "place",
      title: t("app:thing.location"),
      width: 120,
      wide: true,
      cell: (row) => <Id>{row.location_id}</Id>,
    },
    { key: "lot", title: t("lots:lot"), width: 260, wide: true, cell: (row) => <LotName of={row.lot} /> },
    { key: "state", title: t("lots:state"), width: 110, wide: true, cell: state },
    figure("on_hand", t("app:figure.on_hand")),
    figure("available", t("app:figure.available"), true),
    figure("held", t("app:part.held"), true),
  ];
  return (
    <DataTable
      label={t("lots:what")}
      fills
      columns={columns}
      rows={lots}
      rowKey={(row) => `${row.product_id} ${row.location_id} ${lotText(row.lot)}`}
    />
  );
}
