import { queryOptions } from "@tanstack/react-query";
import { ok } from "holdfast-client";
import { pageSize } from "../parts/pages.ts";
import { api } from "./client.ts";
import { query } from "./queries.ts";

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
