import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Id } from "../../parts/Id.tsx";
import { Quantity } from "../../parts/Quantity.tsx";
import { Time } from "../../parts/Time.tsx";
import type { Case, Measure } from "./plans.ts";

type Row = NonNullable<Case["orders"]>[number];

/** The orders that hold the product there, those that have waited least on top. */
export function Orders({ of, measure }: { of: Case; measure: Measure }) {
  const { t } = useTranslation(["case", "app"]);
  if (of.state === "settled") return null;
  const rows = of.orders ?? [];
  const columns: Column<Row>[] = [
    {
      key: "order",
      title: t("app:thing.order"),
      width: 180,
      cell: (row) => (
        <Link to="/orders/$order" params={{ order: row.order_id }}>
          <Id>{row.order_id}</Id>
        </Link>
      ),
    },
    {
      key: "held",
      title: t("app:part.held"),
      width: 90,
      figure: true,
      cell: (row) => <Quantity of={measure} value={row.quantity} />,
    },
    { key: "channel", title: t("app:thing.channel"), width: 120, wide: true, cell: (row) => <Id>{row.channel_id}</Id> },
    {
      key: "until",
      title: t("app:figure.until"),
      width: 180,
      wide: true,
      cell: (row) => (row.expires_at ? <Time at={row.expires_at} relative /> : t("app:figure.paid")),
    },
  ];
  return (
    <section>
      <h2>{t("case:orders")}</h2>
      {rows.length === 0 ? (
        <p className="muted">{t("case:noOrders")}</p>
      ) : (
        <DataTable label={t("case:orders")} columns={columns} rows={rows} rowKey={(row) => row.order_id} />
      )}
    </section>
  );
}
