/**
 * The one palette: what a state of stock looks like, everywhere. Colours are
 * fills; the word stays in the text colour, and a shape or a pattern says the
 * same again, so that nothing depends on colour alone. The tests hold every
 * pair apart for the three kinds of colour blindness.
 */
export type Scheme = "light" | "dark";

export type Pattern = "solid" | "dots" | "outline" | "lines" | "rings" | "hatch" | "slant" | "zigzag";

interface Look {
  light: string;
  dark: string;
  shape: string;
}

/** The states of an item, as `GET /v1/items` names them. */
export const badges = {
  in_stock: { light: "#0B5CC4", dark: "#74A4E2", shape: "●" },
  low: { light: "#A05F14", dark: "#D0A63A", shape: "◐" },
  sold_out: { light: "#8C1D18", dark: "#FFB4A6", shape: "○" },
  off_sale: { light: "#737F8C", dark: "#8E9BA5", shape: "⊘" },
  oversold: { light: "#D8207C", dark: "#F0468F", shape: "▲" },
  not_counted: { light: "#5A6675", dark: "#A3AEBB", shape: "–" },
} satisfies Record<string, Look>;

export type ItemState = keyof typeof badges;

/** The parts of an item's stock, as bars show them. */
export const parts = {
  pool: { light: "#0B5CC4", dark: "#74A4E2", shape: "●", pattern: "solid" },
  quota: { light: "#1192CF", dark: "#CFEAFA", shape: "●", pattern: "dots" },
  held: { light: "#6B21D6", dark: "#A35CF0", shape: "◆", pattern: "solid" },
  promised: { light: "#6B21D6", dark: "#A35CF0", shape: "◇", pattern: "outline" },
  withheld: { light: "#6B5A2E", dark: "#C5A45A", shape: "▣", pattern: "lines" },
  quality: { light: "#0A6B5C", dark: "#2FE3AE", shape: "◎", pattern: "rings" },
  damaged: { light: "#1F2328", dark: "#9CA2AE", shape: "✕", pattern: "hatch" },
  transit: { light: "#559A22", dark: "#86DC3C", shape: "➜", pattern: "slant" },
  oversold: { light: "#D8207C", dark: "#F0468F", shape: "▲", pattern: "zigzag" },
} satisfies Record<string, Look & { pattern: Pattern }>;

export type Part = keyof typeof parts;

export const grounds = {
  light: {
    ground: "#FFFFFF",
    surface: "#F4F6F8",
    text: "#1B2430",
    muted: "#5A6675",
    primary: "#0B5CC4",
    line: "#DDE2E8",
  },
  dark: {
    ground: "#12171E",
    surface: "#1B222C",
    text: "#E6EBF2",
    muted: "#A3AEBB",
    primary: "#74A4E2",
    line: "#313B48",
  },
} satisfies Record<Scheme, Record<string, string>>;

/** The variables by which style sheets know the palette. */
export function variables(scheme: Scheme): Record<string, string> {
  const named: Record<string, string> = {};
  for (const [name, colour] of Object.entries(grounds[scheme])) named[`--${name}`] = colour;
  for (const [name, look] of Object.entries(badges)) named[`--state-${name}`] = look[scheme];
  for (const [name, look] of Object.entries(parts)) named[`--part-${name}`] = look[scheme];
  return named;
}

interface Counted {
  on_sale: boolean;
  tracked: boolean;
  retired?: boolean | undefined;
  status: "in_stock" | "low_stock" | "sold_out";
  state?: ItemState | undefined;
}

/** The state of an item. Answers to writes and quotas have no state: their status is sold_out also of what is off sale. */
export function stateOf(item: Counted): ItemState {
  if (item.state) return item.state;
  if (!item.on_sale || item.retired) return "off_sale";
  if (!item.tracked) return "not_counted";
  return item.status === "low_stock" ? "low" : item.status;
}
