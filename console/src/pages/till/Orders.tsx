import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { tillOrders } from "../../api/tillQueries.ts";
import { quantity } from "../../format/decimal.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Answer } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { Time } from "../../parts/Time.tsx";
import type { Till } from "../../parts/tills.ts";

type Row = components["schemas"]["OnlineOrder"];

/** The online orders that a till may take on, and those that it has accepted. */
export function Orders({ of }: { of: Till }) {
  const { t } = useTranslation(["till", "app"]);
  const asked = useQuery(tillOrders(of.till_id));
  const lines = ({ items }: Row) =>
    items.map(({ product_id, quantity: units, unit, scale }) => `${quantity(units, unit, scale)} × ${product_id}`);
  const columns: Column<Row>[] = [
    {
      key: "order",
      title: t("app:thing.order"),
      width: 180,
      second: (row) => <bdi>{lines(row).join(", ")}</bdi>,
      cell: (row) => (
        <Link to="/orders/$order" params={{ order: row.order_id }}>
          <Id>{row.order_id}</Id>
        </Link>
      ),
    },
    {
      key: "state",
      title: t("till:state"),
      width: 180,
      second: (row) => row.cancel_asked_at && <Time at={row.cancel_asked_at} />,
      cell: (row) => (row.state === "accepted" ? `● ${t("till:orders.accepted")}` : `◇ ${t("till:orders.offered")}`),
    },
    {
      key: "lines",
      title: t("till:orders.lines"),
      width: 260,
      wide: true,
      cell: (row) => <bdi>{lines(row).join(", ")}</bdi>,
    },
    {
      key: "since",
      title: t("app:figure.since"),
      width: 180,
      wide: true,
      cell: (row) => <Time at={row.created_at} relative />,
    },
    {
      key: "cancel",
      title: t("till:orders.cancelAsked"),
      width: 200,
      wide: true,
      cell: (row) => (row.cancel_refused ? t("till:orders.cancelRefused") : <Time at={row.cancel_asked_at} relative />),
    },
  ];
  return (
    <section>
      <h2>{t("till:orders.title")}</h2>
      <Answer of={asked} what={t("till:orders.title")} rows={2}>
        {({ items, next_page_token }) =>
          items.length === 0 ? (
            <p className="muted">{t("till:orders.none")}</p>
          ) : (
            <>
              {next_page_token && <p className="muted">{t("till:orders.more", { count: items.length })}</p>}
              <DataTable label={t("till:orders.title")} columns={columns} rows={items} rowKey={(row) => row.order_id} />
            </>
          )
        }
      </Answer>
    </section>
  );
}
