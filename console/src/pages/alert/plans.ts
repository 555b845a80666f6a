import type { Alert, AlertState } from "../../parts/alerts.ts";
import type { PlanLine, Planned, Value } from "../../parts/plan.ts";

export type Act = "AcknowledgeAlert" | "MuteAlert" | "UnmuteAlert";

/** The state that an act gives an alert. */
function after(of: Alert, act: Act): AlertState {
  if (act === "AcknowledgeAlert") return "acknowledged";
  const fires = of.state === "firing" || of.state === "acknowledged" || of.state === "muted";
  if (!fires) return of.state;
  if (act === "MuteAlert") return "muted";
  return of.acknowledged ? "acknowledged" : "firing";
}

/** Why an act has nothing to do; undefined where it has. */
export function offOf(of: Alert, act: Act): string | undefined {
  const nothing = {
    AcknowledgeAlert: of.state !== "firing",
    MuteAlert: of.muted !== undefined,
    UnmuteAlert: of.muted === undefined,
  };
  return nothing[act] ? `off.${act}` : undefined;
}

export function planAct(of: Alert, act: Act, typed: string): Planned {
  const note = typed.trim();
  const word = (state: AlertState): Value => ({ words: `alert.state.${state}` });
  const yes = (is: boolean): Value => ({ words: is ? "act.yes" : "act.no" });
  const lines: PlanLine[] = [{ figure: { words: "alert:state" }, before: word(of.state), after: word(after(of, act)) }];
  if (act !== "AcknowledgeAlert") {
    lines.push({
      figure: { words: "alert:muted" },
      before: yes(of.muted !== undefined),
      after: yes(act === "MuteAlert"),
    });
  }
  return {
    plan: {
      command: { operation: act, body: { alert_id: of.alert_id, ...(note ? { note } : {}) } },
      lines,
      notes: [{ words: `alert:will.${act}`, values: {} }],
    },
  };
}
