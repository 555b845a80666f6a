import { useTranslation } from "react-i18next";
import { clock } from "../format/time.ts";
import { worst } from "./night.ts";
import type { Shown } from "./run.ts";
import { dateOf, timeOf } from "./words.ts";

export function Head({ night, now }: Shown) {
  const { t, i18n } = useTranslation("wall");
  return (
    <header className="head">
      <h1>{t("title")}</h1>
      <span>{dateOf(now, i18n.language)}</span>
      <time className="clock">{clock(new Date(now), i18n.language)}</time>
      <Chip night={night} now={now} />
    </header>
  );
}

/** The freshness of what is shown: a shape says it too. */
function Chip({ night, now }: Shown) {
  const { t, i18n } = useTranslation("wall");
  const { age, came } = worst(night, now);
  const at = timeOf(came, now, i18n.language);
  const texts = {
    none: `◌ ${t("chip.reading")}`,
    fresh: `● ${t("chip.live")}`,
    behind: `◐ ${t("chip.behind", { seconds: Math.round((now - came) / 1000) })}`,
    old: `▲ ${t("chip.asOf", { at })}`,
    gone: `✕ ${t("chip.gone", { at })}`,
  };
  return (
    <strong className={`chip is-${age}`} role="status">
      {texts[age]}
    </strong>
  );
}
