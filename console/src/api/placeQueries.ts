import { queryOptions } from "@tanstack/react-query";
import { ok } from "holdfast-client";
import { api } from "./client.ts";

/** The time between two counts of the items of locations, in milliseconds. */
const pace = 10_000;
const most = 5_000;

/** The number of items in each state, by location. */
export const locationStock = queryOptions({
  queryKey: ["location-stock"],
  queryFn: async ({ signal }) => {
    const items = [];
    let page_token: string | undefined;
    for (;;) {
      const query = { page_size: 500, ...(page_token ? { page_token } : {}) };
      const page = await ok(api.GET("/v1/locations:stock", { params: { query }, signal }));
      items.push(...page.items);
      page_token = page.next_page_token;
      if (!page_token || items.length >= most) return { items, as_of: page.as_of, more: page_token !== undefined };
    }
  },
  refetchInterval: pace,
});
