import { type components, HoldfastError } from "holdfast-client";
import type { ListedItem } from "../../api/types.ts";
import { unitsOf } from "../../format/decimal.ts";
import { type Mode, netOf, sharesOf } from "../../parts/allot.ts";
import { batch } from "../../parts/bulk.ts";
import type { Note, PlanLine, Planned } from "../../parts/plan.ts";
import { named, what } from "./bulk.ts";

type Item = ListedItem["inventory"];
type Allotted = components["schemas"]["AllotResponse"];

/** The dry run of an item: its answer, why there is none, or nothing while it is asked for. */
export type Tried = Allotted | Error | undefined;

/**
 * An allotment of each item as its dry run says it. An item of which the dry run is refused, or moves
 * nothing, is left out and named.
 */
export function planAllots(
  items: readonly Item[],
  tried: readonly Tried[],
  mode: Mode,
  typed: string,
  reason: string,
): Planned {
  const keep = (item: Item) => unitsOf(typed || "0", item.scale);
  if (items.some((item) => (keep(item) ?? -1) < 0)) return { faults: { keep: "act.fault.notNegative" } };
  const answers = items.map((item, at) => ({ item, answer: tried[at] }));
  if (answers.some(({ answer }) => answer === undefined)) return { faults: { keep: "items:allot.trying" } };
  const moving = answers.flatMap(({ item, answer }) =>
    answer && "moves" in answer && answer.stock && answer.moves.length > 0
      ? [{ item, stock: answer.stock, moves: answer.moves }]
      : [],
  );
  if (moving.length === 0) return { faults: { keep: "items:allot.nothing" } };
  const notes = answers.flatMap(({ item, answer }): Note[] => {
    if (answer instanceof HoldfastError) {
      return [{ words: "items:allot.refused", values: { item: named(item), why: answer.detail } }];
    }
    const stays = answer && "moves" in answer && answer.moves.length === 0;
    return stays ? [{ words: "items:allot.stays", values: { item: named(item) } }] : [];
  });
  const planned = batch(
    moving,
    ({ item }) => ({
      allot: { ...what(item), mode, keep: keep(item) ?? 0, ...(reason.trim() ? { reason: reason.trim() } : {}) },
    }),
    ({ item, stock, moves }) => {
      const line = (figure: PlanLine["figure"], before: number, after: number): PlanLine => {
        const { unit, scale } = item;
        return { of: named(item), figure, unit, scale, before: { units: before }, after: { units: after } };
      };
      const shared = netOf(moves, "pool/shared");
      return [
        line({ account: "pool/shared" }, stock.shared - shared, stock.shared),
        ...sharesOf(stock, moves)
          .filter(({ quota }) => quota.before !== quota.after)
          .map(({ channel, remaining }) => line({ account: `quota/${channel}` }, remaining.before, remaining.after)),
      ];
    },
  );
  return "plan" in planned ? { plan: { ...planned.plan, notes } } : planned;
}
