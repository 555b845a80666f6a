import { useTranslation } from "react-i18next";
import { exact, left, stamp } from "../format/time.ts";
import { useNow } from "./AsOf.tsx";

/** When something ends, counted down by the server's clock. */
export function Deadline({ at, skew }: { at: string | undefined; skew: number }) {
  const { t, i18n } = useTranslation("app");
  const now = useNow(1000);
  if (!at) return <span className="muted">–</span>;
  const moment = new Date(at);
  const milliseconds = moment.getTime() - now.getTime() - skew;
  const rest = left(milliseconds);
  return (
    <time dateTime={at} title={exact(moment, i18n.language)} className="figure">
      {stamp(moment, now, i18n.language)}
      {rest && <span className="muted"> {milliseconds <= 0 ? t("figure.due") : t("figure.left", { rest })}</span>}
    </time>
  );
}
