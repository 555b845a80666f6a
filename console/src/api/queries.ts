import { keepPreviousData, QueryClient, queryOptions, useQuery } from "@tanstack/react-query";
import { ok, type paths } from "holdfast-client";
import { pageSize } from "../parts/pages.ts";
import { api } from "./client.ts";
import type { ItemList } from "./types.ts";

/** How often figures that are looked at are read again, in milliseconds. */
export const every = 3_000;
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

type Asked = Record<string, string | number | undefined>;

function query(of: Asked): Record<string, string> {
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

export const items = (filter: ItemFilter, token: string | undefined, live: boolean) =>
  queryOptions({
    queryKey: ["items", filter, token ?? ""],
    queryFn: ({ signal }) =>
      ok(api.GET("/v1/items", { params: { query: itemQuery(filter, token) }, signal })) as Promise<ItemList>,
    refetchInterval: live ? every : false,
  });

export const suggestions = (q: string) =>
  queryOptions({
    queryKey: ["suggest", q],
    queryFn: ({ signal }) => ok(api.GET("/v1/suggest", { params: { query: { q, limit: 10 } }, signal })),
    enabled: q !== "",
    placeholderData: keepPreviousData,
  });

export const product = (product_id: string) =>
  queryOptions({
    queryKey: ["product", product_id],
    queryFn: ({ signal }) =>
      ok(api.GET("/v1/inventory/product/{product_id}", { params: { path: { product_id } }, signal })),
    refetchInterval: every,
  });

export const accounts = (product_id: string) =>
  queryOptions({
    queryKey: ["accounts", product_id],
    queryFn: ({ signal }) => ok(api.GET("/v1/accounts/{product_id}", { params: { path: { product_id } }, signal })),
    refetchInterval: every,
  });

/** What shoppers are shown of the product; null where nobody has described it. */
export const details = (product_id: string) =>
  queryOptions({
    queryKey: ["details", product_id],
    queryFn: async ({ signal }) => {
      const call = api.GET("/v1/products/{product_id}/details", { params: { path: { product_id } }, signal });
      if ((await call).response.status === 404) return null;
      return ok(call);
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

export interface Trial {
  product_id: string;
  location_id: string;
  mode: "pool" | "under_level" | "rebalance";
  keep: number;
}

/** What an allotment would move. The version of the item is that for which it is asked. */
export const allotment = (trial: Trial | undefined, version: number) =>
  queryOptions({
    queryKey: ["allotment", trial, version],
    queryFn: ({ signal }) => {
      const { product_id, ...body } = trial as Trial;
      const path = { product_id };
      return ok(
        api.POST("/v1/quotas/{product_id}/allot", { params: { path }, body: { ...body, dry_run: true }, signal }),
      );
    },
    enabled: trial !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** When the channels are allotted to by themselves; null where they are not. */
export const quotaSchedule = (product_id: string, location_id: string) =>
  queryOptions({
    queryKey: ["quotaSchedule", product_id, location_id],
    queryFn: async ({ signal }) => {
      const params = { path: { product_id }, query: { location_id } };
      const call = api.GET("/v1/quotas/{product_id}/schedule", { params, signal });
      if ((await call).response.status === 404) return null;
      return ok(call);
    },
    refetchInterval: seldom,
  });

/** Up to 5,000 campaigns: the API gives them by id alone. */
export const campaigns = queryOptions({
  queryKey: ["campaigns"],
  queryFn: async ({ signal }) => {
    const all = [];
    let page_token: string | undefined;
    do {
      const query = { page_size: 500, ...(page_token ? { page_token } : {}) };
      const page = await ok(api.GET("/v1/campaigns", { params: { query }, signal }));
      all.push(...page.items);
      page_token = page.next_page_token;
    } while (page_token && all.length < 5_000);
    return { items: all, more: page_token !== undefined };
  },
  refetchInterval: 10_000,
});

/** A campaign with the first 500 of its items; null where nobody has made it. */
export const campaign = (campaign_id: string) =>
  queryOptions({
    queryKey: ["campaign", campaign_id],
    queryFn: async ({ signal }) => {
      const params = { path: { campaign_id }, query: { page_size: 500 } };
      const call = api.GET("/v1/campaigns/{campaign_id}", { params, signal });
      if ((await call).response.status === 404) return null;
      return ok(call);
    },
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

export const holds = (filter: HoldFilter) =>
  queryOptions({
    queryKey: ["holds", filter],
    queryFn: ({ signal }) =>
      ok(api.GET("/v1/reservations", { params: { query: { ...query({ ...filter }), page_size: pageSize } }, signal })),
    refetchInterval: every,
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

export const journal = (filter: JournalFilter, page_token: string | undefined, live: boolean) =>
  queryOptions({
    queryKey: ["journal", filter, page_token ?? ""],
    queryFn: ({ signal }) =>
      ok(
        api.GET("/v1/logs", {
          params: { query: { ...query({ ...filter, page_token }), page_size: pageSize } },
          signal,
        }),
      ),
    refetchInterval: live ? every : false,
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
