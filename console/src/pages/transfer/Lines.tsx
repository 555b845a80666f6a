import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Id } from "../../parts/Id.tsx";
import { lotText } from "../../parts/lots.ts";
import { Quantity } from "../../parts/Quantity.tsx";
import type { Transfer } from "./plans.ts";
import { lineName } from "./scan.ts";

type Line = Transfer["lines"][number];

/** The products of the transfer, and how far each is. */
export function Lines({ lines, to }: { lines: Line[]; to: string }) {
  const { t } = useTranslation(["transfer", "app"]);
  const figure = (
    key: "requested" | "shipped" | "received" | "lost" | "surplus" | "returned" | "in_transit",
    wide = true,
  ): Column<Line> => ({
    key,
    title: t(`transfer:${key}`),
    width: 90,
    figure: true,
    wide,
    cell: (row) => <Quantity of={row} value={row[key]} />,
  });
  const columns: Column<Line>[] = [
    {
      key: "product",
      title: t("app:thing.product"),
      width: 160,
      second: (row) => row.lot && <bdi>{lotText(row.lot)}</bdi>,
      cell: (row) => (
        <Link to="/items/$product" params={{ product: row.product_id }} search={{ loc: to }}>
          <Id>{row.product_id}</Id>
        </Link>
      ),
    },
    {
      key: "lot",
      title: t("transfer:lot"),
      width: 140,
      wide: true,
      cell: (row) => row.lot && <bdi>{lotText(row.lot)}</bdi>,
    },
    figure("requested"),
    figure("shipped"),
    figure("received", false),
    figure("lost"),
    figure("surplus"),
    figure("returned"),
    figure("in_transit", false),
  ];
  return <DataTable label={t("transfer:lines")} columns={columns} rows={lines} rowKey={lineName} />;
}
