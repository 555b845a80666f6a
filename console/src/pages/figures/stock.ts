import type { components } from "holdfast-client";

type StockRates = components["schemas"]["StockRates"];

/** The rates that the server makes of the stock, each with its formula (docs/guide/figures.md). */
export const stockRates: Record<
  string,
  { formula: string; of: (rates: StockRates) => number | undefined; percent?: boolean }
> = {
  turnover: { formula: "sold ÷ (unit_hours ÷ hours)", of: (r) => r.turnover },
  supply: { formula: "on_hand ÷ (sold ÷ days)", of: (r) => r.days_of_supply },
  stockOut: { formula: "out_of_stock_hours ÷ item_hours", of: (r) => r.stock_out_rate, percent: true },
  accuracy: { formula: "counts_exact ÷ counts", of: (r) => r.count_accuracy, percent: true },
  oversell: { formula: "oversold ÷ sold", of: (r) => r.oversell_rate, percent: true },
};

/** A number in tenths, to the nearest. */
export const tenths = (value: number): number => Math.round(10 * value);
