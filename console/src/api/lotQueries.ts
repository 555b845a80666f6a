import { queryOptions } from "@tanstack/react-query";
import { ok } from "holdfast-client";
import { readCsv } from "../format/csv.ts";
import { api } from "./client.ts";
import { seldom } from "./queries.ts";

/** The units of each lot of all products, at one place or all: one snapshot of the books, as a table. */
export const lotTable = (location_id: string | undefined) =>
  queryOptions({
    queryKey: ["lot table", location_id ?? ""],
    queryFn: async ({ signal }) => {
      const where = location_id ? { location_id } : {};
      const asked = api.GET("/v1/exports", {
        params: { query: { kind: "lots", format: "csv", encoding: "utf-8", ...where } },
        parseAs: "text",
        signal,
      }) as Promise<{ data?: string; error?: unknown; response: Response }>;
      return readCsv(await ok(asked));
    },
    staleTime: seldom,
    refetchInterval: seldom,
  });
