import type { components } from "holdfast-client";
import { momentOf } from "../../format/time.ts";
import type { Faults, PlanLine, Planned, Value } from "../../parts/plan.ts";

export type Silence = components["schemas"]["AlertSilence"];

/** A silence as it is typed. */
export interface SilenceForm {
  id: string;
  rule: string;
  product: string;
  location: string;
  channel: string;
  from: string;
  until: string;
  reason: string;
}

/** An id that says when the silence was made, for whoever wants no other. */
export function idAt(now: Date): string {
  return `s-${now.toISOString().slice(0, 19).replace(/\D/g, "")}`;
}

const dash: Value = { words: "act.none" };
const all: Value = { words: "act.all" };
const longest = 366 * 86_400_000;

/** Notices are kept back for a time. */
export function planSilence(form: SilenceForm, known: readonly Silence[], now: Date): Planned {
  const silence_id = form.id.trim();
  const reason = form.reason.trim();
  const faults: Faults = {};
  if (silence_id === "") faults.silence_id = "alerts:fault.id";
  else if (known.some((one) => one.silence_id === silence_id)) faults.silence_id = "alerts:fault.taken";
  if (reason === "") faults.reason = "act.fault.reason";
  const from = momentOf(form.from);
  const until = momentOf(form.until);
  if (from === null) faults.from = "alerts:fault.moment";
  const begins = from ? Date.parse(from) : now.getTime();
  const ends = until ? Date.parse(until) : Number.NaN;
  if (!(ends > begins && ends > now.getTime())) faults.until = "alerts:fault.until";
  else if (ends - begins > longest) faults.until = "alerts:fault.long";
  if (Object.keys(faults).length > 0 || !until) return { faults };
  const named = Object.entries({
    rule_id: form.rule.trim(),
    product_id: form.product.trim(),
    location_id: form.location,
    channel_id: form.channel.trim(),
  });
  const line = (words: string, after: Value): PlanLine => ({ figure: { words }, before: dash, after });
  return {
    plan: {
      command: {
        operation: "SetAlertSilence",
        body: {
          silence_id,
          ...Object.fromEntries(named.filter(([, value]) => value !== "")),
          ...(from ? { from } : {}),
          until,
          reason,
        },
      },
      lines: [
        ...named.map(([name, value]) => line(`alerts:of.${name}`, value ? { text: value } : all)),
        line("alerts:from", from ? { time: from } : { words: "alerts:now" }),
        line("alerts:until", { time: until }),
      ],
    },
  };
}

export function planEndSilence(of: Silence): Planned {
  return {
    plan: {
      command: { operation: "DeleteAlertSilence", body: { silence_id: of.silence_id } },
      lines: [
        {
          of: of.silence_id,
          figure: { words: "alerts:active" },
          before: { words: of.active ? "act.yes" : "act.no" },
          after: { words: "act.no" },
        },
      ],
      notes: [{ words: "alerts:will.endSilence", values: {} }],
    },
  };
}
