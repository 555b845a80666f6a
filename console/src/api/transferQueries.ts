import { queryOptions } from "@tanstack/react-query";
import { ok } from "holdfast-client";
import { pageSize } from "../parts/pages.ts";
import { api } from "./client.ts";
import { every, query } from "./queries.ts";

export interface TransferFilter {
  state: "requested" | "approved" | "in_transit" | "received" | "cancelled";
  location_id?: string | undefined;
}

export const transfers = (filter: TransferFilter) =>
  queryOptions({
    queryKey: ["transfers", filter],
    queryFn: ({ signal }) =>
      ok(api.GET("/v1/transfers", { params: { query: { ...query({ ...filter }), page_size: pageSize } }, signal })),
    refetchInterval: every,
  });

export const transfer = (transfer_id: string) =>
  queryOptions({
    queryKey: ["transfer", transfer_id],
    queryFn: ({ signal }) => ok(api.GET("/v1/transfers/{transfer_id}", { params: { path: { transfer_id } }, signal })),
    refetchInterval: every,
  });
