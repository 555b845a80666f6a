import { Link } from "@tanstack/react-router";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { quantity } from "../../../format/decimal.ts";
import { Swatch } from "../../../parts/AccountsBar.tsx";
import type { Stock } from "../../../parts/allot.ts";
import { type Column, DataTable } from "../../../parts/DataTable.tsx";
import { Empty } from "../../../parts/Frame.tsx";
import { Id } from "../../../parts/Id.tsx";
import { Quantity } from "../../../parts/Quantity.tsx";
import { StateBadge } from "../../../parts/StateBadge.tsx";
import { StockBar } from "../../../parts/StockBar.tsx";
import { type Part, stateOf } from "../../../states.ts";

type Row = components["schemas"]["ChannelFigures"];

/** The pool and the quotas of an item: quota = remaining + held + sold. */
export function Shares({ stock }: { stock: Stock }) {
  const { t } = useTranslation(["selling", "app"]);
  const remaining = stock.channels.reduce((sum, one) => sum + one.remaining, 0);
  const segments: { part: Part; value: number }[] = [
    { part: "pool", value: stock.shared },
    { part: "quota", value: remaining },
    { part: "held", value: stock.reserved_stock },
  ];
  return (
    <section className="limited">
      <div className="accounts">
        <StockBar of={stock} tall segments={segments} />
        <p className="legend">
          {segments.map(({ part, value }) => (
            <span key={part}>
              <Swatch part={part} /> {t(`app:part.${part}`)}{" "}
              <strong className="figure">{quantity(value, stock.unit, stock.scale)}</strong>
            </span>
          ))}
        </p>
      </div>
      {stock.channels.length === 0 ? <Empty>{t("selling:channels.none")}</Empty> : <Channels stock={stock} />}
    </section>
  );
}

function Channels({ stock }: { stock: Stock }) {
  const { t } = useTranslation(["selling", "app"]);
  const figure = (key: "quota" | "remaining" | "held" | "sold" | "weight" | "level", wide: boolean): Column<Row> => ({
    key,
    title: t(`selling:channels.${key}`),
    width: 100,
    figure: true,
    wide,
    cell: (row) => <Quantity of={key === "weight" ? {} : stock} value={row[key]} />,
  });
  const columns: Column<Row>[] = [
    {
      key: "channel",
      title: t("app:thing.channel"),
      width: 130,
      second: (row) => state(row, stock),
      cell: (row) => (
        <Link
          to="/items/$product"
          params={{ product: stock.product_id }}
          search={{ loc: stock.location_id, tab: "why", ch: row.channel_id }}
        >
          <Id>{row.channel_id}</Id>
        </Link>
      ),
    },
    { key: "state", title: t("selling:channels.state"), width: 110, wide: true, cell: (row) => state(row, stock) },
    figure("quota", false),
    figure("remaining", false),
    figure("held", true),
    figure("sold", false),
    {
      key: "bar",
      title: t("selling:channels.bar"),
      width: 180,
      wide: true,
      cell: (row) => (
        <StockBar
          of={stock}
          segments={[
            { part: "quota", value: row.remaining },
            { part: "held", value: row.held },
          ]}
          rest={{ words: t("selling:channels.sold"), value: row.sold }}
        />
      ),
    },
    figure("weight", true),
    figure("level", true),
  ];
  return (
    <DataTable
      label={t("selling:tab.channels")}
      columns={columns}
      rows={stock.channels}
      rowKey={(row) => row.channel_id}
    />
  );
}

function state(row: Row, stock: Stock) {
  return <StateBadge state={stateOf({ ...row, tracked: true, on_sale: row.on_sale && stock.on_sale })} />;
}
