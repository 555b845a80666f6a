import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { lotOrders } from "../../../api/orderQueries.ts";
import { type Column, DataTable } from "../../../parts/DataTable.tsx";
import { Answer } from "../../../parts/Frame.tsx";
import { Id } from "../../../parts/Id.tsx";
import { Quantity } from "../../../parts/Quantity.tsx";
import { Time } from "../../../parts/Time.tsx";

type Row = components["schemas"]["LotOrder"];
type Listed = components["schemas"]["ListLotsResponse"];

/** The customers to call: the orders that hold units of the lots, or have received some. */
export function LotOrders(props: { of: Listed; lot: Record<string, string>; location: string }) {
  const { t } = useTranslation(["item", "app"]);
  const { of } = props;
  const asked = useQuery(lotOrders(of.product_id, props.lot, props.location));
  const figure = (key: "held" | "deducted", title: string): Column<Row> => ({
    key,
    title,
    width: 90,
    figure: true,
    cell: (row) => <Quantity of={of} value={(row.lots ?? []).reduce((sum, one) => sum + one[key], 0)} />,
  });
  const columns: Column<Row>[] = [
    {
      key: "order",
      title: t("app:thing.order"),
      width: 160,
      second: (row) => <Id>{row.customer_id ?? ""}</Id>,
      cell: (row) => (
        <Link to="/orders/$order" params={{ order: row.order_id }}>
          <Id>{row.order_id}</Id>
        </Link>
      ),
    },
    { key: "place", title: t("app:thing.location"), width: 120, wide: true, cell: (row) => <Id>{row.location_id}</Id> },
    {
      key: "customer",
      title: t("app:figure.customer"),
      width: 140,
      wide: true,
      cell: (row) => <Id>{row.customer_id ?? ""}</Id>,
    },
    figure("held", t("app:part.held")),
    figure("deducted", t("app:figure.deducted")),
    {
      key: "at",
      title: t("app:figure.at"),
      width: 170,
      wide: true,
      cell: (row) => <Time at={row.reserved_at} />,
    },
  ];
  return (
    <section className="frame">
      <h2>{t("item:recall.orders")}</h2>
      <Answer of={asked} what={t("item:recall.orders")} rows={2}>
        {(data) => (
          <>
            {data.next_page_token && <p>{t("item:recall.ordersMore", { count: data.items.length })}</p>}
            {data.items.length === 0 ? (
              <p>{t("item:recall.nobody")}</p>
            ) : (
              <DataTable
                label={t("item:recall.orders")}
                columns={columns}
                rows={data.items}
                rowKey={(row) => `${row.order_id} ${row.location_id}`}
              />
            )}
          </>
        )}
      </Answer>
    </section>
  );
}
