import type { components } from "holdfast-client";
import { unitsOf } from "../../../format/decimal.ts";
import { zone } from "../../../format/time.ts";
import type { Stock } from "../../../parts/allot.ts";
import type { Faults, PlanLine, Planned, Value } from "../../../parts/plan.ts";

export type Schedule = components["schemas"]["QuotaSchedule"];

export interface ScheduleFields {
  by: "daily" | "period";
  daily: string;
  timeZone: string;
  seconds: string;
  mode: Schedule["mode"];
  keep: string;
  reset: boolean;
  active: boolean;
}

export const scheduleModes: Schedule["mode"][] = ["pool", "under_level", "rebalance", "none"];

/** The form's first values: the schedule that there is. */
export function fieldsOf(schedule: Schedule | null, keep: string): ScheduleFields {
  return {
    by: schedule?.every_seconds === undefined ? "daily" : "period",
    daily: schedule?.daily_at ?? "06:00",
    timeZone: schedule?.time_zone ?? zone,
    seconds: String(schedule?.every_seconds ?? ""),
    mode: schedule?.mode ?? "pool",
    keep,
    reset: schedule?.reset_sold ?? false,
    active: schedule?.active ?? true,
  };
}

interface When {
  every_seconds?: number | undefined;
  daily_at?: string | undefined;
  time_zone?: string | undefined;
}

const daily = ({ daily_at, time_zone }: When): Value => ({
  text: daily_at ? [daily_at, time_zone].filter(Boolean).join(" ") : "",
});
const period = ({ every_seconds }: When): Value => ({ text: every_seconds === undefined ? "" : `${every_seconds} s` });
const yes = (value: boolean): Value => ({ words: value ? "selling:yes" : "selling:no" });
const none: Value = { text: "" };

function line(words: string, before: Value, after: Value): PlanLine {
  return { figure: { words: `selling:schedule.${words}` }, before, after };
}

const differs = ({ before, after }: PlanLine) => JSON.stringify(before) !== JSON.stringify(after);

export function planSchedule(
  { product_id, location_id, unit, scale }: Stock,
  was: Schedule | null,
  of: ScheduleFields,
) {
  const keep = unitsOf(of.keep || "0", scale);
  const every_seconds = unitsOf(of.seconds);
  const faults: Faults = {};
  if (keep === undefined || keep < 0) faults.keep = "act.fault.notNegative";
  if (of.by === "daily" && !/^([01]\d|2[0-3]):[0-5]\d$/.test(of.daily)) faults.daily_at = "selling:fault.daily";
  if (of.by === "period" && !(every_seconds && every_seconds >= 1 && every_seconds <= 2_678_400)) {
    faults.every_seconds = "selling:fault.seconds";
  }
  if (keep === undefined || Object.keys(faults).length > 0) return { faults } satisfies Planned;
  const when: When =
    of.by === "daily" ? { daily_at: of.daily, time_zone: of.timeZone.trim() || "UTC" } : { every_seconds };
  const units = (value: number): Value => ({ units: value });
  const lines = [
    line("daily", was ? daily(was) : none, daily(when)),
    line("period", was ? period(was) : none, period(when)),
    line("mode", was ? { words: `selling:mode.${was.mode}` } : none, { words: `selling:mode.${of.mode}` }),
    { ...line("keep", was ? units(was.keep) : none, units(keep)), unit, scale },
    line("reset", was ? yes(was.reset_sold) : none, yes(of.reset)),
    line("active", was ? yes(was.active) : none, yes(of.active)),
  ].filter(differs);
  const body = { mode: of.mode, keep, reset_sold: of.reset, active: of.active };
  return {
    plan: {
      command: {
        operation: "SetQuotaSchedule",
        body: { product_id, location_id, ...(when as { daily_at?: string }), ...body },
      },
      lines,
    },
  } satisfies Planned;
}

export function planDrop({ product_id, location_id }: Stock, was: Schedule | null): Planned {
  if (!was) return { faults: { schedule: "selling:schedule.none" } };
  return {
    plan: {
      command: { operation: "DeleteQuotaSchedule", body: { product_id, location_id } },
      lines: [line("daily", daily(was), none), line("period", period(was), none)].filter(differs),
    },
  };
}
