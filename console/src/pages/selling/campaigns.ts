import type { components } from "holdfast-client";

type Campaign = components["schemas"]["Campaign"];

export interface CampaignFilter {
  q?: string;
  state?: string;
}

export const states: Campaign["state"][] = ["scheduled", "running", "ended"];

/** Whether a campaign is one that the filter asks for: by its state, and by a part of its id or name. */
export function matches({ campaign_id, name, state }: Campaign, { q = "", state: wanted = "" }: CampaignFilter) {
  if (wanted !== "" && state !== wanted) return false;
  return [campaign_id, name].some((text) => text.toLowerCase().includes(q.toLowerCase()));
}
