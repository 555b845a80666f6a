import { useState } from "react";
import { useTranslation } from "react-i18next";
import { decimal, grouped, quantity } from "../../format/decimal.ts";
import { type Measure, nothing, ofUnits, permille, rates } from "./sums.ts";

/**
 * The rates of the whole time, each with its formula and what stands in it. Units of different measures are never added
 * up: those of one are shown, and the others are named.
 */
export function Rates(props: {
  of: readonly Measure[];
  /** False for one product: refusals are not counted by product, so rates of them say nothing. */
  refusals: boolean;
}) {
  const { t } = useTranslation("figures");
  const [chosen, choose] = useState("");
  const [pieces] = props.of;
  const calls = pieces?.total ?? nothing();
  const of = props.of.find(({ unit }) => unit === chosen) ?? pieces;
  const units = of?.total ?? calls;
  const { unit, scale } = of ?? { unit: "", scale: 0 };
  const name = (one: string) => one || t("pieces");
  const others = props.of.filter((one) => one !== of).map((one) => name(one.unit));
  const shown = Object.entries(rates).filter(([rate]) => props.refusals || (rate !== "fill" && rate !== "refusal"));
  return (
    <>
      {others.length > 0 && (
        <p>
          <select
            className="choice-of"
            aria-label={t("countedIn")}
            value={unit}
            onChange={({ target }) => choose(target.value)}
          >
            {[...new Set(props.of.map((one) => one.unit))].map((one) => (
              <option key={one} value={one}>
                {name(one)}
              </option>
            ))}
          </select>{" "}
          {t("leftOut", { unit: name(unit), others: others.join(", ") })}
        </p>
      )}
      <dl className="tiles">
        <div>
          <dt>{t("reserves")}</dt>
          <dd>{grouped(calls.reserves)}</dd>
        </div>
        <div>
          <dt>{t("sold")}</dt>
          <dd>{quantity(units.sold, unit || undefined, scale || undefined)}</dd>
        </div>
        {shown.map(([rate, { formula, of: parts }]) => {
          const [part, whole] = parts(ofUnits.includes(rate) ? units : calls);
          const share = permille([part, whole]);
          const written = (n: number) => (ofUnits.includes(rate) ? decimal(n, scale) : grouped(n));
          return (
            <div key={rate}>
              <dt title={formula}>{t(`rate.${rate}`)}</dt>
              <dd>
                {share === undefined ? "–" : `${decimal(share, 1)} %`}{" "}
                <small className="muted">
                  {written(part)} ÷ {written(whole)}
                </small>
              </dd>
            </div>
          );
        })}
      </dl>
    </>
  );
}
