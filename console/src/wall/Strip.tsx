import { useTranslation } from "react-i18next";
import { grouped } from "../format/decimal.ts";
import type { Shown } from "./run.ts";
import { figuresOf } from "./tiles.ts";

/** Things that somebody has to look at: alerts that fire, orders that ran out, and cases that nobody has decided. */
export function Strip({ night, now }: Shown) {
  const { t } = useTranslation("wall");
  const { expired } = figuresOf(night, now);
  const { cases, alerts } = night;
  return (
    <footer className="strip">
      {alerts && (
        <span className={alerts.length > 0 ? "alert" : ""}>
          {alerts.length > 0 ? "▲ " : ""}
          {t("strip.alerts", { number: grouped(alerts.length) })} <bdi>{alerts[0]?.title}</bdi>
        </span>
      )}
      <span>{t("strip.expired", { number: expired === undefined ? "–" : grouped(expired) })}</span>
      <span className={cases ? "alert" : ""}>
        {cases ? "▲ " : ""}
        {t("strip.cases", { number: cases === undefined ? "–" : grouped(cases) })}
      </span>
    </footer>
  );
}
