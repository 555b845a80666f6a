import { useQueries } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { nodes, replicas } from "../../api/runningQueries.ts";
import { grouped } from "../../format/decimal.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Answer, Empty } from "../../parts/Frame.tsx";
import { nameIn, type Replica } from "./fleet.ts";
import { Handbook } from "./Handbook.tsx";

/** The replicas, as each server sees them. */
export function Replicas() {
  const { t } = useTranslation("running");
  const [asked, servers] = useQueries({ queries: [replicas, nodes] });
  const columns: Column<Replica>[] = [
    { key: "name", title: t("name"), width: 140, cell: (row) => <bdi>{row.name}</bdi> },
    {
      key: "seen",
      title: t("replicas.seenBy"),
      width: 160,
      cell: (row) => <bdi>{nameIn(servers.data?.items ?? [], row.node_id)}</bdi>,
    },
    {
      key: "state",
      title: t("state"),
      width: 110,
      cell: (row) => (row.state === "serving" ? `● ${t("replicas.serving")}` : `○ ${t("replicas.left_out")}`),
    },
    {
      key: "records",
      title: t("replicas.records"),
      width: 110,
      figure: true,
      wide: true,
      cell: (row) => (row.lag_records === undefined ? "–" : grouped(row.lag_records)),
    },
    {
      key: "seconds",
      title: t("replicas.seconds"),
      width: 110,
      figure: true,
      cell: (row) => (row.lag_seconds === undefined ? "–" : row.lag_seconds.toFixed(1)),
    },
    {
      key: "heads",
      title: t("replicas.heads"),
      width: 180,
      wide: true,
      cell: (row) => row.positions?.map(({ slot, head_seq }) => `${slot}: ${grouped(head_seq)}`).join(" · ") ?? "–",
    },
    {
      key: "reason",
      title: t("replicas.reason"),
      width: 260,
      wide: true,
      cell: (row) => <bdi title={row.reason}>{row.reason}</bdi>,
    },
  ];
  return (
    <Answer of={asked} what={t("replicas.what")} rows={3}>
      {({ items = [] }) =>
        items.length === 0 ? (
          <Empty action={<Handbook page="operations/replicas" />}>{t("replicas.none")}</Empty>
        ) : (
          <>
            <p className="muted">
              {t("replicas.how")} <Handbook page="operations/replicas" />
            </p>
            <DataTable
              label={t("replicas.what")}
              columns={columns}
              rows={items}
              rowKey={(row) => `${row.name} ${row.node_id}`}
            />
          </>
        )
      }
    </Answer>
  );
}
