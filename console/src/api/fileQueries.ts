import { queryOptions } from "@tanstack/react-query";
import { ok, type paths } from "holdfast-client";
import { server } from "../app/base.ts";
import { api } from "./client.ts";
import { every } from "./queries.ts";

export type Import = Awaited<ReturnType<typeof imported>>;
export type ImportKind = paths["/v1/imports"]["post"]["parameters"]["query"]["kind"];
export type ExportQuery = paths["/v1/exports"]["get"]["parameters"]["query"];

export const importKinds: ImportKind[] = [
  "products",
  "levels",
  "thresholds",
  "locations",
  "kits",
  "quotas",
  "transfers",
  "lots",
];
export const exportKinds: ExportQuery["kind"][] = [...importKinds, "journal", "reservations"];

/** The way in which a file is to be taken in. */
export interface Way {
  kind: ImportKind;
  mode: "each" | "all";
  dry_run: boolean;
  /** Whether a row may open a product, a location or a lot. */
  new: "allow" | "refuse";
  /** Left out: the server looks at the file. */
  encoding?: Encoding;
  /** The sign that begins a fraction. Left out: a number that can be read in two ways is bad. */
  decimal?: "." | ",";
}

export type Encoding = NonNullable<NonNullable<paths["/v1/imports"]["post"]["parameters"]["query"]>["encoding"]>;

/** Sends a file. A dry run changes nothing; the same file sent again is the same import. */
export const send = (file: File, way: Way) =>
  ok(
    api.POST("/v1/imports", {
      params: { query: way },
      headers: { "Content-Type": "application/octet-stream" },
      body: file as never,
      bodySerializer: (body) => body as unknown as Blob,
    }),
  );

const going = new Set(["queued", "running"]);

/** True while an import still runs on the server. */
export const goesOn = ({ state }: { state: Import["state"] }) => going.has(state);

const imported = (import_id: string, signal: AbortSignal) =>
  ok(api.GET("/v1/imports/{import_id}", { params: { path: { import_id } }, signal }));

/** The progress of an import, until it has ended. */
export const importOf = (id: string) =>
  queryOptions({
    queryKey: ["imports", id],
    queryFn: ({ signal }) => imported(id, signal),
    refetchInterval: ({ state }) => (state.data && !goesOn(state.data) ? false : 500),
  });

/** The imports of the last week, the newest first. */
export const imports = () =>
  queryOptions({
    queryKey: ["imports"],
    queryFn: ({ signal }) => ok(api.GET("/v1/imports", { params: { query: { page_size: 50 } }, signal })),
    refetchInterval: every,
  });

/** The refused rows of an import, as a CSV text. */
export const refusedRows = (id: string) =>
  queryOptions({
    queryKey: ["imports", id, "result"],
    queryFn: ({ signal }) =>
      ok(
        api.GET("/v1/imports/{import_id}/result", {
          params: { path: { import_id: id } },
          parseAs: "text",
          signal,
        }) as Promise<{ data?: string; error?: unknown; response: Response }>,
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** The address at which a browser gets a table. */
export function exportAddress(asked: ExportQuery): string {
  const given = Object.entries(asked).filter(([, value]) => value);
  return `${server}/v1/exports?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}
