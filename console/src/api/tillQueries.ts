import { queryOptions } from "@tanstack/react-query";
import { ok } from "holdfast-client";
import { pageSize } from "../parts/pages.ts";
import type { TillState } from "../parts/tills.ts";
import { api } from "./client.ts";
import { every, query, slowly } from "./queries.ts";

/** The filter of the list of tills, in the words of its address. */
export interface TillFilter {
  state?: TillState;
  loc?: string;
  q?: string;
}

/** How many tills are in each state. The server looks at all of them for it. */
export const tillCounts = queryOptions({
  queryKey: ["till-counts"],
  queryFn: ({ signal }) => ok(api.GET("/v1/tills:count", { signal })),
  refetchInterval: slowly,
});

export const tills = ({ state, loc, q }: TillFilter, page_token: string | undefined, pace: number | false) =>
  queryOptions({
    queryKey: ["tills", state ?? "", loc ?? "", q ?? "", page_token ?? ""],
    queryFn: ({ signal }) => {
      const asked = { ...query({ location_id: loc, q, page_token }), ...(state ? { state } : {}), page_size: pageSize };
      return ok(api.GET("/v1/tills", { params: { query: asked }, signal }));
    },
    refetchInterval: pace,
  });

/** A till; null where nobody has set it. */
export const till = (till_id: string) =>
  queryOptions({
    queryKey: ["till", till_id],
    queryFn: async ({ signal }) => {
      const call = api.GET("/v1/tills/{till_id}", { params: { path: { till_id } }, signal });
      if ((await call).response.status === 404) return null;
      return ok(call);
    },
    refetchInterval: every,
  });

/** Whether somebody has set a till of this id. */
export const isTill = (till_id: string) => queryOptions({ ...till(till_id), enabled: till_id !== "" });

/** Of a till's products and orders the first page is shown, or it says that there are more. */
const first = { page_size: 500 };

export const tillStock = (till_id: string) =>
  queryOptions({
    queryKey: ["till-stock", till_id],
    queryFn: ({ signal }) =>
      ok(api.GET("/v1/tills/{till_id}/stock", { params: { path: { till_id }, query: first }, signal })),
    refetchInterval: every,
  });

export const tillOrders = (till_id: string) =>
  queryOptions({
    queryKey: ["till-orders", till_id],
    queryFn: ({ signal }) =>
      ok(api.GET("/v1/tills/{till_id}/orders", { params: { path: { till_id }, query: first }, signal })),
    refetchInterval: every,
  });

/** The policies of tills that do not say their own: the first page. */
export const tillPolicies = queryOptions({
  queryKey: ["till-policies"],
  queryFn: ({ signal }) => ok(api.GET("/v1/till-policies", { params: { query: first }, signal })),
  refetchInterval: slowly,
});
