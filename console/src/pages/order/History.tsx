import type { UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { quantity } from "../../format/decimal.ts";
import { AccountName } from "../../parts/AccountsBar.tsx";
import { Deadline } from "../../parts/Deadline.tsx";
import { Answer } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { lotText } from "../../parts/lots.ts";
import { Quantity } from "../../parts/Quantity.tsx";
import { Time } from "../../parts/Time.tsx";
import { lookOf } from "./steps.ts";

type Step = components["schemas"]["OrderStep"];
type Change = components["schemas"]["OrderChange"];

const spelled = 5;

/** The order's life, oldest first. */
export function History(props: {
  id: string;
  of: UseQueryResult<components["schemas"]["OrderHistory"]>;
  skew: number;
}) {
  const { t } = useTranslation(["order", "app"]);
  return (
    <section>
      <h2>{t("order:history")}</h2>
      <Answer of={props.of} what={t("order:history")}>
        {({ steps, partial }) => (
          <>
            {partial && <p className="frame muted">{t("order:partial")}</p>}
            <ol className="timeline">
              {steps.map((step) => (
                <OneStep key={step.entry_id} step={step} order={props.id} skew={props.skew} />
              ))}
            </ol>
          </>
        )}
      </Answer>
      <Link to="/journal" search={{ order: props.id }}>
        {t("order:journalMore")}
      </Link>
    </section>
  );
}

function OneStep({ step, order, skew }: { step: Step; order: string; skew: number }) {
  const { t } = useTranslation(["order", "app"]);
  const { shape, colour } = lookOf(step.operation);
  const more = step.changes.length - spelled;
  const why = [step.reason_code, step.reason, step.reference].filter(Boolean).join(" · ");
  return (
    <li>
      <Time at={step.at} />{" "}
      <strong>
        <span aria-hidden="true" style={{ color: colour }}>
          {shape}
        </span>{" "}
        {t(`app:operation.${step.operation}`, { defaultValue: step.operation })}
      </strong>
      {step.operator && <> {t("order:by", { operator: step.operator })}</>}
      {why && (
        <>
          {" "}
          <bdi className="muted">{why}</bdi>
        </>
      )}{" "}
      <Link to="/journal" search={{ order, operation: step.operation }} title={t("order:inJournal")}>
        <Id>{step.entry_id}</Id>
      </Link>
      <ul>
        {step.changes.slice(0, spelled).map((change) => (
          <OneChange key={change.entry_id} change={change} skew={skew} />
        ))}
        {more > 0 && <li className="muted">{t("order:moreLines", { count: more })}</li>}
      </ul>
    </li>
  );
}

function OneChange({ change, skew }: { change: Change; skew: number }) {
  const { t } = useTranslation(["order", "app"]);
  return (
    <li>
      <Link
        to="/items/$product"
        params={{ product: change.product_id }}
        search={{ loc: change.location_id, tab: "journal" }}
      >
        <Id>{change.product_id}</Id>
      </Link>{" "}
      <span className="muted">@</span> <Id>{change.location_id}</Id>
      {change.moves.map(({ from, to, quantity: units }) => (
        <span key={`${from} ${to}`} className="figure">
          {"; "}
          {quantity(units, change.unit, change.scale)} <Account name={from} /> → <Account name={to} />
        </span>
      ))}
      {(change.lots ?? []).map(({ lot, quantity: units }) => (
        <bdi key={lotText(lot)} className="muted">
          {"; "}
          {lotText(lot)} × {quantity(units ?? 0, change.unit, change.scale)}
        </bdi>
      ))}
      {change.held !== undefined && (
        <>
          {"; "}
          {t("order:heldThen")} <Quantity of={change} value={change.held} />
        </>
      )}
      {change.expires_at && (
        <>
          {" "}
          {t("app:figure.until")} <Deadline at={change.expires_at} skew={skew} />
        </>
      )}
    </li>
  );
}

/** An account in words. What is not counted has none. */
function Account({ name }: { name: string }) {
  const { t } = useTranslation("app");
  return name === "" ? t("state.not_counted") : <AccountName account={name} />;
}
