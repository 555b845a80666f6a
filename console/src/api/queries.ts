import { QueryClient, queryOptions, useQuery } from "@tanstack/react-query";
import { ok } from "holdfast-client";
import { api } from "./client.ts";

/** How often visible figures are read again, in milliseconds. */
export const every = 3_000;
/** The same for a journal that is followed. */
export const often = 1_000;
/** The same for figures that frames bring: the request only finds which items there are. */
export const slowly = 15_000;
/** The same for data that seldom changes. */
export const seldom = 60_000;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: false, // the client repeats the calls that may be repeated
      networkMode: "always", // a server of the house is there without the internet
      staleTime: 1_000,
      refetchOnWindowFocus: true,
    },
  },
});

type Asked = Record<string, string | number | undefined>;

/** A query without the parts that nobody set. */
export function query(of: Asked): Record<string, string> {
  const given = Object.entries(of).filter(([, value]) => value !== undefined && value !== "");
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}

export const who = queryOptions({
  queryKey: ["who"],
  queryFn: ({ signal }) => ok(api.GET("/v1/session", { signal })),
  staleTime: 60_000,
});

export function useWho() {
  return useQuery(who);
}

/** Where days begin: in the zone that the tenant has chosen. */
export function useDayZone(): string {
  return useWho().data?.time_zone ?? "UTC";
}

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
