import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Time } from "../../parts/Time.tsx";
import type { BucketMove } from "./fleet.ts";

/** The buckets on their way to another slot, each with the step that its move has come to. */
export function MoveTable({ rows }: { rows: BucketMove[] }) {
  const { t } = useTranslation("running");
  if (rows.length === 0) return <p className="muted">{t("moves.none")}</p>;
  const columns: Column<BucketMove>[] = [
    { key: "bucket", title: t("moves.bucket"), width: 80, figure: true, cell: (row) => String(row.bucket) },
    {
      key: "way",
      title: t("moves.way"),
      width: 120,
      cell: (row) => t("moves.fromTo", { from: row.from_slot, to: row.to_slot }),
    },
    {
      key: "step",
      title: t("moves.step"),
      width: 220,
      cell: (row) => t(`moves.is.${row.step}`, { defaultValue: row.step }),
    },
    {
      key: "begun",
      title: t("moves.begun"),
      width: 170,
      wide: true,
      cell: (row) => <Time at={row.started_at} relative />,
    },
    { key: "at", title: t("moves.at"), width: 170, wide: true, cell: (row) => <Time at={row.updated_at} relative /> },
  ];
  return (
    <>
      <p role="status">{t("moves.count", { count: rows.length })}</p>
      <DataTable label={t("moves.title")} columns={columns} rows={rows} rowKey={(row) => row.bucket} />
    </>
  );
}
