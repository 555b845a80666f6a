import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { quotas } from "../../../api/itemQueries.ts";
import { quantity } from "../../../format/decimal.ts";
import { type Column, DataTable } from "../../../parts/DataTable.tsx";
import { Answer, Empty } from "../../../parts/Frame.tsx";
import { Id } from "../../../parts/Id.tsx";
import { Quantity } from "../../../parts/Quantity.tsx";
import { StateBadge } from "../../../parts/StateBadge.tsx";
import { StockBar } from "../../../parts/StockBar.tsx";
import { stateOf } from "../../../states.ts";

type Row = components["schemas"]["ChannelFigures"];

/** How the channels share the item: quota = remaining + held + sold. */
export function Channels({ id, loc }: { id: string; loc: string | undefined }) {
  const { t } = useTranslation("item");
  if (loc === undefined) return <Empty>{t("choosePlace")}</Empty>;
  return <AtPlace id={id} loc={loc} />;
}

function AtPlace({ id, loc }: { id: string; loc: string }) {
  const { t } = useTranslation(["item", "app"]);
  const asked = useQuery(quotas(id, loc));
  return (
    <Answer of={asked} what={t("item:channels.what")}>
      {(data) => {
        const shared = quantity(data.shared, data.unit, data.scale);
        const change = (
          <Link to="/selling" search={{ product: id, loc }}>
            {t("item:channels.change")}
          </Link>
        );
        if (data.channels.length === 0) return <Empty action={change}>{t("item:channels.none", { shared })}</Empty>;
        const figure = (key: "quota" | "remaining" | "held" | "sold" | "available"): Column<Row> => ({
          key,
          title: t(`item:channels.${key}`),
          width: key === "sold" ? 150 : 110,
          figure: true,
          wide: key === "quota" || key === "sold",
          cell: (row) => <Quantity of={data} value={row[key]} />,
        });
        const columns: Column<Row>[] = [
          { key: "channel", title: t("item:channels.channel"), width: 140, cell: (row) => <Id>{row.channel_id}</Id> },
          {
            key: "state",
            title: t("item:channels.state"),
            width: 110,
            cell: (row) => (
              <StateBadge state={stateOf({ ...row, tracked: true, on_sale: row.on_sale && data.on_sale })} />
            ),
          },
          figure("available"),
          figure("quota"),
          figure("remaining"),
          figure("held"),
          figure("sold"),
          {
            key: "pool",
            title: t("item:channels.fromPool"),
            width: 200,
            figure: true,
            wide: true,
            cell: (row) => (
              <span className="figure">
                {quantity(row.held_from_pool, undefined, data.scale)} /{" "}
                {quantity(row.sold_from_pool, undefined, data.scale)}
              </span>
            ),
          },
          {
            key: "bar",
            title: "",
            width: 160,
            wide: true,
            cell: (row) => (
              <StockBar
                of={data}
                segments={[
                  { part: "quota", value: row.remaining },
                  { part: "held", value: row.held },
                ]}
              />
            ),
          },
        ];
        return (
          <>
            <p className="frame">
              {t("item:channels.shared")} <strong className="figure">{shared}</strong> · {change}
            </p>
            <DataTable
              label={t("item:tab.channels")}
              columns={columns}
              rows={data.channels}
              rowKey={(row) => row.channel_id}
            />
          </>
        );
      }}
    </Answer>
  );
}
