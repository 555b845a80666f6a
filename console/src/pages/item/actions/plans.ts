import type { components } from "holdfast-client";
import { unitsOf } from "../../../format/decimal.ts";
import { type Lot, lotText } from "../../../parts/lots.ts";
import type { PlanLine, Planned } from "../../../parts/plan.ts";
import { type Reason, reasonBody } from "../../../parts/reasons.ts";

type Item = components["schemas"]["Inventory"];
export type Balance = components["schemas"]["AccountBalance"];
type LotStock = components["schemas"]["LotStock"];
type Attributes = Record<string, string>;

const what = ({ product_id, location_id }: Item) => ({ product_id, location_id });

function line(item: Item, words: string, before: number, after: number): PlanLine {
  const { unit, scale } = item;
  return { figure: { words }, unit, scale, before: { units: before }, after: { units: after } };
}

/** The lot as a write names it. */
const lotBody = (lot: Attributes | undefined) => (lot ? { lot } : {});

/** The units of a lot on hand, before and after. */
function lotLine(item: Item, lot: Lot, before: number, after: number): PlanLine {
  return { of: lotText(lot), ...line(item, "figure.on_hand", before, after) };
}

/** The lines, where the item is counted at all. */
function counted(item: Item, ...lines: PlanLine[]): PlanLine[] {
  return item.tracked ? lines : [];
}

/**
 * A count is as of the moment when the figures were read: sales after that stay booked, also when the count
 * is sent again later.
 */
export function planCount(item: Item, asOf: string | undefined, typed: string, reason: Reason): Planned {
  const seen = unitsOf(typed, item.scale);
  if (seen === undefined || seen < 0) return { faults: { seen: "act.fault.notNegative" } };
  // Only units for sale are taken from the books; a case is opened for the other missing units.
  const least = item.on_hand - Math.max(item.available_stock, 0);
  return {
    plan: {
      command: {
        operation: "Observe",
        body: { ...what(item), seen, ...(asOf ? { as_of: asOf } : {}), ...reasonBody(reason) },
      },
      lines: counted(item, line(item, "figure.on_hand", item.on_hand, Math.max(seen, least))),
      version: item.version,
    },
  };
}

/** The lot of units that come in: one that is there, by its text, or a new one. */
export interface Incoming {
  choice: string;
  batch: string;
  expires: string;
}

export const noLot: Incoming = { choice: "", batch: "", expires: "" };
/** No text of a lot is this. */
export const newLot = "new";

function attributesOf(lot: Incoming, all: readonly LotStock[]): Attributes | undefined {
  if (lot.choice !== newLot) return all.find((one) => lotText(one.lot) === lot.choice)?.lot;
  const [batch, expires_at] = [lot.batch.trim(), lot.expires.trim()];
  return { ...(batch ? { batch } : {}), ...(expires_at ? { expires_at } : {}) };
}

export function planReceive(
  item: Item,
  typed: string,
  reason: Reason,
  incoming: Incoming = noLot,
  lots: readonly LotStock[] = [],
): Planned {
  const quantity = unitsOf(typed, item.scale);
  const faults: Record<string, string> = {};
  if (quantity === undefined || quantity <= 0) faults.quantity = "act.fault.positive";
  const expires = incoming.expires.trim();
  if (incoming.choice === newLot) {
    if (incoming.batch.trim() === "" && expires === "") faults.batch = "item:act.fault.lot";
    if (expires !== "" && Number.isNaN(Date.parse(expires))) faults.expires = "item:act.fault.expires";
  }
  if (quantity === undefined || Object.keys(faults).length > 0) return { faults };
  const lot = attributesOf(incoming, lots);
  const there = lots.find((one) => lotText(one.lot) === lotText(lot))?.on_hand ?? 0;
  return {
    plan: {
      command: { operation: "Restock", body: { ...what(item), quantity, ...lotBody(lot), ...reasonBody(reason) } },
      lines: counted(
        item,
        line(item, "figure.on_hand", item.on_hand, item.on_hand + quantity),
        ...(lot ? [lotLine(item, lot, there, there + quantity)] : []),
      ),
      version: item.version,
    },
  };
}

export type AdjustBy = "delta" | "set_to";

/**
 * An adjustment holds for the version that it was previewed with, and for no other. With a lot it is of
 * that lot's units, and what is on the shelf is what is there of the lot.
 */
export function planAdjust(item: Item, by: AdjustBy, typed: string, reason: Reason, of?: LotStock): Planned {
  const value = unitsOf(typed, item.scale);
  const faults: Record<string, string> = {};
  if (by === "delta" && !value) faults.delta = "act.fault.notZero";
  if (by === "set_to" && (value === undefined || value < 0)) faults.set_to = "act.fault.notNegative";
  if (reason.text.trim() === "") faults.reason = "act.fault.reason";
  if (value === undefined || Object.keys(faults).length > 0) return { faults };
  const delta = by === "delta" ? value : value - (of ?? item).on_hand;
  return {
    plan: {
      command: {
        operation: "Adjust",
        body: {
          ...what(item),
          ...(by === "delta" ? { delta: value } : { set_to: value }),
          expected_version: item.version,
          ...lotBody(of?.lot),
          reason: "", // reasonBody has it: it was looked at above
          ...reasonBody(reason),
        },
      },
      lines: counted(
        item,
        line(item, "figure.available", item.available_stock, item.available_stock + delta),
        line(item, "figure.on_hand", item.on_hand, item.on_hand + delta),
        ...(of ? [lotLine(item, of.lot, of.on_hand, of.on_hand + delta)] : []),
      ),
      version: item.version,
    },
  };
}

/** Accounts that units are moved between by hand, whether or not there are any in them. */
const always = ["pool/shared", "withheld", "damaged", "quality"];

/** The units that can be moved at the place: of a lot, or of none, in each account. */
export function movable(balances: readonly Balance[], of?: Lot): Map<string, number> {
  const units = new Map(always.map((account) => [account, 0]));
  for (const { account, quantity, lot } of balances) {
    if (!always.includes(account) && !account.startsWith("quota/")) continue;
    units.set(account, (units.get(account) ?? 0) + (lotText(lot) === lotText(of) ? quantity : 0));
  }
  return units;
}

export function planMove(
  item: Item,
  units: Map<string, number>,
  from: string,
  to: string,
  typed: string,
  reason: Reason,
  lot?: Attributes,
): Planned {
  const quantity = unitsOf(typed, item.scale);
  const faults: Record<string, string> = {};
  if (quantity === undefined || quantity <= 0) faults.quantity = "act.fault.positive";
  if (from === to) faults.to = "act.fault.accounts";
  if (quantity === undefined || Object.keys(faults).length > 0) return { faults };
  const moved = (account: string, by: number): PlanLine => {
    const before = units.get(account) ?? 0;
    const { unit, scale } = item;
    const of = lot ? { of: lotText(lot) } : {};
    return { ...of, figure: { account }, unit, scale, before: { units: before }, after: { units: before + by } };
  };
  return {
    plan: {
      command: {
        operation: "Move",
        body: { ...what(item), from, to, quantity, ...lotBody(lot), ...reasonBody(reason) },
      },
      lines: counted(item, moved(from, -quantity), moved(to, quantity)),
      version: item.version,
    },
  };
}

export function planThreshold(item: Item, typed: string): Planned {
  const low_stock_threshold = unitsOf(typed, item.scale);
  if (low_stock_threshold === undefined || low_stock_threshold < 0) {
    return { faults: { low_stock_threshold: "act.fault.notNegative" } };
  }
  return {
    plan: {
      command: { operation: "SetThreshold", body: { ...what(item), low_stock_threshold } },
      lines: [line(item, "figure.threshold", item.low_stock_threshold, low_stock_threshold)],
      version: item.version,
    },
  };
}

/** Whether an item is on sale on a channel; without one, whether the switch for all of them is on. */
export function isOn(item: Item, channel: string): boolean {
  return channel === "" ? item.on_sale : !(item.channels_off ?? []).includes(channel);
}

export function planSale(item: Item, channel: string, on_sale: boolean, reason: Reason): Planned {
  const words = (on: boolean) => ({ words: on ? "act.onSale" : "state.off_sale" });
  const { reference: _, ...why } = reasonBody(reason);
  return {
    plan: {
      command: {
        operation: "SetSaleStatus",
        body: { ...what(item), ...(channel ? { channel_id: channel } : {}), on_sale, ...why },
      },
      lines: [
        {
          ...(channel ? { of: channel } : {}),
          figure: { words: channel ? "thing.channel" : "act.allChannels" },
          before: words(isOn(item, channel)),
          after: words(on_sale),
        },
      ],
      version: item.version,
    },
  };
}
