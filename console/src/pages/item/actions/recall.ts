import type { components } from "holdfast-client";
import { lotText } from "../../../parts/lots.ts";
import type { Faults, PlanLine, Planned } from "../../../parts/plan.ts";

type Schemas = components["schemas"];
type Row = Schemas["LotStock"];
type Listed = Schemas["ListLotsResponse"];
type Attributes = Record<string, string>;

export interface RecallFields {
  /** Which lots, as lotText writes them. */
  lot: string;
  /** Empty: wherever the lots are. */
  location: string;
  typed: string;
  reason: string;
}

/** The lots that may be recalled: by each attribute that they share, and each lot as a whole. */
export function lotChoices(rows: readonly Row[], lift: boolean): Attributes[] {
  const found = new Map<string, Attributes>();
  const lots = rows.filter(({ lot, recalled }) => lot && recalled === lift).map(({ lot }) => lot as Attributes);
  const pairs = lots.flatMap((lot) => Object.entries(lot).map(([name, value]) => ({ [name]: value })));
  for (const lot of [...pairs, ...lots]) found.set(lotText(lot), lot);
  return [...found.values()];
}

/** The lots that have all the attributes, at a place or wherever they are. */
export function concerned(rows: readonly Row[], lot: Attributes, location: string): Row[] {
  return rows.filter((row) => {
    const of: Attributes = row.lot ?? {};
    const fits = Object.entries(lot).every(([name, value]) => of[name] === value);
    return row.lot && fits && (location === "" || row.location_id === location);
  });
}

export function planRecall(all: Listed, lift: boolean, fields: RecallFields): Planned {
  const lot = lotChoices(all.items, lift).find((one) => lotText(one) === fields.lot);
  const faults: Faults = {};
  if (!lot) faults.lot = "item:recall.fault.lot";
  if (fields.reason.trim() === "") faults.reason = "act.fault.reason";
  if (lot && fields.typed.trim() !== fields.lot) faults.typed = "item:recall.fault.typed";
  if (!lot || Object.keys(faults).length > 0) return { faults };

  const { product_id, unit, scale } = all;
  const rows = concerned(all.items, lot, fields.location);
  const lines = rows.flatMap((row): PlanLine[] => {
    const of = `${lotText(row.lot)} · ${row.location_id}`;
    const said = (recalled: boolean) => ({ words: recalled ? "item:lots.recalled" : "item:recall.not" });
    const state: PlanLine = {
      of,
      figure: { words: "item:lots.state" },
      before: said(row.recalled),
      after: said(!lift),
    };
    if (lift) return [state];
    const figure = (words: string, before: number, after: number): PlanLine => {
      return { of, figure: { words }, unit, scale, before: { units: before }, after: { units: after } };
    };
    return [
      state,
      figure("item:lots.available", row.available, 0),
      figure("item:lots.withheld", row.withheld, row.withheld + row.available),
    ];
  });
  return {
    plan: {
      command: {
        operation: "RecallLot",
        body: {
          product_id,
          ...(fields.location ? { location_id: fields.location } : {}),
          lot,
          ...(lift ? { lift } : {}),
          reason: fields.reason.trim(),
        },
      },
      lines,
    },
  };
}
