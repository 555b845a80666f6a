import { useTranslation } from "react-i18next";
import { grouped } from "../format/decimal.ts";
import type { Shown } from "./run.ts";
import { figuresOf } from "./tiles.ts";

/** What somebody has to look at: orders that ran out, and cases that nobody has decided. */
export function Strip({ night, now }: Shown) {
  const { t } = useTranslation("wall");
  const { expired } = figuresOf(night, now);
  const { cases } = night;
  return (
    <footer className="strip">
      <span>{t("strip.expired", { number: expired === undefined ? "–" : grouped(expired) })}</span>
      <span className={cases ? "alert" : ""}>
        {cases ? "▲ " : ""}
        {t("strip.cases", { number: cases === undefined ? "–" : grouped(cases) })}
      </span>
    </footer>
  );
}
