import type { components } from "holdfast-client";
import type { Planned } from "../../parts/plan.ts";

export type Display = components["schemas"]["Display"];

/** A code as screens show it: 8 of 20 letters that make no word, without the separators. */
const code = /^[BCDFGHJKLMNPQRSTVWXZ]{8}$/;

export function planDisplay(form: { code: string; name: string }): Planned {
  const plain = form.code.toUpperCase().replace(/[-\s]/g, "");
  const name = form.name.trim();
  const faults: Record<string, string> = {};
  if (!code.test(plain)) faults.code = "running:fault.code";
  if (name === "") faults.name = "running:fault.name";
  if (Object.keys(faults).length > 0) return { faults };
  return {
    plan: {
      command: { operation: "AddDisplay", body: { code: plain, name } },
      lines: [
        { figure: { words: "running:name" }, before: { words: "act.none" }, after: { text: name } },
        {
          figure: { words: "running:code" },
          before: { words: "act.none" },
          after: { text: `${plain.slice(0, 4)}-${plain.slice(4)}` },
        },
      ],
      notes: [{ words: "running:will.show", values: {} }],
    },
  };
}

export function planEndDisplay(display: Display): Planned {
  return {
    plan: {
      command: { operation: "EndDisplay", body: { id: display.id } },
      lines: [
        {
          of: display.name,
          figure: { words: "running:state" },
          before: { words: "running:shows" },
          after: { words: "running:asks" },
        },
      ],
      notes: [{ words: "running:will.end", values: {} }],
    },
  };
}
