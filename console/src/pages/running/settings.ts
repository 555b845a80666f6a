import type { components } from "holdfast-client";
import { unitsOf } from "../../format/decimal.ts";
import type { PlanLine, Planned, Value } from "../../parts/plan.ts";

export type Settings = components["schemas"]["Settings"];

/** Settings as they are typed. */
export interface SettingsForm {
  default_location: string;
  public_reads: boolean;
  reasons_required: boolean;
  returns_unchecked: boolean;
  time_zone: string;
  minutes: string;
}

export function formOf(now: Settings): SettingsForm {
  return { ...now, minutes: String(now.max_ttl_seconds / 60) };
}

const least = 30;
const most = 43_200;

/** Only the differences are sent: settings that somebody else has changed meanwhile stay. */
export function planSettings(now: Settings, form: SettingsForm): Planned {
  const minutes = unitsOf(form.minutes);
  const default_location = form.default_location.trim();
  const faults: Record<string, string> = {};
  if (default_location === "") faults.default_location = "running:fault.place";
  // A moment that was set to the second elsewhere stays so unless it is changed here.
  const kept = form.minutes === String(now.max_ttl_seconds / 60);
  if (!kept && (minutes === undefined || minutes < least || minutes > most)) {
    faults.max_ttl_seconds = "running:fault.minutes";
  }
  if (Object.keys(faults).length > 0) return { faults };
  const next: Settings = {
    ...now,
    default_location,
    public_reads: form.public_reads,
    reasons_required: form.reasons_required,
    returns_unchecked: form.returns_unchecked,
    time_zone: form.time_zone.trim() || "UTC",
    max_ttl_seconds: kept || minutes === undefined ? now.max_ttl_seconds : minutes * 60,
  };
  const names = (Object.keys(next) as (keyof Settings)[]).filter((name) => next[name] !== now[name]);
  if (names.length === 0) return { faults: { all: "running:fault.same" } };
  return {
    plan: {
      command: {
        operation: "UpdateSettings",
        body: Object.fromEntries(names.map((name) => [name, next[name]])),
      },
      lines: names.map(
        (name): PlanLine => ({
          figure: { words: `running:setting.${name}` },
          before: shown(now[name]),
          after: shown(next[name]),
        }),
      ),
    },
  };
}

function shown(value: string | number | boolean): Value {
  if (typeof value === "boolean") return { words: value ? "act.yes" : "act.no" };
  return typeof value === "number" ? { units: value } : { text: value };
}
