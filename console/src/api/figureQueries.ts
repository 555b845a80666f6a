import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { ok } from "holdfast-client";
import { midnight } from "../format/midnight.ts";
import { pageSize } from "../parts/pages.ts";
import { api } from "./client.ts";
import { query, seldom } from "./queries.ts";

/** The figures of each of the last days of the tenant's zone, this one included. */
export const figuresByDay = (
  days: number,
  location_id: string | undefined,
  channel_id: string | undefined,
  product_id: string | undefined,
  time_zone: string,
) =>
  queryOptions({
    queryKey: ["figures", "days", days, location_id, channel_id, product_id, time_zone],
    queryFn: ({ signal }) => {
      const since = new Date(midnight(Date.now(), days - 1, time_zone)).toISOString();
      const asked = query({ since, time_zone, location_id, channel_id, product_id });
      return ok(api.GET("/v1/figures", { params: { query: { ...asked, by: "day" } }, signal }));
    },
    placeholderData: keepPreviousData,
    refetchInterval: seldom,
  });

/** The levels on each of these days. */
export const stockByDay = (
  days: number,
  location_id: string | undefined,
  product_id: string | undefined,
  time_zone: string,
) =>
  queryOptions({
    queryKey: ["figures", "stock", days, location_id, product_id, time_zone],
    queryFn: ({ signal }) => {
      const since = new Date(midnight(Date.now(), days - 1, time_zone)).toISOString();
      const asked = query({ since, time_zone, location_id, product_id });
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
