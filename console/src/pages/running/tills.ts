import type { components } from "holdfast-client";
import type { Faults, Planned, Value } from "../../parts/plan.ts";
import { bytesOf, isTillID, type TillState, tillStates } from "../../parts/tills.ts";

type Counts = components["schemas"]["TillCounts"];

/** A finding about the tills as a sentence, by a key of the texts. */
export interface Finding {
  words: "away" | "stale" | "behind" | "unpaired" | "skewed" | "synced";
  count: number;
  since?: string;
}

/** The findings about the tills. Those that need a person come first. */
export function findingsOf(of: Counts): Finding[] {
  const some = (words: Finding["words"], count: number, since?: string): Finding[] =>
    count > 0 ? [{ words, count, ...(since ? { since } : {}) }] : [];
  if (of.synced === of.total && of.skewed === 0) return some("synced", of.total);
  return [
    ...some("away", of.away, of.away_since),
    ...some("stale", of.stale),
    ...some("behind", of.behind, of.behind_since),
    ...some("skewed", of.skewed),
    ...some("unpaired", of.unpaired),
  ];
}

/** The state that an address names. */
export function stateOf(text: string | undefined): TillState | undefined {
  return tillStates.find((one) => one === text);
}

export interface NewTill {
  id: string;
  place: string;
  name: string;
}

/** The knowledge about a till of the typed id: it is not read yet, there is one, or there is none. */
export type Known = "reading" | "taken" | "free";

const none: Value = { words: "act.none" };

/** A new till, with the policy that the server gives one. */
export function planNewTill(form: NewTill, known: Known): Planned {
  const [till_id, location_id, name] = [form.id.trim(), form.place.trim(), form.name.trim()];
  const faults: Faults = {};
  if (!isTillID(till_id)) faults.till_id = "running:tills.fault.id";
  else if (known === "taken") faults.till_id = "running:tills.fault.taken";
  else if (known === "reading") faults.till_id = "running:tills.fault.reading";
  if (location_id === "") faults.location_id = "running:fault.place";
  if (bytesOf(name) > 256) faults.name = "running:tills.fault.name";
  if (Object.keys(faults).length > 0) return { faults };
  return {
    plan: {
      command: { operation: "SetTill", body: { till_id, location_id, ...(name ? { name } : {}) } },
      lines: [
        { figure: { words: "running:tills.till" }, before: none, after: { text: till_id } },
        { figure: { words: "thing.location" }, before: none, after: { text: location_id } },
      ],
      notes: [{ words: "running:tills.will", values: {} }],
    },
  };
}
