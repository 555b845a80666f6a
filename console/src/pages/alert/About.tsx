import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { SeverityBadge } from "../../parts/AlertBadge.tsx";
import { type Alert, figureOf } from "../../parts/alerts.ts";
import { Facts } from "../../parts/Facts.tsx";
import { Id } from "../../parts/Id.tsx";
import { Time } from "../../parts/Time.tsx";

/** The findings of a rule, and the acts of people about them. */
export function About({ of }: { of: Alert }) {
  const { t } = useTranslation(["alert", "app"]);
  return (
    <Facts
      facts={[
        [t("alert:subject"), <Subject key="subject" of={of} />],
        [t("alert:severity"), <SeverityBadge key="severity" severity={of.severity} />],
        [t("alert:metric"), t(`app:alert.metric.${of.metric}`)],
        [
          t("alert:value"),
          <span key="value">
            <span className="figure">{figureOf(of.value)}</span> · <Time at={of.value_at} relative />
          </span>,
        ],
        [t("alert:since"), <Time key="since" at={of.since} relative />],
        [t("alert:firings"), of.firings],
        [t("alert:acknowledged"), of.acknowledged && <Done by={of.acknowledged} />],
        [t("alert:muted"), of.muted && <Done by={of.muted} />],
        [
          t("alert:silence"),
          of.silence_id && (
            <Link to="/inbox/alerts" search={{ tab: "silences", of: of.silence_id }}>
              <Id>{of.silence_id}</Id>
            </Link>
          ),
        ],
        [t("alert:unsent"), of.unsent > 0 ? of.unsent : undefined],
        [t("alert:error"), of.last_error && <bdi>{of.last_error}</bdi>],
        [
          t("alert:rule"),
          <Link key="rule" to="/inbox/alerts" search={{ tab: "rules", of: of.rule_id }}>
            <Id>{of.rule_id}</Id>
          </Link>,
        ],
      ]}
    />
  );
}

/** The subject of an alert, and the way there. */
function Subject({ of }: { of: Alert }) {
  const { t } = useTranslation("alert");
  const channel = of.channel_id && (
    <>
      {" "}
      · <Id>{of.channel_id}</Id>
    </>
  );
  if (of.subject === "*") return t("beyond");
  if (of.product_id) {
    const search = {
      ...(of.location_id ? { loc: of.location_id } : {}),
      ...(of.channel_id ? { ch: of.channel_id } : {}),
    };
    return (
      <>
        <Link to="/items/$product" params={{ product: of.product_id }} search={search}>
          <Id>{of.product_id}</Id>
          {of.location_id && (
            <>
              {" "}
              @ <Id>{of.location_id}</Id>
            </>
          )}
        </Link>
        {channel}
      </>
    );
  }
  if (of.metric === "sink_lag_seconds" && of.subject) {
    return (
      <Link to="/running/sinks/$sink" params={{ sink: of.subject }}>
        <Id>{of.subject}</Id>
      </Link>
    );
  }
  const tab = tabs[of.metric];
  if (tab && of.subject) {
    return (
      <Link to="/running" search={{ tab }}>
        <Id>{of.subject}</Id>
      </Link>
    );
  }
  if (of.metric === "open_cases") return <Link to="/inbox">{of.subject ? <Id>{of.subject}</Id> : t("cases")}</Link>;
  return (
    <>
      <Id>{[of.location_id, of.subject].filter(Boolean).join(" · ") || t("all")}</Id>
      {channel}
    </>
  );
}

/** The tabs for the subjects of the installation's metrics. */
const tabs: Record<string, string> = { disk_free: "fleet", certificate_days: "fleet", replica_lag: "replicas" };

function Done({ by }: { by: NonNullable<Alert["acknowledged"]> }) {
  return (
    <>
      <Id>{by.operator}</Id>, <Time at={by.at} relative /> <bdi className="muted">{by.note}</bdi>
    </>
  );
}
