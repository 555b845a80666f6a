import type { Operation } from "../api/commands.ts";
import { momentOf } from "../format/time.ts";
import type { Planned } from "./plan.ts";

/** A sink or a source, as far as it is paused and resumed. */
export interface Flow {
  name: string;
  state: "running" | "paused" | "failing" | "blocked" | "disabled";
}

type Turn = Extract<Operation, "PauseSink" | "ResumeSink" | "PauseSource" | "ResumeSource">;

/** Pauses or resumes a sink or a source. */
export function planTurn(operation: Turn, flow: Flow): Planned {
  const pauses = operation === "PauseSink" || operation === "PauseSource";
  return {
    plan: {
      command: { operation, body: { name: flow.name } },
      lines: [
        {
          of: flow.name,
          figure: { words: "parked.state" },
          before: { words: `act.flow.${flow.state}` },
          after: { words: pauses ? "act.flow.paused" : "act.flow.running" },
        },
      ],
    },
  };
}

/** Sends or requests something, to see whether that works. It changes no stock. */
export function planTest(operation: "TestSink" | "TestSource", flow: Flow): Planned {
  return {
    plan: {
      command: { operation, body: { name: flow.name } },
      lines: [],
      notes: [{ words: `act.test.${operation}`, values: { name: flow.name } }],
    },
  };
}

export type RewindTo = "time" | "position" | "start" | "now";

/** A sink goes to another position: everything after it is delivered, also what was delivered before. */
export function planRewind(flow: Flow & { position: string }, to: RewindTo, typed: string): Planned {
  const at = to === "time" ? (momentOf(typed) ?? undefined) : to === "position" ? typed.trim() : to;
  if (!at) return { faults: { to: `sink:fault.${to}` } };
  return {
    plan: {
      command: { operation: "RewindSink", body: { name: flow.name, to: at } },
      lines: [
        {
          of: flow.name,
          figure: { words: "sink:position" },
          before: { text: flow.position },
          after: to === "time" ? { time: at } : to === "position" ? { text: at } : { words: `sink:to.${to}` },
        },
      ],
      notes: [{ words: `sink:will.${to}`, values: {} }],
    },
  };
}
