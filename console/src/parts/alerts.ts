import type { components } from "holdfast-client";

export type Alert = components["schemas"]["Alert"];
export type AlertState = Alert["state"];
export type Severity = Alert["severity"];

export const alertStates: AlertState[] = ["firing", "acknowledged", "muted", "pending", "resolved"];
export const severities: Severity[] = ["info", "warning", "critical"];

/** The shapes say again what the words do. */
export const stateShapes: Record<AlertState, string> = {
  firing: "▲",
  acknowledged: "◐",
  muted: "⊘",
  pending: "◇",
  resolved: "●",
};
export const severityShapes: Record<Severity, string> = { info: "●", warning: "▲", critical: "■" };

/** A value as people read it: whole, or to three digits after the point. */
export function figureOf(value: number): string {
  return String(Math.round(value * 1000) / 1000).replace("-", "−");
}

/** The subject of an alert, in ids. */
export function subjectOf(of: Pick<Alert, "product_id" | "location_id" | "channel_id" | "subject">): string[] {
  return [of.product_id, of.location_id, of.channel_id, of.subject].filter((one) => one !== undefined);
}
