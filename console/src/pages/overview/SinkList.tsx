import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { grouped } from "../../format/decimal.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Answer } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";

type Row = components["schemas"]["Sink"];

interface Asked {
  data: components["schemas"]["ListSinksResponse"] | undefined;
  error: unknown;
  dataUpdatedAt: number;
  refetch: () => unknown;
}

/** The sinks and how far each is behind; nothing where there are none. */
export function SinkList({ of }: { of: Asked }) {
  const { t } = useTranslation("overview");
  if (of.data?.items.length === 0) return null;
  const count = (key: "lag_events" | "lag_seconds" | "parked", title: string): Column<Row> => ({
    key,
    title,
    width: 90,
    figure: true,
    cell: (row) => <span className="figure">{grouped(Math.round(row[key]))}</span>,
  });
  const columns: Column<Row>[] = [
    { key: "name", title: t("sink"), width: 160, cell: (row) => <Id>{row.name}</Id> },
    { key: "state", title: t("sinkState"), width: 110, cell: (row) => t(`sinkStates.${row.state}`) },
    count("lag_events", t("lagEvents")),
    count("lag_seconds", t("lagSeconds")),
    count("parked", t("parked")),
  ];
  return (
    <section id="sinks" aria-label={t("sinks")}>
      <h2>{t("sinks")}</h2>
      <Answer of={of} what={t("sinksWhat")} rows={2}>
        {({ items }) => <DataTable label={t("sinks")} columns={columns} rows={items} rowKey={({ name }) => name} />}
      </Answer>
    </section>
  );
}
