import type { components } from "holdfast-client";

type Sink = components["schemas"]["Sink"];
type Source = components["schemas"]["Source"];
type Counts = components["schemas"]["TillCounts"];

/** Something that somebody should look at. */
export interface Trouble {
  /** A key of the texts, and what stands in it. */
  words: string;
  name: string;
  count: number;
  of: "sink" | "source";
}

/** A sink that is so many seconds behind is worth a look. */
const behind = 60;

/** The faults of sinks and sources; one may have several. */
export function troublesOf(sinks: readonly Sink[], sources: readonly Source[]): Trouble[] {
  const of = (kind: Trouble["of"], name: string, words: string, count: number, is: boolean): Trouble[] =>
    is ? [{ of: kind, name, words, count }] : [];
  return [
    ...sinks.flatMap(({ name, state, parked, lag_seconds, lag_events }) => [
      ...of("sink", name, state, 0, state !== "running"),
      ...of("sink", name, "parked", parked, parked > 0),
      ...of("sink", name, "behind", lag_events, state === "running" && lag_seconds > behind),
    ]),
    ...sources.flatMap(({ name, state, parked }) => [
      ...of("source", name, state, 0, state !== "running"),
      ...of("source", name, "parked", parked, parked > 0),
    ]),
  ];
}

/** Tills that somebody should look at, by their state. */
export function tillTroublesOf(of: Counts | undefined): { state: "away" | "stale" | "behind"; count: number }[] {
  if (!of) return [];
  return (["away", "stale", "behind"] as const)
    .map((state) => ({ state, count: of[state] }))
    .filter(({ count }) => count > 0);
}
