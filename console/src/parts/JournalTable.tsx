import { Link } from "@tanstack/react-router";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { decimal } from "../format/decimal.ts";
import { type Column, DataTable } from "./DataTable.tsx";
import { entryKey } from "./entries.ts";
import { Id } from "./Id.tsx";
import { Change } from "./Quantity.tsx";
import { Time } from "./Time.tsx";

type Row = components["schemas"]["LogEntry"];

interface Measured {
  unit?: string | undefined;
  scale?: number | undefined;
}

/** The events, newest on top: what each did, and the figures before and after it. */
export function JournalTable(props: {
  rows: (Row | undefined)[];
  onSeen: (first: number, last: number) => void;
  onAt?: () => void;
  /** How the product is measured; of several products figures are in their smallest units. */
  of?: Measured;
  product?: boolean;
  place?: boolean;
}) {
  const { t } = useTranslation("app");
  const of = props.of ?? {};
  const figures = (before: number, after: number, delta: number) => (
    <span title={`${decimal(before, of.scale)} → ${decimal(after, of.scale)}`}>
      <Change of={of} value={delta} /> <span className="muted figure">→ {decimal(after, of.scale)}</span>
    </span>
  );
  const columns: Column<Row>[] = [
    {
      key: "at",
      title: t("figure.at"),
      width: 170,
      second: (row) => (
        <>
          <Id>{row.product_id}</Id> · <Id>{row.location_id}</Id>
        </>
      ),
      cell: (row) => <Time at={row.at} />,
    },
    {
      key: "operation",
      title: t("figure.operation"),
      width: 120,
      second: (row) => row.order_id && <Id>{row.order_id}</Id>,
      cell: (row) => t(`operation.${row.operation}`),
    },
    ...(props.product
      ? [
          {
            key: "product",
            title: t("thing.product"),
            width: 150,
            wide: true,
            cell: (row: Row) => (
              <Link
                to="/items/$product"
                params={{ product: row.product_id }}
                search={{ loc: row.location_id, tab: "journal" }}
              >
                <Id>{row.product_id}</Id>
              </Link>
            ),
          },
        ]
      : []),
    ...(props.place
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
    {
      key: "available",
      title: t("figure.available"),
      width: 150,
      figure: true,
      cell: (row) => figures(row.available_before, row.available_after, row.delta_available),
    },
    {
      key: "held",
      title: t("part.held"),
      width: 150,
      figure: true,
      wide: true,
      cell: (row) => figures(row.reserved_before, row.reserved_after, row.delta_reserved),
    },
    {
      key: "order",
      title: t("thing.order"),
      width: 150,
      wide: true,
      cell: (row) =>
        row.order_id ? (
          <Link to="/orders/$order" params={{ order: row.order_id }}>
            <Id>{row.order_id}</Id>
          </Link>
        ) : null,
    },
    {
      key: "channel",
      title: t("thing.channel"),
      width: 100,
      wide: true,
      cell: (row) => row.channel_id && <Id>{row.channel_id}</Id>,
    },
    {
      key: "why",
      title: t("figure.reason"),
      width: 200,
      wide: true,
      cell: (row) => (
        <bdi title={row.reason}>{[row.reason_code, row.reason, row.reference].filter(Boolean).join(" · ")}</bdi>
      ),
    },
    { key: "who", title: t("figure.operator"), width: 120, wide: true, cell: (row) => <bdi>{row.operator}</bdi> },
    { key: "entry", title: t("figure.entry"), width: 110, wide: true, cell: (row) => <Id>{row.entry_id}</Id> },
  ];
  return (
    <DataTable
      label={t("journal")}
      fills
      columns={columns}
      rows={props.rows}
      rowKey={entryKey}
      onSeen={props.onSeen}
      {...(props.onAt ? { onAt: props.onAt } : {})}
    />
  );
}
