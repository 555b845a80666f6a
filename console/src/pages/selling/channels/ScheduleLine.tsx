import { useTranslation } from "react-i18next";
import { quantity } from "../../../format/decimal.ts";
import type { Stock } from "../../../parts/allot.ts";
import { Time } from "../../../parts/Time.tsx";
import type { Schedule } from "./schedule.ts";

/** The schedule in a sentence. */
export function ScheduleLine({ of, schedule }: { of: Stock; schedule: Schedule | null }) {
  const { t } = useTranslation("selling");
  if (!schedule) return <p className="muted">{t("schedule.none")}</p>;
  const { daily_at, time_zone, every_seconds, mode, keep, reset_sold, active, due_at } = schedule;
  const when =
    every_seconds === undefined
      ? t("schedule.atDaily", { time: daily_at, zone: time_zone })
      : t("schedule.atPeriod", { seconds: every_seconds });
  return (
    <p>
      <bdi>{when}</bdi> {t(`schedule.does.${mode}`, { keep: quantity(keep, of.unit, of.scale) })}{" "}
      {reset_sold && t("schedule.resets")}{" "}
      {active ? (
        <>
          {t("schedule.due")} <Time at={due_at} relative />
        </>
      ) : (
        <strong>{t("schedule.rests")}</strong>
      )}
    </p>
  );
}
