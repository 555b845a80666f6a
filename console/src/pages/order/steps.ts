/** The look of a step: its shape repeats its word. */
const shapes: Record<string, { shape: string; colour: string }> = {
  reserve: { shape: "◆", colour: "var(--part-held)" },
  fulfil: { shape: "◆", colour: "var(--part-held)" },
  commit: { shape: "●", colour: "var(--part-held)" },
  extend: { shape: "◷", colour: "var(--muted)" },
  change: { shape: "✎", colour: "var(--muted)" },
  relocate: { shape: "⇄", colour: "var(--muted)" },
  deduct: { shape: "➜", colour: "var(--part-transit)" },
  withdraw: { shape: "↶", colour: "var(--part-held)" },
  release: { shape: "○", colour: "var(--part-withheld)" },
  expire: { shape: "⊘", colour: "var(--state-off_sale)" },
  return: { shape: "↩", colour: "var(--part-pool)" },
  sold_elsewhere: { shape: "▲", colour: "var(--part-oversold)" },
};

export function lookOf(operation: string): { shape: string; colour: string } {
  return shapes[operation] ?? { shape: "·", colour: "var(--muted)" };
}
