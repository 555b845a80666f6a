import type { components } from "holdfast-client";
import type { ItemState } from "../states.ts";

export type LocationStock = components["schemas"]["LocationStock"];
type Counts = components["schemas"]["StockCounts"];

/** The states of items, the worst first. */
const worstFirst: readonly ItemState[] = ["oversold", "sold_out", "low", "off_sale", "in_stock", "not_counted"];

/** The worst state that an item of the location has. Off sale comes last, because it is on purpose. */
export function worstOf(counts: Counts | undefined): ItemState {
  return worstFirst.find((state) => (counts?.[state] ?? 0) > 0) ?? "not_counted";
}

/** One dot of a map: a location, or a cell with several. */
export interface Dot {
  x: number;
  y: number;
  state: ItemState;
  locations: LocationStock[];
}

/** Above so many locations they are put together by cells. */
const mostDots = 500;
const cells = 24;

/**
 * The places of locations in a box of this width and height, by degrees on a plain grid: north is up,
 * a degree is as long in both directions as it is in the middle. Those without coordinates have no place.
 */
export function mapOf(
  all: readonly LocationStock[],
  width: number,
  height: number,
): { dots: Dot[]; rest: LocationStock[] } {
  const placed = all.filter((one) => one.coordinates);
  const rest = all.filter((one) => !one.coordinates);
  const north = placed.map((one) => one.coordinates?.latitude ?? 0);
  const east = placed.map((one) => one.coordinates?.longitude ?? 0);
  const [south, top, west, right] = [Math.min(...north), Math.max(...north), Math.min(...east), Math.max(...east)];
  const narrow = Math.cos((((south + top) / 2) * Math.PI) / 180);
  const scale = Math.min(width / Math.max((right - west) * narrow, 0.01), height / Math.max(top - south, 0.01));
  const left = (width - (right - west) * narrow * scale) / 2;
  const above = (height - (top - south) * scale) / 2;
  const dots = placed.map(
    (one, n): Dot => ({
      x: left + ((east[n] ?? 0) - west) * narrow * scale,
      y: above + (top - (north[n] ?? 0)) * scale,
      state: worstOf(one.items),
      locations: [one],
    }),
  );
  return { dots: dots.length > mostDots ? inCells(dots, width, height) : dots, rest };
}

function inCells(dots: readonly Dot[], width: number, height: number): Dot[] {
  const side = Math.max(width, height) / cells;
  const found = new Map<string, Dot>();
  for (const dot of dots) {
    const [column, row] = [Math.floor(dot.x / side), Math.floor(dot.y / side)];
    const cell = found.get(`${column} ${row}`);
    if (!cell) {
      found.set(`${column} ${row}`, { ...dot, x: (column + 0.5) * side, y: (row + 0.5) * side });
      continue;
    }
    cell.locations = [...cell.locations, ...dot.locations];
    if (worstFirst.indexOf(dot.state) < worstFirst.indexOf(cell.state)) cell.state = dot.state;
  }
  return [...found.values()];
}
