import type { components } from "holdfast-client";
import { csv } from "../../format/csv.ts";

type Schemas = components["schemas"];
export type Service = Schemas["ServiceFigures"];
export type Span = Schemas["ServiceSpan"];
export type Handled = Schemas["OperationFigures"];

/** The times of which the server has figures: the names that its answer has for them. */
export const spans = ["recent", "since_start"] as const;
export type SpanName = (typeof spans)[number];

/** The span that the address names, else the last five minutes. */
export function spanOf(name: string | undefined): SpanName {
  return spans.find((span) => span === name) ?? "recent";
}

/** The operations of a span: what was called most on top. */
export function busiest(span: Span | undefined): Handled[] {
  return [...(span?.operations ?? [])].sort((a, b) => b.calls - a.calls || (a.operation < b.operation ? -1 : 1));
}

/** Three digits of a number that has been measured: 0.0125, 1.25, 12.5, 1,250. */
export function three(value: number): string {
  if (value === 0) return "0";
  const digits = Math.min(4, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A share in percent. 100 is shown only when the share is all of it. */
export function percent(share: number | undefined): string {
  if (share === undefined) return "–";
  const tenths = Math.round(1000 * share);
  const shown = share < 1 ? Math.min(tenths, 999) : tenths;
  return `${(shown / 10).toFixed(1)} %`;
}

/** All spans as one table: the calls of a span in a line of its own, then those of each operation, then the sinks. */
export function serviceTable(of: Service): string {
  const head = [
    "span",
    "of",
    "name",
    "calls",
    "per_second",
    "p50_ms",
    "p95_ms",
    "p99_ms",
    "conflicts",
    "delivered",
    "due",
    "rate",
  ];
  const lines = spans.flatMap((name) => {
    const span = of[name];
    if (!span) return [];
    const none = [undefined, undefined, undefined];
    return [
      [name, "queries", undefined, span.queries, span.queries_per_second],
      [
        name,
        "writes",
        undefined,
        span.writes,
        span.writes_per_second,
        ...none,
        span.conflicts,
        undefined,
        undefined,
        span.conflict_rate,
      ],
      ...busiest(span).map((one) => [
        name,
        "operation",
        one.operation,
        one.calls,
        one.per_second,
        one.p50_ms,
        one.p95_ms,
        one.p99_ms,
      ]),
    ];
  });
  const sinks = of.sinks.map(({ name, delivered, due, delivery_rate }) => {
    const calls = Array<undefined>(6).fill(undefined);
    return [undefined, "sink", name, ...calls, delivered, due, delivery_rate];
  });
  const whole = [...lines, ...sinks].map((line) => [
    ...line,
    ...Array<undefined>(head.length - line.length).fill(undefined),
  ]);
  return csv(head, whole);
}
