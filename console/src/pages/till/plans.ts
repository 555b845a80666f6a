import type { components } from "holdfast-client";
import type { Note, PlanLine, Planned, Value } from "../../parts/plan.ts";
import { type Defaults, isPart, ownOf, type Part, parts } from "../../parts/policy/inherit.ts";
import { partOf, readParts } from "../../parts/policy/parts.ts";
import { bytesOf, type Till } from "../../parts/tills.ts";

type Stock = components["schemas"]["TillStock"];

/** A policy as it is typed. An empty part is as the default. */
export interface PolicyForm extends Record<Part, string> {
  location_id: string;
  name: string;
  channel_id: string;
}

export function formOf(of: Till): PolicyForm {
  const own = (part: Part): string => {
    const value = ownOf(of, part);
    return typeof value === "boolean" ? (value ? "yes" : "no") : String(value ?? "");
  };
  return {
    location_id: of.location_id,
    name: of.name ?? "",
    percent: own("percent"),
    floor: own("floor"),
    ceiling: own("ceiling"),
    level: own("level"),
    rank: own("rank"),
    channel_id: of.channel_id ?? "",
    at_risk: own("at_risk"),
  };
}

const words = ["location_id", "name", "channel_id"] as const;

/** A policy is set as a whole; a part that is left out is as the default. Only the differences are shown. */
export function planPolicy(now: Till, form: PolicyForm, defaults?: Defaults): Planned {
  const { own, faults } = readParts(form);
  const [location_id, name, channel_id] = [form.location_id.trim(), form.name.trim(), form.channel_id.trim()];
  if (location_id === "") faults.location_id = "till:fault.place";
  if (bytesOf(name) > 256) faults.name = "till:fault.name";
  if (bytesOf(channel_id) > 64 || channel_id.includes("/")) faults.channel_id = "policy:fault.channel";
  if (Object.keys(faults).length > 0) return { faults };
  const said = { location_id, name, channel_id };
  const lines: PlanLine[] = words
    .filter((field) => said[field] !== (now[field] ?? ""))
    .map((field) => lineOf(now, field, wordOf(now[field] ?? ""), wordOf(said[field])));
  const moved = location_id !== now.location_id || channel_id !== (now.channel_id ?? "");
  for (const part of parts) {
    const inherited = own[part] === undefined ? defaults?.[part] : undefined;
    const follows = moved && inherited !== undefined && inherited.value !== now[part];
    if (own[part] === ownOf(now, part) && !follows) continue;
    const after = own[part] ?? inherited?.value;
    lines.push(
      lineOf(
        now,
        part,
        partOf(part, now[part], now.policy_from?.[part]),
        after === undefined ? { words: "policy:asDefault" } : partOf(part, after, inherited?.from),
      ),
    );
  }
  if (lines.length === 0) return { faults: { all: "policy:fault.same" } };
  const body = { till_id: now.till_id, location_id, ...own, ...(name ? { name } : {}) };
  return {
    plan: {
      command: { operation: "SetTill", body: { ...body, ...(channel_id ? { channel_id } : {}) } },
      lines,
      notes: [{ words: "till:will.set", values: {} }],
    },
  };
}

function lineOf(of: Till, field: keyof PolicyForm, before: Value, after: Value): PlanLine {
  return {
    of: of.till_id,
    figure: { words: isPart(field) ? `policy:part.${field}` : `till:policy.${field}` },
    before,
    after,
  };
}

const wordOf = (text: string): Value => (text ? { text } : { words: "act.none" });

/** A code pairs one machine. The plan says what that means for an earlier code and for the machine that is paired. */
export function planCode(of: Till, now: Date): Planned {
  const earlier = of.code_expires_at !== undefined && new Date(of.code_expires_at) > now;
  const notes: Note[] = [{ words: "till:will.code", values: {} }];
  if (earlier) notes.push({ words: "till:will.replace", values: {} });
  if (of.paired) notes.push({ words: "till:will.pairAnew", values: {} });
  return {
    plan: {
      command: { operation: "CreateTillCode", body: { till_id: of.till_id } },
      lines: [
        {
          of: of.till_id,
          figure: { words: "till:code.of" },
          before: { words: earlier ? "till:code.earlier" : "act.none" },
          after: { words: "till:code.fresh" },
        },
      ],
      notes,
    },
  };
}

/** Lines of a preview of many products: the others are counted. */
const spelled = 20;

export interface LossForm {
  reason: string;
  withhold: boolean;
}

/** The file of a till is given up: its units are for sale at its place again, or withheld. */
export function planWriteOff(of: Till, stock: readonly Stock[], form: LossForm): Planned {
  const reason = form.reason.trim();
  if (reason === "") return { faults: { reason: "act.fault.reason" } };
  if (bytesOf(reason) > 1024) return { faults: { reason: "till:fault.reason" } };
  const notes: Note[] = [
    { words: form.withhold ? "till:will.withhold" : "till:will.free", values: {} },
    { words: "till:will.lost", values: {} },
  ];
  if (of.state === "synced" || of.state === "behind") notes.unshift({ words: "till:will.isThere", values: {} });
  if (stock.length > spelled) {
    notes.push({ words: "till:will.others", values: { count: String(stock.length - spelled) } });
  }
  return {
    plan: {
      command: {
        operation: "WriteOffTill",
        body: { till_id: of.till_id, reason, ...(form.withhold ? { withhold: true } : {}) },
      },
      lines: [
        {
          of: of.till_id,
          figure: { words: "till:state" },
          before: { words: `till.state.${of.state}` },
          after: { words: "till.state.unpaired" },
        },
        ...stock.slice(0, spelled).map(
          ({ product_id, unit, scale, units }): PlanLine => ({
            of: product_id,
            figure: { words: "till:has" },
            unit,
            scale,
            before: { units },
            after: { units: 0 },
          }),
        ),
      ],
      notes,
    },
  };
}

export function planDelete(of: Till): Planned {
  return {
    plan: {
      command: { operation: "DeleteTill", body: { till_id: of.till_id } },
      lines: [
        {
          of: of.till_id,
          figure: { words: "till:state" },
          before: { words: `till.state.${of.state}` },
          after: { words: "till:gone" },
        },
      ],
    },
  };
}

/** The command to type on the machine that is to be the till. */
export const pairCommand = (centre: string, code: string) =>
  `holdfast till pair --centre ${centre} --db sqlite:till.db ${code}`;
