import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { ok } from "holdfast-client";
import { pageSize } from "../parts/pages.ts";
import { api } from "./client.ts";
import { every, query, seldom } from "./queries.ts";

/** The orders that have to do with lots: an attribute of theirs is a word of its own in the address. */
export const lotOrders = (product_id: string, lot: Record<string, string>, location_id: string) =>
  queryOptions({
    queryKey: ["lotOrders", product_id, lot, location_id],
    queryFn: ({ signal }) => {
      const attr = Object.fromEntries(Object.entries(lot).map(([name, value]) => [`attr.${name}`, value]));
      return ok(
        api.GET("/v1/lots/{product_id}/orders", {
          params: { path: { product_id }, query: { attr, ...query({ location_id }), page_size: pageSize } },
          signal,
        }),
      );
    },
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

/** States for which the server reads all orders that are kept: they are not read again by themselves. */
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
