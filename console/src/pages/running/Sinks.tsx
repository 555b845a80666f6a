import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { sinks } from "../../api/runningQueries.ts";
import { grouped } from "../../format/decimal.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Answer, Empty } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";

type Row = components["schemas"]["Sink"];

/** The sinks, and how far each is. */
export function Sinks() {
  const { t } = useTranslation(["running", "app"]);
  const navigate = useNavigate();
  const asked = useQuery(sinks);
  const columns: Column<Row>[] = [
    {
      key: "name",
      title: t("running:name"),
      width: 160,
      second: (row) => row.kind,
      cell: (row) => (
        <Link to="/running/sinks/$sink" params={{ sink: row.name }}>
          <Id>{row.name}</Id>
        </Link>
      ),
    },
    { key: "kind", title: t("running:kind"), width: 100, wide: true, cell: (row) => row.kind },
    { key: "state", title: t("app:parked.state"), width: 100, cell: (row) => t(`app:act.flow.${row.state}`) },
    {
      key: "lag",
      title: t("running:sinks.lag"),
      width: 160,
      figure: true,
      wide: true,
      cell: (row) => (
        <span className="figure">
          {t("running:sinks.lagOf", { events: grouped(row.lag_events), seconds: row.lag_seconds.toFixed(1) })}
        </span>
      ),
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
    <Answer of={asked} what={t("running:sinks.what")}>
      {(data) =>
        data.items.length === 0 ? (
          <Empty>{t("running:sinks.none")}</Empty>
        ) : (
          <DataTable
            label={t("running:sinks.what")}
            columns={columns}
            rows={data.items}
            rowKey={(row) => row.name}
            onOpen={(row) => void navigate({ to: "/running/sinks/$sink", params: { sink: row.name } })}
          />
        )
      }
    </Answer>
  );
}
