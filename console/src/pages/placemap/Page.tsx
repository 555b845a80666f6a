import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { locationStock } from "../../api/placeQueries.ts";
import { seldom } from "../../api/queries.ts";
import { addTexts } from "../../app/i18n.ts";
import { grouped } from "../../format/decimal.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Answer, Empty, Page } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { StateBadge } from "../../parts/StateBadge.tsx";
import { type LocationStock, worstOf } from "../../parts/stockMap.ts";
import type { ItemState } from "../../states.ts";
import { StockMap } from "./StockMap.tsx";
import en from "./texts.en.json";
import zh from "./texts.zh.json";

addTexts("placemap", { en, zh });

const counted: ItemState[] = ["sold_out", "low", "oversold", "in_stock", "off_sale"];

/** Which places are red? */
export function PlaceMapPage() {
  const { t } = useTranslation("placemap");
  const asked = useQuery(locationStock);
  return (
    <Page
      title={t("title")}
      name={t("title")}
      purpose={t("purpose")}
      guide="places"
      reading={{ came: asked.dataUpdatedAt, error: asked.error, pace: seldom }}
    >
      <Answer of={asked} what={t("what")}>
        {({ items, more }) =>
          items.length === 0 ? (
            <Empty>{t("none")}</Empty>
          ) : (
            <>
              <StockMap of={items} />
              {more && <p className="frame muted">{t("more", { count: items.length })}</p>}
              <Table rows={items} />
            </>
          )
        }
      </Answer>
    </Page>
  );
}

/** The same as the map, as a table. */
function Table({ rows }: { rows: LocationStock[] }) {
  const { t } = useTranslation(["placemap", "app"]);
  const columns: Column<LocationStock>[] = [
    {
      key: "place",
      title: t("placemap:place"),
      width: 160,
      cell: (row) => (
        <Link to="/items" search={{ loc: row.location_id }}>
          <Id>{row.location_id}</Id>
        </Link>
      ),
    },
    { key: "name", title: t("placemap:name"), width: 180, wide: true, cell: (row) => <bdi>{row.name}</bdi> },
    {
      key: "worst",
      title: t("placemap:worst"),
      width: 130,
      cell: (row) => <StateBadge state={worstOf(row.items)} />,
    },
    ...counted.map((state, n) => ({
      key: state,
      title: t(`app:state.${state}`),
      width: 100,
      figure: true,
      wide: n > 0,
      cell: (row: LocationStock) => (
        <Link className="figure" to="/items" search={{ loc: row.location_id, status: state }}>
          {grouped(row.items?.[state] ?? 0)}
        </Link>
      ),
    })),
  ];
  return <DataTable label={t("placemap:what")} columns={columns} rows={rows} rowKey={(row) => row.location_id} />;
}
