import type { components } from "holdfast-client";
import { unitsOf } from "../../format/decimal.ts";
import { lotText } from "../../parts/lots.ts";

type Line = components["schemas"]["TransferLine"];

/** A line by what it is of: its product, and the lot when it has one. No two lines of a transfer have the same name. */
export function lineName({ product_id, lot }: Pick<Line, "product_id" | "lot">): string {
  const of = lotText(lot);
  return of ? `${product_id} (${of})` : product_id;
}

/** The fields by which the API knows a line. */
export function lineRef({ product_id, lot }: Line): Pick<Line, "product_id" | "lot"> {
  return lot && lotText(lot) ? { product_id, lot } : { product_id };
}

/** The counts of a line, as they were typed. */
export interface Count {
  arrived: string;
  lost: string;
}

export type Counts = Record<string, Count>;

/** The counts of a line by its name. That may be any text, also the name of a member of Object. */
export function countOf(counts: Counts, name: string): Count {
  return (Object.hasOwn(counts, name) ? counts[name] : undefined) ?? { arrived: "", lost: "" };
}

/**
 * The outcome of a scan: one more of a product, a product that is measured and not counted or that comes in several
 * lots, or none of the transfer.
 */
export type Scanned =
  | { is: "counted"; product: string; counts: Counts }
  | { is: "measured" | "lots" | "unknown"; product: string };

/** Takes in an id as a scanner types it: one more of it has arrived. */
export function scan(lines: readonly Line[], counts: Counts, typed: string): Scanned {
  const found = linesOf(lines, typed);
  const [line, another] = found.length > 0 ? found : linesOf(lines, typed.trim());
  if (!line) return { is: "unknown", product: typed.trim() };
  if (another) return { is: "lots", product: line.product_id };
  if (line.scale) return { is: "measured", product: line.product_id };
  return { is: "counted", product: line.product_id, counts: more(counts, lineName(line), 1) };
}

function linesOf(lines: readonly Line[], id: string): Line[] {
  return lines.filter(({ product_id }) => product_id === id);
}

/** That many more have arrived, but never fewer than none. Text that is no number counts as none. */
export function more(counts: Counts, name: string, by: number): Counts {
  const count = countOf(counts, name);
  const arrived = Math.max(0, (unitsOf(count.arrived) ?? 0) + by);
  return { ...counts, [name]: { ...count, arrived: String(arrived) } };
}

export interface Receipt {
  /** Units of the shipment that arrived. */
  quantity: number;
  lost: number;
  /** Units beyond the shipment. */
  surplus: number;
  /** Units that stay in transit. */
  remaining: number;
}

/** The counts of a line in its smallest units. Undefined where one is no number, or more is lost than is missing. */
export function receiptOf(line: Line, { arrived, lost }: Count): Receipt | undefined {
  const came = unitsOf(arrived || "0", line.scale);
  const gone = unitsOf(lost || "0", line.scale);
  if (came === undefined || came < 0 || gone === undefined || gone < 0) return undefined;
  const quantity = Math.min(came, line.in_transit);
  const remaining = line.in_transit - quantity - gone;
  return remaining < 0 ? undefined : { quantity, lost: gone, surplus: came - quantity, remaining };
}
