import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { grouped } from "../../format/decimal.ts";
import { Time } from "../../parts/Time.tsx";
import type { Campaign } from "./rule.ts";

/** The campaign: its state, its rule, and how the books took its items. */
export function About({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation("campaign");
  const { rule = {} } = campaign;
  const limit = (value: number | undefined) => (value ? grouped(value) : t("noLimit"));
  const said: [string, ReactNode][] = [
    [t("rule.starts"), <Time key="s" at={rule.starts_at} relative />],
    [t("rule.ends"), <Time key="e" at={rule.ends_at} relative />],
    ...(campaign.ended_at ? [[t("endedAt"), <Time key="d" at={campaign.ended_at} />] as [string, ReactNode]] : []),
    [t("rule.perOrder"), limit(rule.max_units_per_order)],
    [t("rule.perCustomer"), limit(rule.max_units_per_customer)],
    [t("rule.holds"), limit(rule.max_holds_per_customer)],
    [t("rule.draws"), t((rule.draws_shared ?? true) ? "yes" : "no")],
    [t("rule.lends"), lends()],
    [t("rule.priority"), rule.priority ?? 0],
  ];

  function lends(): ReactNode {
    if (rule.lends_to_all) return t("lends.all");
    return rule.lends_to?.length ? <bdi>{rule.lends_to.join(", ")}</bdi> : t("lends.nobody");
  }

  return (
    <>
      <p className="frame">
        <strong>{t(`state.${campaign.state}`)}</strong> ·{" "}
        {t("counts", {
          items: grouped(campaign.item_count),
          pending: grouped(campaign.pending),
          refused: grouped(campaign.refused),
        })}
      </p>
      {campaign.text && (
        <p className="frame">
          <bdi>{campaign.text}</bdi>
        </p>
      )}
      <dl className="facts frame">
        {said.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
