import type { components } from "holdfast-client";
import type { Faults, PlanLine, Planned, Value } from "../../parts/plan.ts";

type Schemas = components["schemas"];
export type Receiver = Schemas["AlertReceiver"];
export type Kind = Schemas["AlertReceiverKind"];

/** A receiver as it is typed. A secret is only ever here and in the request. */
export interface ReceiverForm {
  id: string;
  kind: string;
  settings: Record<string, string>;
}

export function formOf(of: Receiver): ReceiverForm {
  return { id: of.receiver_id, kind: of.kind, settings: { ...of.settings } };
}

const dash: Value = { words: "act.none" };
const kept: Value = { words: "alerts:secret.kept" };
const typed: Value = { words: "alerts:secret.typed" };

/** A receiver is made or changed. A secret that is not typed stays as it is. */
export function planReceiver(
  form: ReceiverForm,
  kind: Kind | undefined,
  was: Receiver | undefined,
  known: readonly Receiver[],
): Planned {
  const id = was?.receiver_id ?? form.id.trim();
  const faults: Faults = {};
  if (id === "") faults.receiver_id = "alerts:fault.id";
  else if (!was && known.some(({ receiver_id }) => receiver_id === id)) faults.receiver_id = "alerts:fault.taken";
  const before = was?.kind === form.kind ? was : undefined;
  const settings: Record<string, string> = {};
  const lines: PlanLine[] = [];
  const line = (words: string, one: Value, other: Value) => {
    if (JSON.stringify(one) !== JSON.stringify(other)) {
      lines.push({ figure: { words }, before: one, after: other });
    }
  };
  line("alerts:kind", was ? { words: `alerts:kinds.${was.kind}` } : dash, { words: `alerts:kinds.${form.kind}` });
  for (const { name, secret, required } of kind?.settings ?? []) {
    const value = (form.settings[name] ?? "").trim();
    const has = secret ? (before?.secrets ?? []).includes(name) : before?.settings?.[name] !== undefined;
    if (value !== "") settings[name] = value;
    if (required && value === "" && !(secret && has)) faults[name] = "alerts:fault.needed";
    const words = `alerts:setting.${name}`;
    if (secret) line(words, has ? kept : dash, value ? typed : has ? kept : dash);
    else line(words, text(before?.settings?.[name]), text(value));
  }
  if (Object.keys(faults).length > 0) return { faults };
  if (lines.length === 0) return { faults: { kind: "alerts:fault.same" } };
  return {
    plan: { command: { operation: "SetAlertReceiver", body: { receiver_id: id, kind: form.kind, settings } }, lines },
  };
}

function text(value: string | undefined): Value {
  return value ? { text: value } : dash;
}

export function planTest(of: Receiver): Planned {
  return {
    plan: {
      command: { operation: "TestAlertReceiver", body: { receiver_id: of.receiver_id } },
      lines: [],
      notes: [{ words: "alerts:will.test", values: { name: of.receiver_id } }],
    },
  };
}

export function planDropReceiver(of: Receiver): Planned {
  return {
    plan: {
      command: { operation: "DeleteAlertReceiver", body: { receiver_id: of.receiver_id } },
      lines: [
        {
          of: of.receiver_id,
          figure: { words: "alerts:kind" },
          before: { words: `alerts:kinds.${of.kind}` },
          after: dash,
        },
      ],
      notes: [{ words: "alerts:will.dropReceiver", values: {} }],
    },
  };
}
