import type { Command } from "../api/commands.ts";

/**
 * A value of the preview: units, a moment, words by a key of the texts, or a text as it is; and where it
 * comes from, by a key of the texts.
 */
export type Value = ({ units: number } | { time: string } | { words: string } | { text: string }) & { from?: string };

/** A sentence of the preview by a key of the texts, and the values in it. */
export interface Note {
  words: string;
  values: Record<string, string>;
}

/** A figure before and after the write. */
export interface PlanLine {
  /** The subject of the figure, where that is not the item of the page: product and place. */
  of?: string;
  /** The figure by a key of the texts, or an account of the item. */
  figure: { words: string } | { account: string };
  unit?: string | undefined;
  scale?: number | undefined;
  before: Value;
  after: Value;
}

/** The command that would be sent, and the changes it would make in the figures that are shown. */
export interface Plan {
  command: Command;
  lines: PlanLine[];
  /** The effect of the lines, in sentences. */
  notes?: Note[];
  /** The version of the figures, where they are of one item. */
  version?: number;
}

/** Fields that are not valid yet, each with a key of the texts. */
export type Faults = Partial<Record<string, string>>;

export type Planned = { plan: Plan } | { faults: Faults };

/** The figures that were different in an earlier plan: somebody else has changed them between the two. */
export function changedSince(earlier: Plan, now: Plan): { line: PlanLine; was: Value }[] {
  return now.lines.flatMap((line) => {
    const same = earlier.lines.find((old) => old.of === line.of && sameValue(old.figure, line.figure));
    return same && !sameValue(same.before, line.before) ? [{ line, was: same.before }] : [];
  });
}

function sameValue(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
