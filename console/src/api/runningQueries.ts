import { queryOptions } from "@tanstack/react-query";
import { ok } from "holdfast-client";
import { server } from "../app/base.ts";
import { api } from "./client.ts";
import { every, seldom } from "./queries.ts";

/** Lists of the installation are short: the first page is all of them, or says that it is not. */
const first = { page_size: 500 };

/** The word of the server for whether it takes calls; anybody may ask. */
export const readiness = queryOptions({
  queryKey: ["readiness"],
  queryFn: async ({ signal }) => (await (await fetch(`${server}/readyz`, { signal })).text()).trim(),
  refetchInterval: every,
});

export const sinks = queryOptions({
  queryKey: ["sinks"],
  queryFn: ({ signal }) => ok(api.GET("/v1/sinks", { params: { query: first }, signal })),
  refetchInterval: every,
});

export const sink = (name: string) =>
  queryOptions({
    queryKey: ["sink", name],
    queryFn: ({ signal }) => ok(api.GET("/v1/sinks/{name}", { params: { path: { name } }, signal })),
    refetchInterval: every,
  });

/** The most parked events, messages or deliveries that are shown. */
const some = { page_size: 50 };

export const parkedEvents = (name: string) =>
  queryOptions({
    queryKey: ["parked", "sink", name],
    queryFn: ({ signal }) =>
      ok(api.GET("/v1/sinks/{name}/parked", { params: { path: { name }, query: some }, signal })),
    refetchInterval: every,
  });

export const deliveries = (name: string) =>
  queryOptions({
    queryKey: ["deliveries", name],
    queryFn: ({ signal }) =>
      ok(api.GET("/v1/sinks/{name}/deliveries", { params: { path: { name }, query: some }, signal })),
    refetchInterval: every,
  });

export const sources = queryOptions({
  queryKey: ["sources"],
  queryFn: ({ signal }) => ok(api.GET("/v1/sources", { params: { query: first }, signal })),
  refetchInterval: every,
});

export const source = (name: string) =>
  queryOptions({
    queryKey: ["source", name],
    queryFn: ({ signal }) => ok(api.GET("/v1/sources/{name}", { params: { path: { name } }, signal })),
    refetchInterval: every,
  });

export const parkedMessages = (name: string) =>
  queryOptions({
    queryKey: ["parked", "source", name],
    queryFn: ({ signal }) =>
      ok(api.GET("/v1/sources/{name}/parked", { params: { path: { name }, query: some }, signal })),
    refetchInterval: every,
  });

export const keys = queryOptions({
  queryKey: ["keys"],
  queryFn: ({ signal }) => ok(api.GET("/v1/keys", { params: { query: first }, signal })),
  refetchInterval: seldom,
});

export const settings = queryOptions({
  queryKey: ["settings"],
  queryFn: ({ signal }) => ok(api.GET("/v1/settings", { signal })),
  refetchInterval: seldom,
});

export const displays = queryOptions({
  queryKey: ["displays"],
  queryFn: ({ signal }) => ok(api.GET("/v1/displays", { params: { query: first }, signal })),
  refetchInterval: every,
});

export const nodes = queryOptions({
  queryKey: ["nodes"],
  queryFn: ({ signal }) => ok(api.GET("/v1/nodes", { signal })),
  refetchInterval: every,
});

export const slots = queryOptions({
  queryKey: ["slots"],
  queryFn: ({ signal }) => ok(api.GET("/v1/slots", { signal })),
  refetchInterval: every,
});

export const replicas = queryOptions({
  queryKey: ["replicas"],
  queryFn: ({ signal }) => ok(api.GET("/v1/replicas", { signal })),
  refetchInterval: every,
});

export const tenants = queryOptions({
  queryKey: ["tenants"],
  queryFn: ({ signal }) => ok(api.GET("/v1/tenants", { params: { query: first }, signal })),
  refetchInterval: seldom,
});

/** They read a thousand records, so they run again only when somebody asks. */
export const checks = queryOptions({
  queryKey: ["checks"],
  queryFn: ({ signal }) => ok(api.GET("/v1/checks", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});
