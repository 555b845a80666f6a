import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { sources } from "../../api/runningQueries.ts";
import { grouped } from "../../format/decimal.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Answer, Empty } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";

type Row = components["schemas"]["Source"];

/** The sources, and the state of each. */
export function Sources() {
  const { t } = useTranslation(["running", "app"]);
  const navigate = useNavigate();
  const asked = useQuery(sources);
  const columns: Column<Row>[] = [
    {
      key: "name",
      title: t("running:name"),
      width: 160,
      second: (row) => row.kind,
      cell: (row) => (
        <Link to="/running/sources/$source" params={{ source: row.name }}>
          <Id>{row.name}</Id>
        </Link>
      ),
    },
    { key: "kind", title: t("running:kind"), width: 100, wide: true, cell: (row) => row.kind },
    { key: "state", title: t("app:parked.state"), width: 100, cell: (row) => t(`app:act.flow.${row.state}`) },
    {
      key: "lag",
      title: t("running:sources.lag"),
      width: 120,
      figure: true,
      wide: true,
      cell: (row) => <span className="figure">{row.lag_messages === undefined ? "–" : grouped(row.lag_messages)}</span>,
    },
    {
      key: "parked",
      title: t("app:parked.title"),
      width: 80,
      figure: true,
      cell: (row) => <span className="figure">{grouped(row.parked)}</span>,
    },
    {
      key: "error",
      title: t("running:error"),
      width: 320,
      wide: true,
      cell: (row) => <bdi title={row.last_error}>{row.last_error}</bdi>,
    },
  ];
  return (
    <Answer of={asked} what={t("running:sources.what")}>
      {(data) =>
        data.items.length === 0 ? (
          <Empty>{t("running:sources.none")}</Empty>
        ) : (
          <DataTable
            label={t("running:sources.what")}
            columns={columns}
            rows={data.items}
            rowKey={(row) => row.name}
            onOpen={(row) => void navigate({ to: "/running/sources/$source", params: { source: row.name } })}
          />
        )
      }
    </Answer>
  );
}
