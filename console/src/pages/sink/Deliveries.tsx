import { useQuery } from "@tanstack/react-query";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { deliveries } from "../../api/runningQueries.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Answer } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { Time } from "../../parts/Time.tsx";

type Row = components["schemas"]["Delivery"];

/** The latest deliveries of a webhook. */
export function Deliveries({ name }: { name: string }) {
  const { t } = useTranslation("sink");
  const asked = useQuery(deliveries(name));
  const columns: Column<Row>[] = [
    { key: "at", title: t("at.time"), width: 180, cell: (row) => <Time at={row.at} relative /> },
    { key: "status", title: t("status"), width: 80, figure: true, cell: (row) => row.status || "–" },
    { key: "took", title: t("took"), width: 90, figure: true, wide: true, cell: (row) => row.took_ms },
    { key: "try", title: t("try"), width: 70, figure: true, wide: true, cell: (row) => row.try },
    { key: "event", title: t("event"), width: 200, cell: (row) => <Id>{row.event_id}</Id> },
    { key: "error", title: t("error"), width: 260, wide: true, cell: (row) => <bdi>{row.error}</bdi> },
  ];
  return (
    <section>
      <h2>{t("deliveries")}</h2>
      <Answer of={asked} what={t("deliveries")} rows={3}>
        {(data) =>
          data.items.length === 0 ? (
            <p className="muted">{t("noDeliveries")}</p>
          ) : (
            <DataTable label={t("deliveries")} columns={columns} rows={data.items} rowKey={(row) => row.id} />
          )
        }
      </Answer>
    </section>
  );
}
