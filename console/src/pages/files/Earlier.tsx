import { useTranslation } from "react-i18next";
import type { Import } from "../../api/fileQueries.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Empty } from "../../parts/Frame.tsx";
import { Time } from "../../parts/Time.tsx";

/** The imports of the last week, the newest first. */
export function Earlier({ items, onOpen }: { items: Import[]; onOpen: (id: string) => void }) {
  const { t } = useTranslation("files");
  const columns: Column<Import>[] = [
    { key: "at", title: t("acceptedAt"), width: 180, cell: (row) => <Time at={row.accepted_at} /> },
    {
      key: "kind",
      title: t("kind"),
      width: 140,
      cell: (row) => t(`kinds.${row.kind}`) + (row.dry_run ? ` · ${t("dry")}` : ""),
    },
    { key: "state", title: t("state"), width: 130, cell: (row) => t(`states.${row.state}`) },
    { key: "rows", title: t("rows"), figure: true, width: 90, cell: (row) => row.rows },
    { key: "applied", title: t("applied"), figure: true, width: 100, wide: true, cell: (row) => row.applied },
    { key: "unchanged", title: t("unchanged"), figure: true, width: 100, wide: true, cell: (row) => row.unchanged },
    { key: "refused", title: t("refused"), figure: true, width: 100, cell: (row) => row.refused },
  ];
  return (
    <section>
      <h2>{t("earlier")}</h2>
      {items.length === 0 ? (
        <Empty>{t("none")}</Empty>
      ) : (
        <DataTable
          label={t("earlier")}
          columns={columns}
          rows={items}
          rowKey={(row) => row.import_id}
          onOpen={(row) => onOpen(row.import_id)}
        />
      )}
    </section>
  );
}
