import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { alertSilences } from "../../api/alertQueries.ts";
import { CommandButtons } from "../../parts/CommandButton.tsx";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Answer, Empty } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { Time } from "../../parts/Time.tsx";
import { SilenceForm } from "./SilenceForm.tsx";
import { planEndSilence, type Silence } from "./silence.ts";

/** Silences keep notices back for a time. */
export function Silences({ chosen }: { chosen: string | undefined }) {
  const { t } = useTranslation("alerts");
  const of = useQuery(alertSilences);
  return (
    <Answer of={of} what={t("silences")}>
      {({ items }) => {
        const one = items.find(({ silence_id }) => silence_id === chosen);
        return (
          <>
            <CommandButtons
              offers={[
                {
                  operation: "SetAlertSilence",
                  form: (onClose) => <SilenceForm known={items} onClose={onClose} />,
                },
              ]}
            />
            {one && <OneSilence key={one.silence_id} of={one} />}
            {items.length > 0 ? <Table rows={items} /> : <Empty>{t("noSilences")}</Empty>}
          </>
        );
      }}
    </Answer>
  );
}

function OneSilence({ of }: { of: Silence }) {
  const { t } = useTranslation("alerts");
  return (
    <section>
      <h2>
        <Id>{of.silence_id}</Id>
      </h2>
      <CommandButtons
        offers={[
          {
            operation: "DeleteAlertSilence",
            form: (onClose) => (
              <CommandForm only operation="DeleteAlertSilence" plan={() => planEndSilence(of)} onClose={onClose}>
                {() => <p>{t("will.endSilence")}</p>}
              </CommandForm>
            ),
          },
        ]}
      />
    </section>
  );
}

function Table({ rows }: { rows: Silence[] }) {
  const { t } = useTranslation(["alerts", "app"]);
  const navigate = useNavigate();
  const search = (row: Silence) => ({ tab: "silences", of: row.silence_id });
  const about = (row: Silence) => {
    const named = [row.rule_id, row.product_id, row.location_id, row.channel_id].filter(Boolean).join(" · ");
    return named ? <Id>{named}</Id> : t("app:act.all");
  };
  const columns: Column<Silence>[] = [
    {
      key: "id",
      title: t("alerts:silence"),
      width: 180,
      second: about,
      cell: (row) => (
        <Link to="/inbox/alerts" search={search(row)}>
          <Id>{row.silence_id}</Id>
        </Link>
      ),
    },
    { key: "about", title: t("alerts:subject"), width: 240, wide: true, cell: about },
    {
      key: "active",
      title: t("alerts:active"),
      width: 100,
      cell: (row) => (row.active ? `⊘ ${t("app:act.yes")}` : t("app:act.no")),
    },
    { key: "from", title: t("alerts:from"), width: 180, wide: true, cell: (row) => <Time at={row.from} relative /> },
    { key: "until", title: t("alerts:until"), width: 180, wide: true, cell: (row) => <Time at={row.until} relative /> },
    { key: "reason", title: t("app:figure.reason"), width: 220, wide: true, cell: (row) => <bdi>{row.reason}</bdi> },
    { key: "who", title: t("app:figure.operator"), width: 120, wide: true, cell: (row) => <Id>{row.operator}</Id> },
  ];
  return (
    <DataTable
      label={t("alerts:silences")}
      columns={columns}
      rows={rows}
      rowKey={(row) => row.silence_id}
      onOpen={(row) => void navigate({ to: "/inbox/alerts", search: search(row) })}
    />
  );
}
