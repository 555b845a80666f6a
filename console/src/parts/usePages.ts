import { type QueryKey, type UseQueryOptions, useQueries } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { pageSize, windowOf } from "./pages.ts";
import { steady } from "./steady.ts";

interface Page<Row> {
  items: Row[];
  next_page_token?: string;
}

/** The knowledge about a list: where its pages begin, and how long those are that were read. */
interface Known {
  list: string;
  tokens: (string | undefined)[];
  sizes: number[];
}

const top = { first: 0, last: 40 };

/**
 * A long list by pages: the pages around the visible lines are there, and only the visible ones are read
 * again. Lines keep their places: new lines wait for renew. Another list, by its name, begins at its top.
 */
export function usePages<Row, Answer extends Page<Row>>(
  list: string,
  keyOf: (row: Row) => string,
  make: (token: string | undefined, seen: boolean) => UseQueryOptions<Answer, Error, Answer, never> | object,
) {
  const [known, setKnown] = useState<Known>({ list, tokens: [undefined], sizes: [] });
  const [seen, setSeen] = useState(top);
  const current = known.list === list ? known : { list, tokens: [undefined], sizes: [] };
  const { first, last } = known.list === list ? seen : top;

  const held = windowOf(first, last, current.tokens.length);
  const live = (page: number) => page >= Math.floor(first / pageSize) && page <= Math.floor(last / pageSize);
  const answers = useQueries({
    queries: held.map(
      (page) =>
        ({ ...make(current.tokens[page], live(page)), gcTime: 10_000 }) as UseQueryOptions<
          Answer,
          Error,
          Answer,
          QueryKey
        >,
    ),
  });

  // The state learns from the answers while rendering, as React advises for derived state.
  const learned = { list, tokens: [...current.tokens], sizes: [...current.sizes] };
  for (const [at, page] of held.entries()) {
    const data = answers[at]?.data;
    if (!data) continue;
    learned.sizes[page] = data.items.length;
    if (data.next_page_token !== undefined) learned.tokens[page + 1] ??= data.next_page_token;
    else learned.tokens.length = page + 1; // the list has become shorter
  }
  if (JSON.stringify(learned) !== JSON.stringify(known)) {
    setKnown(learned);
    if (known.list !== list) setSeen(top);
  }

  // The rows as they stand on the screen, by page; only of the pages that are held.
  const shown = useRef({ list, pages: new Map<number, Row[]>() });
  if (shown.current.list !== list) shown.current = { list, pages: new Map() };
  const before = shown.current.pages;
  const after = new Map<number, Row[]>();
  const gone = new Set<Row>();
  const drawn = new Set<string>();
  let waiting = 0;
  const rows: (Row | undefined)[] = [];
  for (let page = 0; page < learned.tokens.length; page++) {
    const data = answers[held.indexOf(page)]?.data;
    if (!data) {
      rows.push(...Array<undefined>(learned.sizes[page] ?? (page > 0 ? 1 : 0)).fill(undefined));
      continue;
    }
    const now = steady(before.get(page), data.items, keyOf);
    after.set(page, now.rows);
    for (const row of now.gone) gone.add(row);
    waiting += now.waiting;
    for (const row of now.rows) {
      // A row that has wandered to another page is drawn once.
      if (drawn.has(keyOf(row))) continue;
      drawn.add(keyOf(row));
      rows.push(row);
    }
  }
  shown.current.pages = after;

  const failed = answers.find((answer) => answer.error);
  const newest = answers.reduce(
    (best, answer) => (answer.dataUpdatedAt > best.dataUpdatedAt ? answer : best),
    answers[0] as (typeof answers)[number],
  );
  return {
    rows,
    answer: {
      data: newest.data,
      error: failed?.error ?? null,
      dataUpdatedAt: newest.dataUpdatedAt,
      refetch: () => void Promise.all(answers.map((answer) => answer.refetch())),
    },
    gone,
    waiting,
    renew: () => {
      shown.current.pages = new Map();
      setKnown({ list, tokens: [undefined], sizes: [] });
      setSeen(top);
    },
    seen: { first, last },
    onSeen: useCallback((from: number, to: number) => setSeen({ first: from, last: to }), []),
  };
}
