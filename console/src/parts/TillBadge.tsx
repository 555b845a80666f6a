import { useTranslation } from "react-i18next";
import { span } from "../format/time.ts";
import { type Till, type TillState, tillShapes } from "./tills.ts";

export function TillBadge({ state }: { state: TillState }) {
  const { t } = useTranslation("app");
  return (
    <span className="badge">
      <span aria-hidden="true">{tillShapes[state]}</span> {t(`till.state.${state}`)}
    </span>
  );
}

/** By how much a till's clock is wrong, where somebody should set it. */
export function TillClock({ of }: { of: Pick<Till, "clock_offset_ms" | "clock_skewed"> }) {
  const { t, i18n } = useTranslation("app");
  if (!of.clock_skewed) return <span className="muted">–</span>;
  const by = span(of.clock_offset_ms, i18n.language);
  return (
    <span className="badge">
      <span aria-hidden="true">▲</span> {t(of.clock_offset_ms > 0 ? "till.clockBehind" : "till.clockAhead", { by })}
    </span>
  );
}
