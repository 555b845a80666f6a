import { useTranslation } from "react-i18next";
import { quantity } from "../../format/decimal.ts";
import { Id } from "../../parts/Id.tsx";
import { Time } from "../../parts/Time.tsx";
import type { Transfer } from "./plans.ts";
import { lineName } from "./scan.ts";

type Step = NonNullable<Transfer["history"]>[number];

/** The history of the transfer, oldest first. */
export function History({ transfer }: { transfer: Transfer }) {
  const { t } = useTranslation("transfer");
  return (
    <section>
      <h2>{t("history")}</h2>
      <ol className="timeline">
        {(transfer.history ?? []).map((step) => (
          <Happened key={`${step.action} ${step.at} ${step.outcome}`} step={step} transfer={transfer} />
        ))}
      </ol>
    </section>
  );
}

function Happened({ step, transfer }: { step: Step; transfer: Transfer }) {
  const { t } = useTranslation("transfer");
  const measure = (product: string) => transfer.lines.find(({ product_id }) => product_id === product);
  return (
    <li>
      <Time at={step.at} relative /> <strong>{t(`step.${step.action}`)}</strong>
      {step.outcome !== "done" && <> {t(`outcome.${step.outcome}`)}</>}{" "}
      <span className="muted">
        <bdi>{[step.operator, step.reason, step.reference, step.detail].filter(Boolean).join(" · ")}</bdi>
      </span>
      <ul>
        {step.lines.map((moved) => {
          const of = measure(moved.product_id);
          const units = (value: number) => quantity(value, of?.unit, of?.scale);
          const told = [
            units(moved.quantity),
            moved.lost > 0 && t("lostOf", { units: units(moved.lost) }),
            moved.surplus > 0 && t("surplusOf", { units: units(moved.surplus) }),
            moved.for_order && t("orderOf", { units: units(moved.for_order) }),
          ];
          return (
            <li key={lineName(moved)}>
              <Id>{lineName(moved)}</Id> <span className="figure">{told.filter(Boolean).join(", ")}</span>
            </li>
          );
        })}
      </ul>
    </li>
  );
}
