import type { components } from "holdfast-client";
import { unitsOf } from "../../format/decimal.ts";
import type { Faults, Note, PlanLine, Planned, Value } from "../../parts/plan.ts";
import { bytesOf, type Till } from "../../parts/tills.ts";

type Stock = components["schemas"]["TillStock"];

/** A policy as it is typed. */
export interface PolicyForm {
  location_id: string;
  name: string;
  percent: string;
  floor: string;
  ceiling: string;
  level: string;
  rank: string;
  channel_id: string;
  at_risk: boolean;
}

export function formOf(of: Till): PolicyForm {
  return {
    location_id: of.location_id,
    name: of.name ?? "",
    percent: String(of.percent),
    floor: String(of.floor),
    ceiling: of.ceiling === 0 ? "" : String(of.ceiling),
    level: String(of.level),
    rank: String(of.rank),
    channel_id: of.channel_id ?? "",
    at_risk: of.at_risk,
  };
}

/** The figures of a policy, each with its bounds; an empty ceiling is no bound. */
const figures = {
  percent: [0, 100],
  floor: [0, Number.MAX_SAFE_INTEGER],
  ceiling: [0, Number.MAX_SAFE_INTEGER],
  level: [1, 100],
  rank: [0, 1000],
} as const;

/** What the form says, or what is wrong with it; the server says the same. */
function read(form: PolicyForm): { policy: Omit<Policy, "till_id"> } | { faults: Faults } {
  const faults: Faults = {};
  const number = (name: keyof typeof figures): number => {
    const typed = name === "ceiling" && form.ceiling.trim() === "" ? "0" : form[name];
    const value = unitsOf(typed);
    const [least, most] = figures[name];
    if (value === undefined || value < least || value > most) faults[name] = `till:fault.${name}`;
    return value ?? 0;
  };
  const [percent, floor, ceiling] = [number("percent"), number("floor"), number("ceiling")];
  if (!faults.floor && !faults.ceiling && ceiling > 0 && floor > ceiling) faults.floor = "till:fault.overCeiling";
  const [location_id, name, channel_id] = [form.location_id.trim(), form.name.trim(), form.channel_id.trim()];
  if (location_id === "") faults.location_id = "till:fault.place";
  if (bytesOf(name) > 256) faults.name = "till:fault.name";
  if (bytesOf(channel_id) > 64 || channel_id.includes("/")) faults.channel_id = "till:fault.channel";
  const policy = { location_id, name, percent, floor, ceiling, level: number("level"), rank: number("rank") };
  if (Object.keys(faults).length > 0) return { faults };
  return { policy: { ...policy, channel_id, at_risk: form.at_risk } };
}

type Policy = Required<Pick<Till, "till_id" | keyof PolicyForm>>;
type Field = keyof PolicyForm;

/** A policy is set as a whole; only what differs is shown. */
export function planPolicy(now: Till, form: PolicyForm): Planned {
  const said = read(form);
  if ("faults" in said) return said;
  const { policy } = said;
  const was = { ...now, name: now.name ?? "", channel_id: now.channel_id ?? "" };
  const changed = (Object.keys(policy) as Field[]).filter((name) => policy[name] !== was[name]);
  if (changed.length === 0) return { faults: { all: "till:fault.same" } };
  const { name, channel_id, ...rest } = policy;
  return {
    plan: {
      command: {
        operation: "SetTill",
        body: {
          till_id: now.till_id,
          ...rest,
          ...(name ? { name } : {}),
          ...(channel_id ? { channel_id } : {}),
        },
      },
      lines: changed.map(
        (field): PlanLine => ({
          of: now.till_id,
          figure: { words: `till:policy.${field}` },
          before: shown(field, was[field]),
          after: shown(field, policy[field]),
        }),
      ),
      notes: [{ words: "till:will.set", values: {} }],
    },
  };
}

function shown(field: Field, value: string | number | boolean): Value {
  if (typeof value === "boolean") return { words: value ? "act.yes" : "act.no" };
  if (typeof value === "string") return value ? { text: value } : { words: "act.none" };
  if (field === "ceiling" && value === 0) return { words: "till:noBound" };
  return field === "percent" || field === "level" ? { text: `${value} %` } : { units: value };
}

/** A code pairs one machine. What it means for an earlier code and for the machine that is paired is said. */
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

/** The file of a till is given up: what it had is for sale at its place again, or withheld. */
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

/** What is typed on the machine that is to be the till. */
export const pairCommand = (centre: string, code: string) =>
  `holdfast till pair --centre ${centre} --db sqlite:till.db ${code}`;
