import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { grouped } from "../../format/decimal.ts";
import { Facts } from "../../parts/Facts.tsx";
import { Id } from "../../parts/Id.tsx";
import { Time } from "../../parts/Time.tsx";

/** How far a sink is. */
export function About({ sink }: { sink: components["schemas"]["Sink"] }) {
  const { t } = useTranslation(["sink", "app"]);
  const filter = sink.filter && JSON.stringify(sink.filter);
  return (
    <Facts
      facts={[
        [t("app:parked.state"), <strong key="state">{t(`app:act.flow.${sink.state}`)}</strong>],
        [t("sink:failing"), sink.failing_since && <Time at={sink.failing_since} relative />],
        [t("sink:error"), sink.last_error && <bdi>{sink.last_error}</bdi>],
        [
          t("sink:lag"),
          <span key="lag" className="figure">
            {t("sink:lagOf", { events: grouped(sink.lag_events), seconds: sink.lag_seconds.toFixed(1) })}
          </span>,
        ],
        [t("app:parked.title"), grouped(sink.parked)],
        [
          t("sink:delivered"),
          t("sink:deliveredOf", { count: grouped(sink.delivered), retries: grouped(sink.retries) }),
        ],
        [t("sink:kind"), sink.kind],
        [t("sink:target"), <Id key="target">{sink.target}</Id>],
        [t("sink:topic"), sink.topic && <Id>{sink.topic}</Id>],
        [t("sink:filter"), filter ? <bdi key="filter">{filter}</bdi> : t("sink:allEvents")],
        [t("sink:relay"), sink.relay ? <Id key="relay">{sink.relay}</Id> : t("sink:noRelay")],
        [t("sink:position"), <Id key="position">{sink.position}</Id>],
        [t("sink:rebuilding"), sink.rebuilding ? t("app:act.yes") : undefined],
      ]}
    />
  );
}
