import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { sources } from "../../api/runningQueries.ts";
import { grouped } from "../../format/decimal.ts";
import { FlowTable } from "./FlowTable.tsx";

/** The sources, and the state of each. */
export function Sources() {
  const { t } = useTranslation("running");
  return (
    <FlowTable
      asked={useQuery(sources)}
      what={t("sources.what")}
      none={t("sources.none")}
      page={(source) => ({ to: "/running/sources/$source", params: { source } })}
      lag={{
        title: t("sources.lag"),
        width: 120,
        cell: ({ lag_messages }) => (
          <span className="figure">{lag_messages === undefined ? "–" : grouped(lag_messages)}</span>
        ),
      }}
    />
  );
}
