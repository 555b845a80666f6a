import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { ok, type paths } from "holdfast-client";
import { figures } from "../live/figures.ts";
import { pageSize } from "../parts/pages.ts";
import { api } from "./client.ts";
import { every, query } from "./queries.ts";
import type { ItemList } from "./types.ts";

/** The filter of a list of items, in the words of its address. */
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

type ItemQuery = NonNullable<paths["/v1/items"]["get"]["parameters"]["query"]>;

/** The query of the list of items, without the parts that the filter leaves open. */
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
