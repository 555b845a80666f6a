import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { AlertBadge, SeverityBadge } from "../../parts/AlertBadge.tsx";
import { type Alert, figureOf, subjectOf } from "../../parts/alerts.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Id } from "../../parts/Id.tsx";
import { Time } from "../../parts/Time.tsx";

/** Alerts, those that changed last on top. */
export function AlertTable({ rows }: { rows: Alert[] }) {
  const { t } = useTranslation(["alerts", "app"]);
  const navigate = useNavigate();
  const to = (row: Alert) => ({ to: "/alerts/$alert" as const, params: { alert: row.alert_id } });
  const subject = (row: Alert) => <Id>{subjectOf(row).join(" · ")}</Id>;
  const columns: Column<Alert>[] = [
    {
      key: "title",
      title: t("alerts:alert"),
      width: 220,
      second: subject,
      cell: (row) => (
        <Link {...to(row)}>
          <bdi>{row.title}</bdi>
        </Link>
      ),
    },
    { key: "subject", title: t("alerts:subject"), width: 220, wide: true, cell: subject },
    { key: "state", title: t("alerts:state"), width: 130, cell: (row) => <AlertBadge state={row.state} /> },
    {
      key: "severity",
      title: t("alerts:severity"),
      width: 110,
      wide: true,
      cell: (row) => <SeverityBadge severity={row.severity} />,
    },
    {
      key: "value",
      title: t("alerts:value"),
      width: 90,
      figure: true,
      cell: (row) => <span className="figure">{figureOf(row.value)}</span>,
    },
    {
      key: "since",
      title: t("alerts:since"),
      width: 180,
      wide: true,
      cell: (row) => <Time at={row.since} relative />,
    },
    {
      key: "who",
      title: t("alerts:who"),
      width: 120,
      wide: true,
      cell: (row) => <Id>{row.acknowledged?.operator ?? row.muted?.operator ?? ""}</Id>,
    },
  ];
  return (
    <DataTable
      label={t("alerts:what")}
      columns={columns}
      rows={rows}
      rowKey={(row) => row.alert_id}
      onOpen={(row) => void navigate(to(row))}
    />
  );
}
