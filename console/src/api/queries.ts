import { keepPreviousData, QueryClient, queryOptions, useQuery } from "@tanstack/react-query";
import { ok, type paths } from "holdfast-client";
import { zone } from "../format/time.ts";
import { figures } from "../live/figures.ts";
import { pageSize } from "../parts/pages.ts";
import { api } from "./client.ts";
import type { ItemList } from "./types.ts";

/** How often figures that are looked at are read again, in milliseconds. */
export const every = 3_000;
/** The same of a journal that is followed. */
export const often = 1_000;
/** The same of figures that frames bring: what is asked for is which items there are. */
export const slowly = 15_000;
/** The same of what changes seldom. */
export const seldom = 60_000;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: false, // the client repeats what may be repeated
      networkMode: "always", // a server of the house is there without the internet
      staleTime: 1_000,
      refetchOnWindowFocus: true,
    },
  },
});

/** What a list of items is filtered by: the words of its address. */
export interface ItemFilter {
  q?: string;
  status?: string;
  loc?: string;
  ch?: string;
  product?: string;
  seller?: string;
  sort?: string;
}

/** So many rows stand on the overview. */
const few = 5;

type Asked = Record<string, string | number | undefined>;

/** A query without what nobody said. */
export function query(of: Asked): Record<string, string> {
  const given = Object.entries(of).filter(([, value]) => value !== undefined && value !== "");
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}

type ItemQuery = NonNullable<paths["/v1/items"]["get"]["parameters"]["query"]>;

/** What the list of items is asked, without what nobody said. */
function itemQuery(filter: ItemFilter, page_token: string | undefined): ItemQuery {
  const of = {
    q: filter.q,
    status: filter.status?.split(","),
    location_id: filter.loc,
    channel_id: filter.ch,
    product_id: filter.product,
    seller_id: filter.seller,
    sort: filter.sort,
    page_size: pageSize,
    page_token,
  };
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as ItemQuery;
}

export const who = queryOptions({
  queryKey: ["who"],
  queryFn: ({ signal }) => ok(api.GET("/v1/session", { signal })),
  staleTime: 60_000,
});

export function useWho() {
  return useQuery(who);
}

async function readItems(query: ItemQuery, signal: AbortSignal): Promise<ItemList> {
  const list = (await ok(api.GET("/v1/items", { params: { query }, signal }))) as ItemList;
  for (const { inventory, state } of list.items) figures.answer(inventory, query.channel_id, state);
  return list;
}

export const items = (filter: ItemFilter, token: string | undefined, pace: number | false = every) =>
  queryOptions({
    queryKey: ["items", filter, token ?? ""],
    queryFn: ({ signal }) => readItems(itemQuery(filter, token), signal),
    refetchInterval: pace,
  });

/** The first few items in a state or in any, what has changed last on top, and how many there are. */
export const itemsIn = (...status: NonNullable<ItemQuery["status"]>) =>
  queryOptions({
    queryKey: ["items-in", status],
    queryFn: ({ signal }) =>
      readItems({ ...(status.length > 0 ? { status } : {}), sort: "-updated", page_size: few }, signal),
    refetchInterval: every,
  });

export const suggestions = (q: string) =>
  queryOptions({
    queryKey: ["suggest", q],
    queryFn: ({ signal }) => ok(api.GET("/v1/suggest", { params: { query: { q, limit: 10 } }, signal })),
    enabled: q !== "",
    placeholderData: keepPreviousData,
  });

export const product = (product_id: string, pace = every) =>
  queryOptions({
    queryKey: ["product", product_id],
    queryFn: async ({ signal }) => {
      const of = { params: { path: { product_id } }, signal };
      const found = await ok(api.GET("/v1/inventory/product/{product_id}", of));
      for (const inventory of found.locations) figures.answer(inventory);
      return found;
    },
    refetchInterval: pace,
  });

/** The accounts of a product now, or as they were at a past moment. */
export const accounts = (product_id: string, at?: string) =>
  queryOptions({
    queryKey: ["accounts", product_id, at ?? ""],
    queryFn: ({ signal }) =>
      ok(api.GET("/v1/accounts/{product_id}", { params: { path: { product_id }, query: query({ at }) }, signal })),
    refetchInterval: at ? false : every,
  });

/** The title that shoppers are shown; empty where nobody has described the product. */
export const titleOf = (product_id: string) =>
  queryOptions({
    queryKey: ["title", product_id],
    queryFn: async ({ signal }) => {
      const list = await ok(api.GET("/v1/items", { params: { query: { product_id, page_size: 1 } }, signal }));
      return list.items[0]?.title ?? "";
    },
    staleTime: 60_000,
  });

export const quotas = (product_id: string, location_id: string) =>
  queryOptions({
    queryKey: ["quotas", product_id, location_id],
    queryFn: ({ signal }) =>
      ok(api.GET("/v1/quotas/{product_id}", { params: { path: { product_id }, query: { location_id } }, signal })),
    refetchInterval: every,
  });

export const promises = (product_id: string, location_id: string) =>
  queryOptions({
    queryKey: ["promises", product_id, location_id],
    queryFn: ({ signal }) =>
      ok(api.GET("/v1/promises/{product_id}", { params: { path: { product_id }, query: { location_id } }, signal })),
    refetchInterval: every,
  });

export const explanation = (product_id: string, location_id?: string, channel_id?: string, n?: string) =>
  queryOptions({
    queryKey: ["explanation", product_id, location_id ?? "", channel_id ?? "", n ?? ""],
    queryFn: ({ signal }) =>
      ok(
        api.GET("/v1/explain/{product_id}", {
          params: {
            path: { product_id },
            query: {
              ...(location_id === undefined ? {} : { location_id }),
              ...(channel_id === undefined ? {} : { channel_id }),
              ...(n === undefined ? {} : { quantity: Number(n) }),
            },
          },
          signal,
        }),
      ),
    refetchInterval: every,
    placeholderData: keepPreviousData,
  });

export const lots = (product_id: string, location_id: string | undefined) =>
  queryOptions({
    queryKey: ["lots", product_id, location_id ?? ""],
    queryFn: ({ signal }) =>
      ok(
        api.GET("/v1/lots/{product_id}", {
          params: { path: { product_id }, query: { ...(location_id ? { location_id } : {}), page_size: pageSize } },
          signal,
        }),
      ),
    refetchInterval: every,
  });

/** The orders that have to do with lots: an attribute of theirs is a word of its own in the address. */
export const lotOrders = (product_id: string, lot: Record<string, string>, location_id: string) =>
  queryOptions({
    queryKey: ["lotOrders", product_id, lot, location_id],
    queryFn: ({ signal }) =>
      ok(
        api.GET("/v1/lots/{product_id}/orders", {
          params: { path: { product_id }, query: { attr: lot, page_size: pageSize } },
          querySerializer: () => {
            const attributes = Object.entries(lot).map(([name, value]) => [`attr.${name}`, value]);
            const where = location_id ? [["location_id", location_id]] : [];
            return new URLSearchParams([...attributes, ...where, ["page_size", String(pageSize)]]).toString();
          },
          signal,
        }),
      ),
    refetchInterval: every,
  });

export interface HoldFilter {
  product_id?: string | undefined;
  location_id?: string | undefined;
  channel_id?: string | undefined;
  order_prefix?: string | undefined;
}

export const holds = (filter: HoldFilter, page_token?: string, live = true) =>
  queryOptions({
    queryKey: ["holds", filter, page_token ?? ""],
    queryFn: ({ signal }) =>
      ok(
        api.GET("/v1/reservations", {
          params: { query: { ...query({ ...filter, page_token }), page_size: pageSize } },
          signal,
        }),
      ),
    refetchInterval: live ? every : false,
  });

export interface OrderFilter {
  q?: string | undefined;
  state?: string | undefined;
  product_id?: string | undefined;
  location_id?: string | undefined;
  channel_id?: string | undefined;
  customer_id?: string | undefined;
  sort?: string | undefined;
  due_before?: string | undefined;
}

/** States of which the server reads all that is kept: they are not read again by themselves. */
const ended = new Set(["confirmed", "cancelled", "expired", "any"]);

export const orders = (filter: OrderFilter, page_token: string | undefined, live: boolean) =>
  queryOptions({
    queryKey: ["orders", filter, page_token ?? ""],
    queryFn: ({ signal }) =>
      ok(
        api.GET("/v1/orders", {
          params: { query: { ...query({ ...filter, page_token }), page_size: pageSize } },
          signal,
        }),
      ),
    refetchInterval: live && !ended.has(filter.state ?? "") ? every : false,
  });

/** The order with just this id, whatever its state; an empty list where there is none. */
export const orderNamed = (order_id: string) =>
  queryOptions({
    queryKey: ["order named", order_id],
    queryFn: ({ signal }) => ok(api.GET("/v1/orders", { params: { query: { order_id } }, signal })),
    enabled: order_id !== "",
    refetchInterval: every,
  });

/** The history of an order. It is read again when the order has changed, and now and then for units that came back. */
export const orderHistory = (order_id: string, changed: string) =>
  queryOptions({
    queryKey: ["order history", order_id, changed],
    queryFn: ({ signal }) => ok(api.GET("/v1/orders/{order_id}/history", { params: { path: { order_id } }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: seldom,
  });

export interface JournalFilter {
  product_id?: string | undefined;
  location_id?: string | undefined;
  channel_id?: string | undefined;
  order_id?: string | undefined;
  operation?: string | undefined;
  operator?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
}

export const journal = (filter: JournalFilter, page_token: string | undefined, pace: number | false) =>
  queryOptions({
    queryKey: ["journal", filter, page_token ?? ""],
    queryFn: ({ signal }) =>
      ok(
        api.GET("/v1/logs", {
          params: { query: { ...query({ ...filter, page_token }), page_size: pageSize } },
          signal,
        }),
      ),
    refetchInterval: pace,
  });

/** Records of the log of a slot behind one, oldest first, some of them with their block. */
export const records = (slot: number, after: number, page_size: number, with_block: number[]) =>
  ok(api.GET("/v1/records", { params: { query: { slot, after, page_size, with_block: with_block.map(String) } } }));

/** The figures of each of the last days of the browser's zone, this one included. */
export const figuresByDay = (
  days: number,
  location_id: string | undefined,
  channel_id: string | undefined,
  product_id: string | undefined,
) =>
  queryOptions({
    queryKey: ["figures", "days", days, location_id, channel_id, product_id],
    queryFn: ({ signal }) => {
      const now = new Date();
      const since = new Date(now.getFullYear(), now.getMonth(), now.getDate() - days + 1).toISOString();
      const asked = query({ since, time_zone: zone, location_id, channel_id, product_id });
      return ok(api.GET("/v1/figures", { params: { query: { ...asked, by: "day" } }, signal }));
    },
    placeholderData: keepPreviousData,
    refetchInterval: seldom,
  });

/** The levels on each of these days. */
export const stockByDay = (days: number, location_id: string | undefined, product_id: string | undefined) =>
  queryOptions({
    queryKey: ["figures", "stock", days, location_id, product_id],
    queryFn: ({ signal }) => {
      const now = new Date();
      const since = new Date(now.getFullYear(), now.getMonth(), now.getDate() - days + 1).toISOString();
      const asked = query({ since, time_zone: zone, location_id, product_id });
      return ok(api.GET("/v1/figures:stock", { params: { query: { ...asked, by: "day" } }, signal }));
    },
    placeholderData: keepPreviousData,
    refetchInterval: seldom,
  });

/** The items with the most units beyond their target, and all items with a target by unit. */
export const overstock = (location_id: string | undefined) =>
  queryOptions({
    queryKey: ["figures", "overstock", location_id],
    queryFn: ({ signal }) => {
      const asked = query({ location_id });
      return ok(api.GET("/v1/figures:overstock", { params: { query: { ...asked, page_size: pageSize } }, signal }));
    },
    placeholderData: keepPreviousData,
    refetchInterval: seldom,
  });

/** How the node that answers has served, and how far sinks are. */
export const serviceFigures = queryOptions({
  queryKey: ["figures", "service"],
  queryFn: ({ signal }) => ok(api.GET("/v1/figures:service", { signal })),
  refetchInterval: 10_000,
});

/** The figures of each minute of the day that begins then. */
export const dayFigures = (start: Date, pace: number) => {
  const since = start.toISOString();
  const until = new Date(start.getTime() + 86_400_000).toISOString();
  return queryOptions({
    queryKey: ["figures", since],
    queryFn: ({ signal }) => ok(api.GET("/v1/figures", { params: { query: { by: "minute", since, until } }, signal })),
    refetchInterval: pace,
  });
};

/** The holds that end within ten minutes, and the open cases, as far as one page has them. */
export const dueSoon = queryOptions({
  queryKey: ["due-soon"],
  queryFn: ({ signal }) => {
    const expires_before = new Date(Date.now() + 600_000).toISOString();
    return ok(api.GET("/v1/reservations", { params: { query: { expires_before, page_size: 500 } }, signal }));
  },
  refetchInterval: every,
});

export const order = (order_id: string) =>
  queryOptions({
    queryKey: ["order", order_id],
    queryFn: ({ signal }) => ok(api.GET("/v1/inventory/orders/{order_id}", { params: { path: { order_id } }, signal })),
    refetchInterval: every,
  });

export const locations = queryOptions({
  queryKey: ["locations"],
  queryFn: async ({ signal }) => {
    const all = [];
    let page_token: string | undefined;
    do {
      const page = await ok(
        api.GET("/v1/locations", {
          params: { query: { page_size: 500, ...(page_token ? { page_token } : {}) } },
          signal,
        }),
      );
      all.push(...page.items);
      page_token = page.next_page_token;
    } while (page_token && all.length < 5_000);
    return { items: all, more: page_token !== undefined };
  },
  staleTime: seldom,
  refetchInterval: seldom,
});

/** The reasons of the tenant, for which people change stock by hand. */
export const reasons = queryOptions({
  queryKey: ["reasons"],
  queryFn: ({ signal }) => ok(api.GET("/v1/reasons", { signal })),
  staleTime: seldom,
});
