import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { serviceFigures } from "../../api/figureQueries.ts";
import { save } from "../../format/csv.ts";
import { grouped } from "../../format/decimal.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Answer, Empty } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { Time } from "../../parts/Time.tsx";
import { FiguresFrame } from "./FiguresFrame.tsx";
import {
  busiest,
  type Handled,
  percent,
  type Service,
  type Span,
  serviceTable,
  spanOf,
  spans,
  three,
} from "./service.ts";

type SinkFigures = components["schemas"]["SinkFigures"];

const route = getRouteApi("/figures");

/** How the node that answers has served, and how much of what was due each sink has delivered. */
export function ServiceTab() {
  const { t } = useTranslation("figures");
  const navigate = useNavigate();
  const chosen = spanOf(route.useSearch().span);
  const answer = useQuery(serviceFigures);
  const { data } = answer;
  return (
    <FiguresFrame
      tab="service"
      reading={{ came: answer.dataUpdatedAt, error: answer.error, pace: 10_000 }}
      keep={data && (() => save("holdfast-service.csv", serviceTable(data)))}
      name={t("service.export")}
    >
      <search className="filters">
        <select
          className="choice-of"
          aria-label={t("span")}
          value={chosen}
          onChange={({ target }) =>
            void navigate({
              to: "/figures",
              search: { tab: "service", ...(target.value === "recent" ? {} : { span: target.value }) },
            })
          }
        >
          {spans.map((span) => (
            <option key={span} value={span}>
              {t(`service.${span}`)}
            </option>
          ))}
        </select>
      </search>
      <Answer of={answer} what={t("service.what")} rows={8}>
        {(of) => <Served of={of} span={of[chosen]} />}
      </Answer>
    </FiguresFrame>
  );
}

function Served({ of, span }: { of: Service; span: Span | undefined }) {
  const { t } = useTranslation("figures");
  return (
    <>
      <p className="muted">
        {t("service.node")} {of.started_at && <Time at={of.started_at} relative />}
      </p>
      {span && <Calls of={span} />}
      <Operations of={span} />
      <Sinks of={of.sinks} />
    </>
  );
}

function Calls({ of }: { of: Span }) {
  const { t } = useTranslation("figures");
  const seconds = three(of.seconds);
  const tiles = [
    {
      name: "queries",
      formula: "queries ÷ seconds",
      value: three(of.queries_per_second),
      parts: [grouped(of.queries), seconds],
    },
    {
      name: "writes",
      formula: "writes ÷ seconds",
      value: three(of.writes_per_second),
      parts: [grouped(of.writes), seconds],
    },
    {
      name: "conflicts",
      formula: "conflicts ÷ writes",
      value: percent(of.conflict_rate),
      parts: [grouped(of.conflicts), grouped(of.writes)],
    },
  ];
  return (
    <dl className="tiles">
      {tiles.map(({ name, formula, value, parts }) => (
        <div key={name}>
          <dt title={formula}>{t(`service.rate.${name}`)}</dt>
          <dd>
            {value} <small className="muted">{parts.join(" ÷ ")}</small>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Operations({ of }: { of: Span | undefined }) {
  const { t } = useTranslation("figures");
  const took = (key: "p50_ms" | "p95_ms" | "p99_ms", wide: boolean): Column<Handled> => ({
    key,
    title: t(`service.${key}`),
    figure: true,
    width: 90,
    wide,
    cell: (row) => (row[key] === undefined ? "–" : three(row[key])),
  });
  const columns: Column<Handled>[] = [
    { key: "operation", title: t("service.operation"), width: 220, cell: (row) => <Id>{row.operation}</Id> },
    {
      key: "kind",
      title: t("service.kind"),
      width: 90,
      wide: true,
      cell: (row) => t(row.write ? "service.write" : "service.query"),
    },
    { key: "calls", title: t("service.calls"), figure: true, width: 90, cell: (row) => grouped(row.calls) },
    {
      key: "per_second",
      title: t("service.perSecond"),
      figure: true,
      width: 90,
      wide: true,
      cell: (row) => three(row.per_second),
    },
    took("p50_ms", true),
    took("p95_ms", true),
    took("p99_ms", false),
  ];
  const rows = busiest(of);
  return (
    <section>
      <h2>{t("service.operations")}</h2>
      {rows.length === 0 ? (
        <Empty>{t("service.noCalls")}</Empty>
      ) : (
        <DataTable
          label={t("service.operations")}
          columns={columns}
          rows={rows}
          rowKey={({ operation }) => operation}
        />
      )}
    </section>
  );
}

function Sinks({ of }: { of: readonly SinkFigures[] }) {
  const { t } = useTranslation("figures");
  if (of.length === 0) return null;
  const columns: Column<SinkFigures>[] = [
    { key: "name", title: t("service.sink"), width: 200, cell: ({ name }) => <Id>{name}</Id> },
    {
      key: "delivered",
      title: t("service.delivered"),
      figure: true,
      width: 110,
      cell: (row) => grouped(row.delivered),
    },
    { key: "due", title: t("service.due"), figure: true, width: 110, cell: (row) => grouped(row.due) },
    {
      key: "delivery_rate",
      title: <span title="delivered ÷ due">{t("service.deliveryRate")}</span>,
      figure: true,
      width: 110,
      cell: (row) => percent(row.delivery_rate),
    },
  ];
  return (
    <section>
      <h2>{t("service.sinks")}</h2>
      <DataTable label={t("service.sinks")} columns={columns} rows={of} rowKey={({ name }) => name} />
    </section>
  );
}
