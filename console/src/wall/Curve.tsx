import { useTranslation } from "react-i18next";
import { grouped } from "../format/decimal.ts";
import { curve, midnight, minuteOf, step } from "./day.ts";
import { Panel } from "./Panel.tsx";
import type { Shown } from "./run.ts";

const points = (24 * 60) / step;
const height = 40;

/** The orders of each ten minutes of today, up to when they are known, next to all of yesterday. */
export function Curve({ night, now }: Shown) {
  const { t } = useTranslation("wall");
  const start = midnight(now);
  const known = Math.min(now, night.lines.minutes.came);
  const today = night.today?.start === start ? curve(night.today, minuteOf(night.today, known) + 1) : [];
  const before = night.yesterday?.start === midnight(start, 1) ? curve(night.yesterday) : [];
  const most = Math.max(1, ...today, ...before);
  const line = (of: number[]) => of.map((n, x) => `${x + 0.5},${(height - (n / most) * height).toFixed(2)}`).join(" ");
  return (
    <Panel night={night} now={now} name="today" of="minutes" title={t("curve.title")}>
      <div className="plot">
        <svg
          viewBox={`0 -1 ${points} ${height + 2}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={t("curve.title")}
        >
          <polyline className="yesterday" points={line(before)} />
          <polyline className="now" points={line(today)} />
        </svg>
        <p className="legend">
          <span>▬ {t("curve.today")}</span>
          <span>┄ {t("curve.yesterday")}</span>
          <span>{t("curve.most", { most: grouped(most) })}</span>
        </p>
      </div>
    </Panel>
  );
}
