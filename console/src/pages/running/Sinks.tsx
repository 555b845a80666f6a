import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { sinks } from "../../api/runningQueries.ts";
import { grouped } from "../../format/decimal.ts";
import { FlowTable } from "./FlowTable.tsx";

/** The sinks, and how far each is. */
export function Sinks() {
  const { t } = useTranslation("running");
  return (
    <FlowTable
      asked={useQuery(sinks)}
      what={t("sinks.what")}
      none={t("sinks.none")}
      page={(sink) => ({ to: "/running/sinks/$sink", params: { sink } })}
      lag={{
        title: t("sinks.lag"),
        width: 160,
        cell: ({ lag_events, lag_seconds }) => (
          <span className="figure">
            {t("sinks.lagOf", { events: grouped(lag_events), seconds: lag_seconds.toFixed(1) })}
          </span>
        ),
      }}
    />
  );
}
