import { Link } from "@tanstack/react-router";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Empty } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { Quantity } from "../../parts/Quantity.tsx";
import { StockBar } from "../../parts/StockBar.tsx";
import { nameOf } from "./plans.ts";
import type { Campaign } from "./rule.ts";

type Row = components["schemas"]["CampaignItem"];

/** The items of the campaign, with the state of each in the books. */
export function Items({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation(["campaign", "app"]);
  if (campaign.items.length === 0) return <Empty>{t("campaign:noItems")}</Empty>;
  const figure = (key: "quota" | "in_force" | "remaining" | "held" | "sold", wide = false): Column<Row> => ({
    key,
    title: t(`campaign:head.${key}`),
    width: 90,
    figure: true,
    wide,
    cell: (row) => <Quantity of={row} value={row[key]} />,
  });
  const columns: Column<Row>[] = [
    {
      key: "product",
      title: t("app:thing.product"),
      width: 170,
      second: (row) => <Id>{row.location_id}</Id>,
      cell: (row) => (
        <Link
          to="/items/$product"
          params={{ product: row.product_id }}
          search={{ loc: row.location_id, tab: "channels" }}
        >
          <Id>{row.product_id}</Id>
        </Link>
      ),
    },
    { key: "place", title: t("app:thing.location"), width: 120, wide: true, cell: (row) => <Id>{row.location_id}</Id> },
    {
      key: "state",
      title: t("campaign:head.state"),
      width: 110,
      cell: (row) => t(`campaign:itemState.${row.ended ? "out" : row.state}`),
    },
    figure("quota", true),
    figure("in_force", true),
    figure("remaining"),
    figure("held", true),
    figure("sold"),
    {
      key: "bar",
      title: t("campaign:head.bar"),
      width: 160,
      wide: true,
      cell: (row) => (
        <StockBar
          of={row}
          segments={[
            { part: "quota", value: row.remaining },
            { part: "held", value: row.held },
          ]}
          rest={{ words: t("campaign:head.sold"), value: row.sold }}
        />
      ),
    },
  ];
  return (
    <>
      <Refused items={campaign.items.filter(({ state }) => state === "refused" || state === "differs")} />
      {campaign.next_page_token && (
        <p className="muted frame">{t("campaign:more", { count: campaign.items.length })}</p>
      )}
      <DataTable label={t("campaign:items")} columns={columns} rows={campaign.items} rowKey={nameOf} />
    </>
  );
}

/** The items that the books refused, with the reason. */
function Refused({ items }: { items: Row[] }) {
  const { t } = useTranslation(["campaign", "app"]);
  if (items.length === 0) return null;
  return (
    <section className="frame">
      <h2>{t("campaign:refused")}</h2>
      <ul className="plain-list">
        {items.slice(0, 20).map((item) => (
          <li key={nameOf(item)}>
            <Id>{nameOf(item)}</Id>: {t(`app:problem.${item.code}`, { defaultValue: item.code ?? "" })}{" "}
            <small className="muted">
              <bdi>{item.detail}</bdi>
            </small>
          </li>
        ))}
      </ul>
    </section>
  );
}
