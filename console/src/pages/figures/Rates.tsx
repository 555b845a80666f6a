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
  const keyOf = ({ unit, scale }: Measure) => `${unit} ${scale}`;
  const of = props.of.find((one) => keyOf(one) === chosen) ?? pieces;
  const units = of?.total ?? calls;
  const { unit, scale } = of ?? { unit: "", scale: 0 };
  // Products may have one unit with different scales: 1.25 kg and 1.250 kg.
  const shared = (one: string) => props.of.filter((other) => other.unit === one).length > 1;
  const name = (one: Measure) => (one.unit || t("pieces")) + (shared(one.unit) ? ` (${decimal(1, one.scale)})` : "");
  const others = props.of.filter((one) => one !== of).map(name);
  const shown = Object.entries(rates).filter(([rate]) => props.refusals || (rate !== "fill" && rate !== "refusal"));
  return (
    <>
      {of && others.length > 0 && (
        <p>
          <select
            className="choice-of"
            aria-label={t("countedIn")}
            value={keyOf(of)}
            onChange={({ target }) => choose(target.value)}
          >
            {props.of.map((one) => (
              <option key={keyOf(one)} value={keyOf(one)}>
                {name(one)}
              </option>
            ))}
          </select>{" "}
          {t("leftOut", { unit: name(of), others: others.join(", ") })}
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
