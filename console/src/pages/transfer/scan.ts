import type { components } from "holdfast-client";
import { unitsOf } from "../../format/decimal.ts";

type Line = components["schemas"]["TransferLine"];

/** The counts of a product, as they were typed. */
export interface Count {
  arrived: string;
  lost: string;
}

export type Counts = Record<string, Count>;

/** The counts of a product. Its id may be any name, also that of a member of Object. */
export function countOf(counts: Counts, product: string): Count {
  return (Object.hasOwn(counts, product) ? counts[product] : undefined) ?? { arrived: "", lost: "" };
}

/**
 * The outcome of a scan: one more of a product, a product that is measured and not counted, or none of the
 * transfer.
 */
export type Scanned =
  | { is: "counted"; product: string; counts: Counts }
  | { is: "measured" | "unknown"; product: string };

/** Takes in an id as a scanner types it: one more of it has arrived. */
export function scan(lines: readonly Line[], counts: Counts, typed: string): Scanned {
  const line = lineOf(lines, typed) ?? lineOf(lines, typed.trim());
  if (!line) return { is: "unknown", product: typed.trim() };
  if (line.scale) return { is: "measured", product: line.product_id };
  return { is: "counted", product: line.product_id, counts: more(counts, line.product_id, 1) };
}

function lineOf(lines: readonly Line[], id: string): Line | undefined {
  return lines.find(({ product_id }) => product_id === id);
}

/** That many more have arrived, but never fewer than none. Text that is no number counts as none. */
export function more(counts: Counts, product: string, by: number): Counts {
  const count = countOf(counts, product);
  const arrived = Math.max(0, (unitsOf(count.arrived) ?? 0) + by);
  return { ...counts, [product]: { ...count, arrived: String(arrived) } };
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
