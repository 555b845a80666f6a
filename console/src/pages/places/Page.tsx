import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { locations, seldom } from "../../api/queries.ts";
import { addTexts } from "../../app/i18n.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Answer, Empty, Page } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { Typed } from "../../parts/Typed.tsx";
import en from "./texts.en.json";
import zh from "./texts.zh.json";

addTexts("places", { en, zh });

const route = getRouteApi("/places");

type Row = components["schemas"]["Location"];

export function PlacesPage() {
  const { t } = useTranslation(["places", "app"]);
  const { q = "" } = route.useSearch();
  const navigate = useNavigate();
  const asked = useQuery(locations);
  const columns: Column<Row>[] = [
    {
      key: "place",
      title: t("places:place"),
      width: 160,
      cell: (row) => (
        <Link to="/items" search={{ loc: row.location_id }} title={t("places:stock")}>
          <Id>{row.location_id}</Id>
        </Link>
      ),
    },
    { key: "name", title: t("places:name"), width: 200, cell: (row) => <bdi>{row.name}</bdi> },
    { key: "kind", title: t("places:kind"), width: 100, cell: (row) => t(`places:kinds.${row.kind}`) },
    { key: "region", title: t("places:region"), width: 120, wide: true, cell: (row) => <Id>{row.region ?? ""}</Id> },
    {
      key: "priority",
      title: t("places:priority"),
      width: 90,
      figure: true,
      wide: true,
      cell: (row) => <span className="figure">{row.priority}</span>,
    },
    {
      key: "uses",
      title: t("places:uses"),
      width: 240,
      wide: true,
      cell: (row) => {
        const uses = [row.online ? t("places:online") : "", row.pickup ? t("places:pickup") : ""];
        return row.active ? uses.filter(Boolean).join(", ") : <span>⊘ {t("places:inactive")}</span>;
      },
    },
    {
      key: "channels",
      title: t("places:channels"),
      width: 180,
      wide: true,
      cell: (row) => <bdi>{row.channels.length > 0 ? row.channels.join(", ") : t("places:all")}</bdi>,
    },
  ];
  const wanted = q.toLowerCase();
  const matches = (row: Row) =>
    [row.location_id, row.name, row.region ?? ""].some((text) => text.toLowerCase().includes(wanted));
  return (
    <Page
      title={t("places:title")}
      name={t("places:title")}
      purpose={t("places:purpose")}
      guide="places"
      reading={{ came: asked.dataUpdatedAt, error: asked.error, pace: seldom }}
    >
      <search className="filters">
        <Typed
          value={q}
          label={t("places:filter")}
          onChange={(next) => void navigate({ to: "/places", search: next ? { q: next } : {}, replace: true })}
          width={240}
          main
        />
      </search>
      <Answer of={asked} what={t("places:what")}>
        {(data) => {
          const rows = data.items.filter(matches);
          if (rows.length === 0) return <Empty>{t(q ? "app:frame.nothingMatches" : "places:none")}</Empty>;
          return (
            <>
              {data.more && <p className="frame muted">{t("places:more", { count: data.items.length })}</p>}
              <DataTable
                label={t("places:title")}
                fills
                columns={columns}
                rows={rows}
                rowKey={(row) => row.location_id}
                onOpen={(row) => void navigate({ to: "/items", search: { loc: row.location_id } })}
              />
            </>
          );
        }}
      </Answer>
    </Page>
  );
}
