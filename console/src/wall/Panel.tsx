import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ageOf, type Source } from "./night.ts";
import type { Shown } from "./run.ts";
import { timeOf } from "./words.ts";

/** A part of the wall, from one source. It shows when its figures are old, and the reason when it can show none. */
export function Panel(
  props: Shown & { name: string; title: string; of: Source; empty?: boolean; children: ReactNode },
) {
  const { t, i18n } = useTranslation("wall");
  const { night, now, of } = props;
  const line = night.lines[of];
  const age = ageOf(night, of, now);
  const old = age === "old" || age === "gone";
  return (
    <section className={`panel ${props.name}`} data-age={age}>
      <h2>
        {props.title}
        {old && <small>{t("chip.asOf", { at: timeOf(line.came, now, i18n.language) })}</small>}
      </h2>
      {line.denied && <p>{t("denied")}</p>}
      {!line.denied && line.came === 0 && <p className="muted">{t("chip.reading")}</p>}
      {!line.denied && line.came > 0 && (props.empty ? <p className="muted">{t("nothing")}</p> : props.children)}
    </section>
  );
}
