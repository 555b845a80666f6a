import { useTranslation } from "react-i18next";
import { useNow } from "../../parts/AsOf.tsx";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Id } from "../../parts/Id.tsx";
import { Time } from "../../parts/Time.tsx";
import { bytes, daysUntil, freeShare, type Node, nameOf } from "./fleet.ts";

/** The servers, each as it last reported itself. */
export function NodeTable({ rows }: { rows: Node[] }) {
  const { t } = useTranslation("running");
  const columns: Column<Node>[] = [
    {
      key: "name",
      title: t("name"),
      width: 180,
      second: (row) => <Id>{row.node_id}</Id>,
      cell: (row) => (
        <>
          <bdi>{nameOf(row)}</bdi>
          {row.answers && <span className="muted"> {t("nodes.answers")}</span>}
        </>
      ),
    },
    { key: "id", title: t("id"), width: 150, wide: true, cell: (row) => <Id>{row.node_id}</Id> },
    { key: "state", title: t("state"), width: 90, cell: (row) => <State of={row} /> },
    { key: "version", title: t("nodes.version"), width: 90, wide: true, cell: (row) => <bdi>{row.version}</bdi> },
    {
      key: "since",
      title: t("nodes.since"),
      width: 170,
      wide: true,
      cell: (row) => <Time at={row.started_at} relative />,
    },
    {
      key: "slots",
      title: t("nodes.slots"),
      width: 110,
      wide: true,
      cell: (row) => row.slots?.join(", ") ?? <span className="muted">–</span>,
    },
    { key: "disk", title: t("nodes.disk"), width: 150, figure: true, cell: (row) => <Disk of={row} /> },
    {
      key: "certificate",
      title: t("nodes.certificate"),
      width: 130,
      wide: true,
      cell: (row) => <Certificate of={row} />,
    },
  ];
  return <DataTable label={t("nodes.what")} columns={columns} rows={rows} rowKey={(row) => row.node_id} />;
}

function State({ of }: { of: Node }) {
  const { t } = useTranslation("running");
  return of.state === "serving" ? `● ${t("nodes.serving")}` : `○ ${t("nodes.silent")}`;
}

function Disk({ of }: { of: Node }) {
  const { t } = useTranslation("running");
  const share = freeShare(of);
  if (share === undefined || of.disk_free_bytes === undefined) return <span className="muted">–</span>;
  return <span className="figure">{t("nodes.free", { room: bytes(of.disk_free_bytes), share })}</span>;
}

function Certificate({ of }: { of: Node }) {
  const { t } = useTranslation("running");
  const now = useNow(60_000);
  if (!of.certificate_expires_at) return <span className="muted">{t("nodes.plain")}</span>;
  const count = daysUntil(of.certificate_expires_at, now);
  return (
    <time dateTime={of.certificate_expires_at} title={of.certificate_expires_at} className="figure">
      {count < 0 ? t("nodes.ended") : t("nodes.days", { count })}
    </time>
  );
}
