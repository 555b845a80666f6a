import type { components } from "holdfast-client";
import { unitsOf } from "../../../format/decimal.ts";
import { momentOf, typedMoment } from "../../../format/time.ts";
import type { Faults, PlanLine, Planned, Value } from "../../../parts/plan.ts";

type Schemas = components["schemas"];
type Promises = Schemas["Promises"];
type Channels = Schemas["PromiseChannel"][] | undefined;

export interface PresaleFields {
  open: boolean;
  cap: string;
  date: string;
  parts: boolean;
  lowering: "refuse" | "wait";
}

/** The form's first values: the presale that there is. The cap is typed anew. */
export function presaleFields({ presale, backorder }: Promises): PresaleFields {
  return {
    open: true,
    cap: "",
    date: typedMoment(presale?.promise_date),
    parts: presale?.ships_in_part ?? false,
    lowering: backorder?.excess ? "wait" : "refuse",
  };
}

const limits = (channels: Channels) => (channels ?? []).map(({ channel_id, cap }) => ({ channel_id, cap }));
const limited = (channels: Channels) => (channels?.length ? { channels: limits(channels) } : {});
const dated = (at: string | undefined) => (at ? { promise_date: at } : {});

/**
 * A setting replaces the whole earlier setting. So the backorder and the limits of channels are sent again as
 * they are.
 */
function kept({ backorder }: Promises): { backorder?: Schemas["BackorderSetting"] } {
  if (!backorder || backorder.closed) return {};
  const { allowance, promise_date, channels } = backorder;
  return { backorder: { allowance, ...dated(promise_date), ...limited(channels) } };
}

const time = (at: string | undefined): Value => (at ? { time: at } : { text: "" });
const yes = (value: boolean): Value => ({ words: value ? "item:promised.yes" : "item:promised.no" });

export function planPresale(promises: Promises, fields: PresaleFields, reason: string): Planned {
  const { product_id, location_id, presale, unit, scale, version } = promises;
  const now = presale && !presale.closed ? presale : undefined;
  const promised = presale?.promised ?? 0;
  const typed = fields.cap.trim() === "" && now ? now.cap : unitsOf(fields.cap, scale);
  const date = momentOf(fields.date, presale?.promise_date);
  const faults: Faults = {};
  if (fields.open && (typed === undefined || typed < 0)) faults.cap = "act.fault.notNegative";
  if (fields.open && date === null) faults.date = "item:promised.fault.date";
  if (fields.open && typed !== undefined && typed < promised && fields.lowering === "refuse") {
    faults.cap = "item:promised.fault.cap";
  }
  if (!fields.open && !now) faults.cap = "item:promised.fault.none";
  if (Object.keys(faults).length > 0) return { faults };

  const cap = fields.open ? (typed ?? 0) : 0;
  const figure = (words: string, before: number, after: number): PlanLine => {
    return {
      figure: { words: `item:promised.${words}` },
      unit,
      scale,
      before: { units: before },
      after: { units: after },
    };
  };
  const said = (words: string, before: Value, after: Value): PlanLine[] => {
    if (JSON.stringify(before) === JSON.stringify(after)) return [];
    return [{ figure: { words: `item:promised.${words}` }, before, after }];
  };
  const setting = { cap, ...dated(date ?? undefined), ships_in_part: fields.parts, ...limited(presale?.channels) };
  const why = reason.trim() ? { reason: reason.trim() } : {};
  return {
    plan: {
      command: {
        operation: "SetPromises",
        body: {
          product_id,
          location_id,
          ...(fields.open ? { presale: setting } : {}),
          ...kept(promises),
          lowering: fields.lowering,
          ...why,
        },
      },
      lines: [
        figure("cap", now?.cap ?? 0, cap),
        figure("remaining", now?.remaining ?? 0, Math.max(0, cap - promised)),
        ...(fields.open ? said("date", time(presale?.promise_date), time(date ?? undefined)) : []),
        ...(fields.open ? said("parts", yes(presale?.ships_in_part ?? false), yes(fields.parts)) : []),
        ...said("open", yes(now !== undefined), yes(fields.open)),
      ],
      version,
    },
  };
}
