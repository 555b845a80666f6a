import { queryOptions } from "@tanstack/react-query";
import { ok } from "holdfast-client";
import { api } from "./client.ts";
import { every, query, seldom } from "./queries.ts";

export interface Trial {
  product_id: string;
  location_id: string;
  mode: "pool" | "under_level" | "rebalance";
  keep: number;
}

/** The units that an allotment would move. The request is for this version of the item. */
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

/** The figures of each hour of the day that begins and ends then, by channel and unit. */
export const hourFigures = (
  start: Date,
  until: Date,
  location_id: string | undefined,
  channel_id: string | undefined,
  pace: number,
) =>
  queryOptions({
    queryKey: ["figures", "hours", start.toISOString(), location_id, channel_id],
    queryFn: ({ signal }) => {
      const asked = query({ since: start.toISOString(), until: until.toISOString(), location_id, channel_id });
      return ok(api.GET("/v1/figures", { params: { query: { ...asked, by: "hour" } }, signal }));
    },
    refetchInterval: pace,
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
