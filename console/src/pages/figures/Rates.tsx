import { useTranslation } from "react-i18next";
import { decimal, grouped } from "../../format/decimal.ts";
import { permille, rates, type Sums } from "./sums.ts";

/** The rates of the whole time, each with its formula and what stands in it. */
export function Rates(props: {
  of: Sums;
  /** False for one product: refusals are not counted by product, so rates of them say nothing. */
  refusals: boolean;
}) {
  const { t } = useTranslation("figures");
  const { of } = props;
  const shown = Object.entries(rates).filter(([name]) => props.refusals || (name !== "fill" && name !== "refusal"));
  return (
    <dl className="tiles">
      <div>
        <dt>{t("reserves")}</dt>
        <dd>{grouped(of.reserves)}</dd>
      </div>
      <div>
        <dt>{t("sold")}</dt>
        <dd>{grouped(of.sold)}</dd>
      </div>
      {shown.map(([name, { formula, of: parts }]) => {
        const [part, whole] = parts(of);
        const rate = permille([part, whole]);
        return (
          <div key={name}>
            <dt title={formula}>{t(`rate.${name}`)}</dt>
            <dd>
              {rate === undefined ? "–" : `${decimal(rate, 1)} %`}{" "}
              <small className="muted">
                {grouped(part)} ÷ {grouped(whole)}
              </small>
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
