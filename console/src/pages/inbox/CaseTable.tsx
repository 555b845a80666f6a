import { Link, useNavigate } from "@tanstack/react-router";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Id } from "../../parts/Id.tsx";
import { Time } from "../../parts/Time.tsx";

type Row = components["schemas"]["Case"];

const shapes: Record<Row["kind"], string> = {
  shortage: "▲",
  oversell: "▲",
  difference: "=",
  parked: "■",
  copy: "■",
  malformed: "■",
  uncovered: "▲",
  order_twice: "=",
  against_rule: "▲",
  lost_line: "◆",
  file_lost: "◆",
  over_return: "▲",
};

/** Cases, the newest on top. */
export function CaseTable({ rows }: { rows: Row[] }) {
  const { t } = useTranslation(["inbox", "app"]);
  const navigate = useNavigate();
  const go = (row: Row) => void navigate({ to: "/cases/$case", params: { case: row.case_id } });
  const columns: Column<Row>[] = [
    {
      key: "kind",
      title: t("inbox:kind"),
      width: 120,
      second: (row) => t(`app:act.case.${row.state}`),
      cell: (row) => (
        <Link to="/cases/$case" params={{ case: row.case_id }}>
          <span aria-hidden="true">{shapes[row.kind]}</span> {t(`app:act.case.${row.kind}`)}
        </Link>
      ),
    },
    {
      key: "product",
      title: t("app:thing.product"),
      width: 160,
      second: (row) => <Id>{row.location_id}</Id>,
      cell: (row) => <Id>{row.product_id ?? row.till_id ?? ""}</Id>,
    },
    { key: "place", title: t("app:thing.location"), width: 120, wide: true, cell: (row) => <Id>{row.location_id}</Id> },
    {
      key: "short",
      title: t("inbox:short"),
      width: 80,
      figure: true,
      cell: (row) => <span className="figure">{row.quantity}</span>,
    },
    {
      key: "opened",
      title: t("inbox:opened"),
      width: 180,
      wide: true,
      cell: (row) => <Time at={row.opened_at} relative />,
    },
    {
      key: "state",
      title: t("inbox:state"),
      width: 100,
      wide: true,
      cell: (row) => t(`app:act.case.${row.state}`),
    },
    {
      key: "assignee",
      title: t("inbox:assignee"),
      width: 120,
      wide: true,
      cell: (row) => <Id>{row.assignee ?? ""}</Id>,
    },
    {
      key: "reason",
      title: t("app:figure.reason"),
      width: 220,
      wide: true,
      cell: (row) => <bdi>{[row.reason, row.reference].filter(Boolean).join(" · ")}</bdi>,
    },
  ];
  return <DataTable label={t("inbox:what")} columns={columns} rows={rows} rowKey={(row) => row.case_id} onOpen={go} />;
}
