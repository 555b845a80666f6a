import type { AlertFilter } from "../../api/alertQueries.ts";
import { alertStates } from "../../parts/alerts.ts";

/** The words of the address that alerts are filtered by. */
export interface Filter {
  state?: string;
  rule?: string;
  product?: string;
  loc?: string;
}

/** The query of the list. A state that nobody knows is as none. */
export function asked(filter: Filter, place: string | undefined): AlertFilter {
  const state = alertStates.find((one) => one === filter.state);
  return {
    ...(state ? { state } : {}),
    ...(filter.rule ? { rule_id: filter.rule } : {}),
    ...(filter.product ? { product_id: filter.product } : {}),
    ...(place ? { location_id: place } : {}),
  };
}

export function isFiltered({ state, rule, product, loc }: Filter): boolean {
  return [state, rule, product, loc].some((one) => one !== undefined);
}
