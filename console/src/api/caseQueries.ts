import { queryOptions } from "@tanstack/react-query";
import { type components, ok, type paths } from "holdfast-client";
import { api } from "./client.ts";
import { every, query } from "./queries.ts";

export const openCases = queryOptions({
  queryKey: ["open-cases"],
  queryFn: ({ signal }) => ok(api.GET("/v1/cases", { params: { query: { state: "open", page_size: 500 } }, signal })),
  refetchInterval: every,
});

type CaseQuery = NonNullable<paths["/v1/cases"]["get"]["parameters"]["query"]>;
export type CaseFilter = Pick<CaseQuery, "kind" | "state" | "location_id" | "assignee" | "till_id">;
type Case = components["schemas"]["Case"];

/** The most cases that are shown, and the most pages that are read for them: a page may be empty and not the last. */
const mostCases = 500;
const mostPages = 20;

/** Cases of one state, the newest first. */
export const cases = (filter: CaseFilter, pace = every) =>
  queryOptions({
    queryKey: ["cases", filter],
    queryFn: async ({ signal }) => {
      const all: Case[] = [];
      let page_token: string | undefined;
      let pages = 0;
      do {
        const asked = { ...query({ ...filter, page_token }), page_size: mostCases };
        const page = await ok(api.GET("/v1/cases", { params: { query: asked }, signal }));
        all.push(...page.items);
        page_token = page.next_page_token;
        pages++;
      } while (page_token && all.length < mostCases && pages < mostPages);
      return { items: all.slice(0, mostCases), more: page_token !== undefined };
    },
    refetchInterval: pace,
  });

export const oneCase = (case_id: string) =>
  queryOptions({
    queryKey: ["case", case_id],
    queryFn: ({ signal }) => ok(api.GET("/v1/cases/{case_id}", { params: { path: { case_id } }, signal })),
    refetchInterval: every,
  });
