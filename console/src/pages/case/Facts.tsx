import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { quantity } from "../../format/decimal.ts";
import { Id } from "../../parts/Id.tsx";
import { Time } from "../../parts/Time.tsx";
import { type Case, carriedOut, type Measure } from "./plans.ts";

/** The case in words, and the decision about it. */
export function Facts({ of, measure }: { of: Case; measure: Measure }) {
  const { t } = useTranslation(["case", "app"]);
  const units = (value: number) => quantity(value, measure.unit, measure.scale);
  const names = {
    product: of.product_id ?? "",
    place: of.location_id,
    till: of.till_id ?? "",
    order: of.order_id ?? "",
    units: units(of.quantity),
    did: of.lost ? t(`case:did.${of.lost.did}`) : "",
  };
  const told = [of.operator, of.reason, of.reference].filter(Boolean).join(" · ");
  return (
    <section>
      <p className="verdict">
        <bdi>{t(`case:told.${of.kind}`, names)}</bdi>
      </p>
      <p>
        <strong>{t(`app:act.case.${of.state}`)}</strong>, {t("case:at")}{" "}
        <Time at={of.happened_at ?? of.opened_at} relative /> <bdi className="muted">{told}</bdi>
        {of.assignee && (
          <>
            {" · "}
            {t("case:assignee")} <Id>{of.assignee}</Id>
          </>
        )}
        {of.order_id && (
          <>
            {" · "}
            {t("case:soldAs")} <Id>{of.order_id}</Id>
          </>
        )}
      </p>
      {of.oversold !== undefined && of.oversold > 0 && <p>{t("case:lacks", { units: units(of.oversold) })}</p>}
      {of.decided && (
        <p>
          <bdi>
            {t(`case:was.${of.decided.decision}`, {
              who: of.decided.operator,
              orders: carriedOut(of.decided).join(", "),
              place: of.decided.to_location_id ?? "",
            })}
          </bdi>{" "}
          <Time at={of.decided.at} relative /> <bdi className="muted">{of.decided.note}</bdi>
        </p>
      )}
      {of.decided?.left && (
        <>
          <p>{t("case:left")}</p>
          <ul className="plain-list">
            {of.decided.left.map(({ order_id, detail }) => (
              <li key={order_id}>
                <Link to="/orders/$order" params={{ order: order_id }}>
                  <Id>{order_id}</Id>
                </Link>{" "}
                <bdi className="muted">{detail}</bdi>
              </li>
            ))}
          </ul>
        </>
      )}
      {of.product_id && (
        <p className="frame">
          <Link to="/items/$product" params={{ product: of.product_id }} search={{ loc: of.location_id }}>
            <Id>{of.product_id}</Id> @ <Id>{of.location_id}</Id>
          </Link>
        </p>
      )}
    </section>
  );
}
