import { Link, useNavigate } from "@tanstack/react-router";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { quantity } from "../../format/decimal.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Deadline } from "../../parts/Deadline.tsx";
import { Id } from "../../parts/Id.tsx";
import { OrderBadge } from "../../parts/OrderBadge.tsx";
import { Time } from "../../parts/Time.tsx";

type Order = components["schemas"]["OrderSummary"];
type Line = components["schemas"]["Reservation"];

const spelled = 3;

interface Props {
  rows: readonly (Order | undefined)[];
  skew: number;
  gone?: ReadonlySet<Order>;
  onSeen?: (first: number, last: number) => void;
}

/** Orders, each with how far it is and what it holds. */
export function OrderTable({ rows, skew, gone, onSeen }: Props) {
  const { t } = useTranslation(["orders", "app"]);
  const navigate = useNavigate();
  const columns: Column<Order>[] = [
    {
      key: "order",
      title: t("app:thing.order"),
      width: 190,
      second: (row) => <OrderBadge of={row} />,
      cell: (row) => (
        <Link to="/orders/$order" params={{ order: row.order_id }}>
          <Id>{row.order_id}</Id>
        </Link>
      ),
    },
    { key: "state", title: t("orders:state"), width: 120, wide: true, cell: (row) => <OrderBadge of={row} /> },
    { key: "lines", title: t("orders:lines"), width: 300, cell: (row) => <bdi>{linesText(row)}</bdi> },
    {
      key: "channel",
      title: t("app:thing.channel"),
      width: 110,
      wide: true,
      cell: (row) => <bdi>{[...new Set(row.reservations.map((one) => one.channel_id))].join(", ")}</bdi>,
    },
    {
      key: "customer",
      title: t("app:figure.customer"),
      width: 120,
      wide: true,
      cell: (row) => <Id>{row.customer_id ?? ""}</Id>,
    },
    {
      key: "until",
      title: t("app:figure.until"),
      width: 190,
      figure: true,
      wide: true,
      cell: (row) => (row.committed ? t("app:figure.paid") : <Deadline at={row.expires_at} skew={skew} />),
    },
    {
      key: "created",
      title: t("app:figure.since"),
      width: 160,
      figure: true,
      wide: true,
      cell: (row) => <Time at={row.created_at} />,
    },
  ];
  return (
    <DataTable
      label={t("orders:what")}
      columns={columns}
      rows={rows}
      rowKey={(row) => row.order_id}
      rowClass={(row) => (gone?.has(row) ? "gone" : "")}
      onOpen={(row) => void navigate({ to: "/orders/$order", params: { order: row.order_id } })}
      {...(onSeen ? { onSeen, fills: true } : {})}
    />
  );
}

/** The first line of the order (mug 5 @ berlin), and how many others there are. */
function linesText({ reservations, reservation_count: count }: Order): string {
  const of = (one: Line) => `${one.product_id} ${quantity(one.requested, one.unit, one.scale)} @ ${one.location_id}`;
  const more = count - spelled;
  return [...reservations.slice(0, spelled).map(of), ...(more > 0 ? [`+ ${more}`] : [])].join("; ");
}
