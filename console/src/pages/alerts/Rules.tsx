import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { alertOptions, alertRules } from "../../api/alertQueries.ts";
import { SeverityBadge } from "../../parts/AlertBadge.tsx";
import { CommandButtons } from "../../parts/CommandButton.tsx";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Answer, Empty } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { RuleForm } from "./RuleForm.tsx";
import { type Metric, planDropRule, type Rule } from "./rule.ts";

/** The rules of the tenant. */
export function Rules({ chosen }: { chosen: string | undefined }) {
  const { t } = useTranslation("alerts");
  const rules = useQuery(alertRules);
  const options = useQuery(alertOptions);
  return (
    <Answer of={options} what={t("options")}>
      {({ metrics }) => (
        <Answer of={rules} what={t("rules")}>
          {({ items, next_page_token }) => {
            const one = items.find(({ rule_id }) => rule_id === chosen);
            return (
              <>
                <CommandButtons
                  offers={[
                    {
                      operation: "SetAlertRule",
                      name: "NewAlertRule",
                      form: (onClose) => <RuleForm metrics={metrics} known={items} onClose={onClose} />,
                    },
                  ]}
                />
                {one && <OneRule key={one.rule_id} of={one} metrics={metrics} known={items} />}
                {next_page_token && <p className="muted">{t("moreRules", { count: items.length })}</p>}
                {items.length > 0 ? <Table rows={items} /> : <Empty>{t("noRules")}</Empty>}
              </>
            );
          }}
        </Answer>
      )}
    </Answer>
  );
}

function OneRule({ of, metrics, known }: { of: Rule; metrics: Metric[]; known: Rule[] }) {
  const { t } = useTranslation("alerts");
  return (
    <section>
      <h2>
        <bdi>{of.title}</bdi> <Id>{of.rule_id}</Id>
      </h2>
      {of.last_error && (
        <p className="fault">
          <bdi>{of.last_error}</bdi>
        </p>
      )}
      <p>
        <Link to="/inbox/alerts" search={{ rule: of.rule_id }}>
          {t("alertsOf", { count: of.firing })}
        </Link>
      </p>
      <CommandButtons
        offers={[
          {
            operation: "SetAlertRule",
            form: (onClose) => <RuleForm metrics={metrics} was={of} known={known} onClose={onClose} />,
          },
          {
            operation: "DeleteAlertRule",
            form: (onClose) => (
              <CommandForm only operation="DeleteAlertRule" plan={() => planDropRule(of)} onClose={onClose}>
                {() => <p>{t("will.dropRule")}</p>}
              </CommandForm>
            ),
          },
        ]}
      />
    </section>
  );
}

function Table({ rows }: { rows: Rule[] }) {
  const { t } = useTranslation(["alerts", "app"]);
  const navigate = useNavigate();
  const search = (row: Rule) => ({ tab: "rules", of: row.rule_id });
  const columns: Column<Rule>[] = [
    {
      key: "rule",
      title: t("alerts:rule"),
      width: 200,
      second: (row) => <Id>{row.rule_id}</Id>,
      cell: (row) => (
        <Link to="/inbox/alerts" search={search(row)}>
          <bdi>{row.title}</bdi>
        </Link>
      ),
    },
    { key: "id", title: t("alerts:id"), width: 140, wide: true, cell: (row) => <Id>{row.rule_id}</Id> },
    {
      key: "metric",
      title: t("alerts:of.metric"),
      width: 160,
      wide: true,
      cell: (row) => t(`app:alert.metric.${row.metric}`),
    },
    {
      key: "condition",
      title: t("alerts:of.condition"),
      width: 220,
      wide: true,
      cell: (row) => <Id>{row.condition}</Id>,
    },
    {
      key: "severity",
      title: t("alerts:severity"),
      width: 110,
      wide: true,
      cell: (row) => <SeverityBadge severity={row.severity} />,
    },
    {
      key: "to",
      title: t("alerts:of.send_to"),
      width: 160,
      wide: true,
      cell: (row) => <Id>{row.send_to?.join(", ") ?? ""}</Id>,
    },
    {
      key: "firing",
      title: t("alerts:firing"),
      width: 90,
      figure: true,
      cell: (row) => <span className={row.firing === 0 ? "figure zero" : "figure"}>{row.firing}</span>,
    },
    {
      key: "enabled",
      title: t("alerts:of.enabled"),
      width: 100,
      cell: (row) => (row.last_error ? `▲ ${t("alerts:fails")}` : t(row.enabled ? "app:act.yes" : "app:act.no")),
    },
  ];
  return (
    <DataTable
      label={t("alerts:rules")}
      columns={columns}
      rows={rows}
      rowKey={(row) => row.rule_id}
      onOpen={(row) => void navigate({ to: "/inbox/alerts", search: search(row) })}
    />
  );
}
