import { useRef, useState } from "react";
import { type ItemFilter, items } from "../../api/itemQueries.ts";
import { queryClient } from "../../api/queries.ts";
import type { ListedItem } from "../../api/types.ts";
import { keyOf } from "./columns.tsx";

/** The most items that are changed at once: so many commands one call may have. */
export const mostItems = 1_000;

interface Marked {
  /** The list that they were chosen from: in another one none of them is. */
  list: string;
  rows: ReadonlyMap<string, ListedItem>;
  /** How many of all that match were read, while the reading continues. */
  reading?: number;
  failed?: unknown;
}

/** The items that are chosen: one by one, or all that the list has, page by page. */
export function useMarked(list: string, filter: ItemFilter) {
  const [state, setState] = useState<Marked>({ list, rows: new Map() });
  const run = useRef(0);
  const { rows, reading, failed } = state.list === list ? state : { rows: new Map<string, ListedItem>() };
  const become = (next: Omit<Marked, "list">) => setState({ list, ...next });

  async function all() {
    const own = ++run.current;
    const found = new Map<string, ListedItem>();
    let token: string | undefined;
    try {
      do {
        become({ rows: found, reading: found.size });
        const page = await queryClient.fetchQuery({ ...items(filter, token, false), staleTime: 0 });
        if (own !== run.current) return;
        for (const row of page.items) if (found.size < mostItems) found.set(keyOf(row), row);
        token = page.next_page_token;
      } while (token && found.size < mostItems);
      become({ rows: found });
    } catch (failed) {
      if (own === run.current) become({ rows: new Map(), failed });
    }
  }

  const show = (next: ReadonlyMap<string, ListedItem>) => {
    run.current++;
    become({ rows: next });
  };
  return {
    rows,
    reading,
    failed,
    choose(row: ListedItem) {
      const next = new Map(rows);
      if (!next.delete(keyOf(row)) && next.size < mostItems) next.set(keyOf(row), row);
      show(next);
    },
    all: () => void all(),
    /** Items that were read until now stay chosen. */
    stop: () => show(new Map(rows)),
    none: () => show(new Map()),
  };
}
