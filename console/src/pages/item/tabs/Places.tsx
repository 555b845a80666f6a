import { Link, useNavigate } from "@tanstack/react-router";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "../../../parts/DataTable.tsx";
import { Id } from "../../../parts/Id.tsx";
import { Quantity } from "../../../parts/Quantity.tsx";
import { StateBadge } from "../../../parts/StateBadge.tsx";
import { Time } from "../../../parts/Time.tsx";
import { stateOf } from "../../../states.ts";

type Product = components["schemas"]["ProductInventory"];
type Row = components["schemas"]["Inventory"];

/** The product at each of its places. */
export function Places({ product }: { product: Product }) {
  const { t } = useTranslation(["item", "app"]);
  const navigate = useNavigate();
  const to = (row: Row) =>
    ({ to: "/items/$product", params: { product: row.product_id }, search: { loc: row.location_id } }) as const;
  const figure = (key: keyof Row, title: string, wide = false): Column<Row> => ({
    key,
    title,
    width: 110,
    figure: true,
    wide,
    cell: (row) => <Quantity of={row} value={row.tracked ? Number(row[key] ?? 0) : undefined} />,
  });
  const columns: Column<Row>[] = [
    {
      key: "place",
      title: t("item:place"),
      width: 160,
      cell: (row) => (
        <Link {...to(row)}>
          <Id>{row.location_id}</Id>
        </Link>
      ),
    },
    { key: "state", title: t("item:channels.state"), width: 120, cell: (row) => <StateBadge state={stateOf(row)} /> },
    figure("on_hand", t("app:figure.on_hand"), true),
    figure("reserved_stock", t("app:part.held"), true),
    figure("available_stock", t("app:figure.available")),
    figure("in_transit", t("app:part.transit"), true),
    {
      key: "updated",
      title: t("app:figure.changed"),
      width: 170,
      figure: true,
      wide: true,
      cell: (row) => <Time at={row.updated_at} />,
    },
  ];
  return (
    <DataTable
      label={t("item:tab.places")}
      columns={columns}
      rows={product.locations}
      rowKey={(row) => row.location_id}
      onOpen={(row) => void navigate(to(row))}
    />
  );
}
