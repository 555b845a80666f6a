import { HoldfastError } from "holdfast-client";
import type { ListedItem } from "../../api/types.ts";
import { quantity, unitsOf } from "../../format/decimal.ts";
import type { Stock } from "../../parts/allot.ts";
import { batch, counted } from "../../parts/bulk.ts";
import type { Note, PlanLine, Planned } from "../../parts/plan.ts";
import { named, what } from "./bulk.ts";

type Item = ListedItem["inventory"];

/** The channels of an item: its answer, why there is none, or nothing while it is read. */
export type Read = Stock | Error | undefined;

/** A quota that would be set. */
interface Setting {
  item: Item;
  quota: number;
  before: number;
  shared: number;
}

/**
 * One quota of a channel for all, each in the unit of its product. An item whose pool or quota does not allow it, or
 * that has this quota already, is left out and named.
 */
export function planQuotas(
  items: readonly Item[],
  read: readonly Read[],
  typed: string,
  amount: string,
  reason: string,
  count: string,
): Planned {
  const channel = typed.trim();
  const units = (item: Item) => unitsOf(amount, item.scale);
  const faults = counted(items, count);
  if (channel === "") faults.channel_id = "items:quota.noChannel";
  if (items.some((item) => (units(item) ?? -1) < 0)) faults.quota = "act.fault.notNegative";
  else if (items.some((_, at) => read[at] === undefined)) faults.quota = "items:quota.reading";
  if (Object.keys(faults).length > 0) return { faults };

  const judged = items.map((item, at) => judge(item, read[at], channel, units(item) ?? 0));
  const settings = judged.flatMap((one) => ("quota" in one ? [one] : []));
  if (settings.length === 0) {
    return { faults: { quota: `items:quota.none.${sameReason(judged) ?? "mixed"}` } };
  }
  const planned = batch(
    settings,
    ({ item, quota }) => ({
      set_quotas: {
        ...what(item),
        channels: [{ channel_id: channel, quota }],
        lowering: "refuse",
        ...(reason.trim() ? { reason: reason.trim() } : {}),
      },
    }),
    ({ item, quota, before, shared }) => {
      const line = (figure: PlanLine["figure"], from: number, to: number): PlanLine => {
        const { unit, scale } = item;
        return { of: named(item), figure, unit, scale, before: { units: from }, after: { units: to } };
      };
      return [
        line({ words: "items:quota.figure" }, before, quota),
        line({ account: "pool/shared" }, shared, shared - (quota - before)),
      ];
    },
  );
  const left = judged.filter((one) => "words" in one);
  const notes: Note[] = [{ words: "items:quota.of", values: { channel } }, ...left];
  return "plan" in planned ? { plan: { ...planned.plan, notes } } : planned;
}

/** The reason for which all are left out, if it is the same. */
function sameReason(all: readonly (Setting | Note)[]): string | undefined {
  const reasons = new Set(all.map((one) => ("words" in one ? one.words : "")));
  const [only = ""] = reasons;
  return reasons.size === 1 ? /^items:quota\.(pool|used|same|notCounted)$/.exec(only)?.[1] : undefined;
}

/** The setting of one item, or why it is left out, by the rules of the server. */
function judge(item: Item, stock: Read, channel_id: string, quota: number): Setting | Note {
  const left = (words: string, values: Record<string, string> = {}): Note => ({
    words: `items:quota.${words}`,
    values: { item: named(item), ...values },
  });
  if (!stock || stock instanceof Error) {
    return left("unread", { why: stock instanceof HoldfastError ? stock.detail : String(stock) });
  }
  const shown = (value: number) => quantity(value, item.unit, item.scale);
  const now = stock.channels.find((one) => one.channel_id === channel_id);
  const [before, held, sold] = [now?.quota ?? 0, now?.held ?? 0, now?.sold ?? 0];
  if (!item.tracked) return left("notCounted");
  if (now && quota === before && now.pending === 0) return left("same");
  if (quota < held + sold) return left("used", { held: shown(held), sold: shown(sold) });
  const more = quota - before;
  if (more > 0 && stock.shared < more) return left("pool", { more: shown(more), shared: shown(stock.shared) });
  return { item, quota, before, shared: stock.shared };
}
