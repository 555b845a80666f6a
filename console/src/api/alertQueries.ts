import { queryOptions } from "@tanstack/react-query";
import { type components, ok, type paths } from "holdfast-client";
import { api } from "./client.ts";
import { every, query, seldom } from "./queries.ts";

type AlertQuery = NonNullable<paths["/v1/alerts"]["get"]["parameters"]["query"]>;
export type AlertFilter = Pick<AlertQuery, "state" | "rule_id" | "product_id" | "location_id">;
export type AlertTerms = components["schemas"]["AlertRuleTerms"];

/** A list shows so many at most: the first page is all of them, or says that it is not. */
const first = { page_size: 500 };

/** The alerts that changed last. */
export const alerts = (filter: AlertFilter, pace = every) =>
  queryOptions({
    queryKey: ["alerts", filter],
    queryFn: ({ signal }) => ok(api.GET("/v1/alerts", { params: { query: { ...query(filter), ...first } }, signal })),
    refetchInterval: pace,
  });

export const oneAlert = (alert_id: string) =>
  queryOptions({
    queryKey: ["alert", alert_id],
    queryFn: ({ signal }) => ok(api.GET("/v1/alerts/{alert_id}", { params: { path: { alert_id } }, signal })),
    refetchInterval: every,
  });

/** The metrics and kinds that rules and receivers may be made of. */
export const alertOptions = queryOptions({
  queryKey: ["alert-options"],
  queryFn: ({ signal }) => ok(api.GET("/v1/alert-options", { signal })),
  staleTime: seldom,
});

export const alertRules = queryOptions({
  queryKey: ["alert-rules"],
  queryFn: ({ signal }) => ok(api.GET("/v1/alert-rules", { params: { query: first }, signal })),
  refetchInterval: every,
});

export const alertReceivers = queryOptions({
  queryKey: ["alert-receivers"],
  queryFn: ({ signal }) => ok(api.GET("/v1/alert-receivers", { params: { query: first }, signal })),
  refetchInterval: seldom,
});

export const alertSilences = queryOptions({
  queryKey: ["alert-silences"],
  queryFn: ({ signal }) => ok(api.GET("/v1/alert-silences", { params: { query: first }, signal })),
  refetchInterval: every,
});

/** The firings that a rule would have had from a week before that moment until then. Nothing is stored or sent. */
export const triedRule = (rule: AlertTerms, until: string) =>
  queryOptions({
    queryKey: ["alert-rule tried", rule, until],
    queryFn: ({ signal }) => ok(api.POST("/v1/alert-rules:try", { body: { rule, until }, signal })),
    staleTime: Number.POSITIVE_INFINITY, // the past stays as it was
  });
