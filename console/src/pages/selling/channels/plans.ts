import type { components } from "holdfast-client";
import { unitsOf } from "../../../format/decimal.ts";
import { type Mode, netOf, type Stock, sharesOf } from "../../../parts/allot.ts";
import type { Faults, PlanLine, Planned } from "../../../parts/plan.ts";

type Schemas = components["schemas"];
export type Lowering = NonNullable<Schemas["SetQuotasRequest"]["lowering"]>;

const what = ({ product_id, location_id }: Stock) => ({ product_id, location_id });
export const why = (reason: string) => (reason.trim() ? { reason: reason.trim() } : {});

function units(stock: Stock, figure: PlanLine["figure"], before: number, after: number, of?: string): PlanLine {
  const { unit, scale } = stock;
  return { ...(of ? { of } : {}), figure, unit, scale, before: { units: before }, after: { units: after } };
}

const pool = { account: "pool/shared" };
const quota = { words: "selling:figure.quota" };

/** An allotment as its trial shows it. There is no preview without a trial of the current fields. */
export function planAllot(
  tried: Schemas["AllotResponse"] | undefined,
  mode: Mode,
  typed: string,
  reason: string,
  scale: number | undefined,
): Planned {
  const keep = unitsOf(typed || "0", scale);
  if (keep === undefined || keep < 0) return { faults: { keep: "act.fault.notNegative" } };
  if (!tried?.stock) return { faults: { keep: "selling:fault.trying" } };
  const { moves, stock } = tried;
  const shared = netOf(moves, "pool/shared");
  const lines = sharesOf(stock, moves)
    .filter((one) => one.quota.before !== one.quota.after)
    .map((one) => units(stock, quota, one.quota.before, one.quota.after, one.channel));
  return {
    plan: {
      command: { operation: "Allot", body: { ...what(stock), mode, keep, ...why(reason) } },
      lines: moves.length > 0 ? [units(stock, pool, stock.shared - shared, stock.shared), ...lines] : [],
    },
  };
}

export interface QuotaFields {
  channel: string;
  quota: string;
  weight: string;
  level: string;
  lowering: Lowering;
}

/** The change of one channel; an empty field leaves its value. */
export function planQuota(stock: Stock, fields: QuotaFields, reason: string): Planned {
  const channel_id = fields.channel;
  const before = stock.channels.find((one) => one.channel_id === channel_id);
  const read = (text: string, scale?: number) => (text.trim() === "" ? undefined : (unitsOf(text, scale) ?? -1));
  const set = {
    quota: read(fields.quota, stock.scale),
    weight: read(fields.weight),
    level: read(fields.level, stock.scale),
  };
  const faults: Faults = {};
  if (channel_id === "") faults.channel_id = "selling:fault.channel";
  for (const [name, value] of Object.entries(set)) {
    if (value !== undefined && value < 0) faults[name] = "act.fault.notNegative";
  }
  if (Object.values(set).every((value) => value === undefined)) faults.quota = "selling:fault.nothing";
  const used = (before?.held ?? 0) + (before?.sold ?? 0);
  const after = Math.max(set.quota ?? 0, used);
  const shared = stock.shared - (set.quota === undefined ? 0 : after - (before?.quota ?? 0));
  if (set.quota !== undefined && fields.lowering === "refuse" && set.quota < used) faults.quota = "selling:fault.used";
  if (shared < Math.min(0, stock.shared)) faults.quota = "selling:fault.pool";
  if (Object.keys(faults).length > 0) return { faults };

  const given = Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined));
  const { unit: _, scale: __, ...plain } = stock;
  const lines: PlanLine[] = [];
  if (set.quota !== undefined) {
    lines.push(units(stock, pool, stock.shared, shared));
    lines.push(units(stock, quota, before?.quota ?? 0, after, channel_id));
    if (after > set.quota) {
      const pending = { words: "selling:figure.pending" };
      lines.push(units(stock, pending, before?.pending ?? 0, after - set.quota, channel_id));
    }
  }
  if (set.weight !== undefined) {
    lines.push(units(plain, { words: "selling:figure.weight" }, before?.weight ?? 0, set.weight, channel_id));
  }
  if (set.level !== undefined) {
    lines.push(units(stock, { words: "selling:figure.level" }, before?.level ?? 0, set.level, channel_id));
  }
  return {
    plan: {
      command: {
        operation: "SetQuotas",
        body: { ...what(stock), channels: [{ channel_id, ...given }], lowering: fields.lowering, ...why(reason) },
      },
      lines,
      version: stock.version,
    },
  };
}

/** A new period: what was sold is counted from 0, so the quota is what remains and is held. */
export function planReset(stock: Stock, channel: string, reason: string): Planned {
  const chosen = stock.channels.filter(({ channel_id }) => channel === "" || channel_id === channel);
  if (chosen.length === 0) return { faults: { channels: "selling:fault.channel" } };
  return {
    plan: {
      command: {
        operation: "ResetSold",
        body: { ...what(stock), ...(channel ? { channels: [channel] } : {}), ...why(reason) },
      },
      lines: chosen.flatMap((one) => [
        units(stock, { words: "selling:figure.sold" }, one.sold, 0, one.channel_id),
        units(stock, quota, one.quota, one.remaining + one.held, one.channel_id),
      ]),
      version: stock.version,
    },
  };
}
