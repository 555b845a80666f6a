import { useTranslation } from "react-i18next";
import { ago, exact, stamp } from "../format/time.ts";
import { useNow } from "./AsOf.tsx";

/** A moment, in the browser's zone; the tooltip has UTC and the milliseconds. */
export function Time({ at, relative = false }: { at: string | undefined; relative?: boolean }) {
  const { i18n } = useTranslation("app");
  const now = useNow(relative ? 1000 : 60_000);
  if (!at) return <span className="muted">–</span>;
  const moment = new Date(at);
  const near = relative ? ago(moment, now, i18n.language) : undefined;
  return (
    <time dateTime={at} title={exact(moment, i18n.language)} className="figure">
      {stamp(moment, now, i18n.language)}
      {near && <span className="muted"> {near}</span>}
    </time>
  );
}
