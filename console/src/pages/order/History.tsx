import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { journal } from "../../api/queries.ts";
import { change } from "../../format/decimal.ts";
import { Answer } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { Time } from "../../parts/Time.tsx";
import { stepsOf } from "./steps.ts";

type Entry = components["schemas"]["LogEntry"];

const spelled = 5;

/** Of each product of the order, how it is measured. */
export type Measures = Map<string, { unit?: string; scale?: number }>;

export function History({ id, measures }: { id: string; measures: Measures }) {
  const { t } = useTranslation(["order", "app"]);
  const asked = useQuery(journal({ order_id: id }, undefined, true));
  return (
    <section>
      <h2>{t("order:history")}</h2>
      <Answer of={asked} what={t("app:nav.journal")}>
        {(data) => (
          <ol className="timeline">
            {stepsOf(data.items).map((step) => (
              <Step key={`${step[0]?.entry_id} ${step[0]?.product_id}`} entries={step} measures={measures} />
            ))}
          </ol>
        )}
      </Answer>
      <Link to="/journal" search={{ order: id }}>
        {t("order:journalMore")}
      </Link>
    </section>
  );
}

function Step({ entries, measures }: { entries: Entry[]; measures: Measures }) {
  const { t } = useTranslation("app");
  const [first] = entries;
  if (!first) return null;
  const more = entries.length - spelled;
  return (
    <li>
      <Time at={first.at} relative /> <strong>{t(`operation.${first.operation}`)}</strong>{" "}
      <span className="muted">
        <bdi>{[first.operator, first.reason_code, first.reason, first.reference].filter(Boolean).join(" · ")}</bdi>
      </span>
      <ul>
        {entries.slice(0, spelled).map((entry) => (
          <li key={`${entry.entry_id} ${entry.product_id} ${entry.location_id}`}>
            <Link
              to="/items/$product"
              params={{ product: entry.product_id }}
              search={{ loc: entry.location_id, tab: "journal" }}
            >
              <Id>{entry.product_id}</Id>
            </Link>{" "}
            <span className="muted">@</span> <Id>{entry.location_id}</Id>{" "}
            <span className="figure">
              {t("figure.available")} {change(entry.delta_available, measures.get(entry.product_id)?.scale)},{" "}
              {t("part.held")} {change(entry.delta_reserved, measures.get(entry.product_id)?.scale)}{" "}
              {measures.get(entry.product_id)?.unit}
            </span>
          </li>
        ))}
        {more > 0 && <li className="muted">+ {more}</li>}
      </ul>
    </li>
  );
}
