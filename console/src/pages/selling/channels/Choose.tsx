import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { items } from "../../../api/itemQueries.ts";
import type { ListedItem } from "../../../api/types.ts";
import { grouped } from "../../../format/decimal.ts";
import { type Column, DataTable } from "../../../parts/DataTable.tsx";
import { Answer, Empty } from "../../../parts/Frame.tsx";
import { Id } from "../../../parts/Id.tsx";
import { PlaceSelect } from "../../../parts/PlaceSelect.tsx";
import { Quantity } from "../../../parts/Quantity.tsx";
import { StateBadge } from "../../../parts/StateBadge.tsx";
import { Typed } from "../../../parts/Typed.tsx";

export interface Filter {
  q?: string;
  loc?: string;
  ch?: string;
}

/** The items to choose one from. The API cannot list those alone that have quotas. */
export function Choose(props: { filter: Filter; onChange: (next: Filter, replace?: boolean) => void }) {
  const { t } = useTranslation(["selling", "app"]);
  const navigate = useNavigate();
  const { filter, onChange } = props;
  const asked = useQuery(items(filter, undefined));
  const to = ({ inventory }: ListedItem) => ({
    to: "/selling" as const,
    search: { product: inventory.product_id, loc: inventory.location_id },
  });
  const columns: Column<ListedItem>[] = [
    {
      key: "product",
      title: t("app:thing.product"),
      width: 220,
      second: ({ inventory }) => <Id>{inventory.location_id}</Id>,
      cell: (row) => (
        <>
          <Link {...to(row)}>
            <Id>{row.inventory.product_id}</Id>
          </Link>{" "}
          {row.title && <bdi className="muted">{row.title}</bdi>}
        </>
      ),
    },
    {
      key: "place",
      title: t("app:thing.location"),
      width: 140,
      wide: true,
      cell: ({ inventory }) => <Id>{inventory.location_id}</Id>,
    },
    {
      key: "state",
      title: filter.ch ? t("selling:choose.stateOn", { channel: filter.ch }) : t("selling:channels.state"),
      width: 130,
      cell: ({ state }) => <StateBadge state={state} />,
    },
    {
      key: "available",
      title: t("app:figure.available"),
      width: 110,
      figure: true,
      cell: ({ inventory }) => (
        <Quantity of={inventory} value={inventory.tracked ? inventory.available_stock : undefined} />
      ),
    },
  ];
  return (
    <>
      <search className="filters">
        <Typed
          value={filter.q}
          label={t("selling:choose.filter")}
          onChange={(q) => onChange({ ...filter, q: q ?? "" }, true)}
          width={220}
          main
        />
        <PlaceSelect value={filter.loc} onChange={(loc) => onChange({ ...filter, loc: loc ?? "" })} />
        <Typed
          value={filter.ch}
          label={t("app:thing.channel")}
          onChange={(ch) => onChange({ ...filter, ch: ch ?? "" }, true)}
          width={120}
        />
      </search>
      <p className="muted frame">{t("selling:choose.note")}</p>
      <Answer of={asked} what={t("selling:choose.what")} rows={12}>
        {(data) =>
          data.items.length === 0 ? (
            <Empty>{t(Object.keys(filter).length > 0 ? "app:frame.nothingMatches" : "selling:choose.none")}</Empty>
          ) : (
            <>
              {data.items.length < data.total && (
                <p className="muted frame">
                  {t("selling:choose.more", { count: data.items.length, total: grouped(data.total) })}
                </p>
              )}
              <div className="tab-list">
                <DataTable
                  label={t("selling:choose.what")}
                  fills
                  columns={columns}
                  rows={data.items}
                  rowKey={({ inventory }) => `${inventory.product_id}/${inventory.location_id}`}
                  onOpen={(row) => void navigate(to(row))}
                />
              </div>
            </>
          )
        }
      </Answer>
    </>
  );
}
