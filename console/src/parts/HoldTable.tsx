import { Link, useNavigate } from "@tanstack/react-router";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "./DataTable.tsx";
import { Deadline } from "./Deadline.tsx";
import { Id } from "./Id.tsx";
import { Quantity } from "./Quantity.tsx";
import { Time } from "./Time.tsx";

type Row = components["schemas"]["Reservation"];

interface Props {
  rows: readonly (Row | undefined)[];
  product?: boolean;
  place?: boolean;
  /** How far the server's clock is ahead. */
  skew?: number;
  /** Rows that no longer belong here. */
  gone?: ReadonlySet<Row>;
  onSeen?: (first: number, last: number) => void;
  /** Which are chosen, by their ids; left out: none can be. */
  chosen?: ReadonlySet<string>;
  onChoose?: (row: Row) => void;
}

/** The holds, with the first to end on top. */
export function HoldTable(props: Props) {
  const { rows, product = false, place = false, skew = 0, gone, onSeen, chosen, onChoose } = props;
  const { t } = useTranslation("app");
  const navigate = useNavigate();
  const until = (row: Row) =>
    row.committed ? <span>{t("figure.paid")}</span> : <Deadline at={row.expires_at} skew={skew} />;
  const columns: Column<Row>[] = [
    ...(chosen && onChoose
      ? [
          {
            key: "choose",
            title: (
              <span role="img" aria-label={t("figure.choose")}>
                ☑
              </span>
            ),
            width: 40,
            cell: (row: Row) => (
              <input
                type="checkbox"
                aria-label={t("figure.chooseOne", { id: `${row.order_id} ${row.product_id} ${row.location_id}` })}
                checked={chosen.has(row.reservation_id)}
                onChange={() => onChoose(row)}
              />
            ),
          },
        ]
      : []),
    {
      key: "order",
      title: t("thing.order"),
      width: 170,
      second: (row) => (
        <>
          <Id>{row.product_id}</Id> · <Id>{row.location_id}</Id>
        </>
      ),
      cell: (row) => (
        <Link to="/orders/$order" params={{ order: row.order_id }}>
          <Id>{row.order_id}</Id>
        </Link>
      ),
    },
    ...(product
      ? [
          {
            key: "product",
            title: t("thing.product"),
            width: 150,
            wide: true,
            cell: (row: Row) => (
              <Link to="/items/$product" params={{ product: row.product_id }} search={{ loc: row.location_id }}>
                <Id>{row.product_id}</Id>
              </Link>
            ),
          },
        ]
      : []),
    ...(place
      ? [
          {
            key: "place",
            title: t("thing.location"),
            width: 120,
            wide: true,
            cell: (row: Row) => <Id>{row.location_id}</Id>,
          },
        ]
      : []),
    { key: "channel", title: t("thing.channel"), width: 110, wide: true, cell: (row) => <Id>{row.channel_id}</Id> },
    {
      key: "quantity",
      title: t("part.held"),
      width: 110,
      second: until,
      figure: true,
      cell: (row) => <Quantity of={row} value={row.quantity} />,
    },
    {
      key: "promised",
      title: t("part.promised"),
      width: 110,
      figure: true,
      wide: true,
      cell: (row) => <Quantity of={row} value={row.promised ?? 0} />,
    },
    {
      key: "until",
      title: t("figure.until"),
      width: 170,
      figure: true,
      wide: true,
      cell: until,
    },
    {
      key: "customer",
      title: t("figure.customer"),
      width: 120,
      wide: true,
      cell: (row) => <Id>{row.customer_id ?? ""}</Id>,
    },
    {
      key: "created",
      title: t("figure.since"),
      width: 170,
      figure: true,
      wide: true,
      cell: (row) => <Time at={row.created_at} />,
    },
  ];
  return (
    <DataTable
      label={t("part.held")}
      columns={columns}
      rows={rows}
      rowKey={(row) => row.reservation_id}
      rowClass={(row) => (gone?.has(row) ? "gone" : "")}
      {...(onSeen ? { onSeen, fills: true } : {})}
      {...(onChoose ? { onMark: onChoose } : {})}
      onOpen={(row) => void navigate({ to: "/orders/$order", params: { order: row.order_id } })}
    />
  );
}
