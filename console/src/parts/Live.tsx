import { type ReactNode, useEffect, useState } from "react";
import type { Figures, Watched } from "../live/figures.ts";
import { useFigures } from "../live/useLive.ts";

/**
 * The part of an item that changes while it is shown. It is drawn anew when its own item changes, whatever
 * happens in the rest of the table, and shows for two seconds that it has.
 */
export function Live(props: {
  item: Watched;
  /** As it was read, until more is known. */
  read: Figures;
  /** The value to compare: only a change of it shows. */
  value: (now: Figures) => string | number;
  children: (now: Figures) => ReactNode;
}) {
  const now = useFigures(props.item) ?? props.read;
  return <Changing value={props.value(now)}>{props.children(now)}</Changing>;
}

/** How long a change stands out at full strength before it fades. */
const stands = 1500;

/** Tints what has changed since it was first drawn, and says which way a number went. */
export function Changing({ value, children }: { value: string | number; children: ReactNode }) {
  const [seen, see] = useState({ value, times: 0, way: "", hot: false });
  if (seen.value !== value) see({ value, times: seen.times + 1, way: wayOf(seen.value, value), hot: true });
  const { times, way, hot } = seen;
  // A figure that changes all the time is tinted all the time: only the figure itself is drawn.
  useEffect(() => {
    if (times === 0) return;
    const over = setTimeout(() => see((last) => ({ ...last, hot: false })), stands);
    return () => clearTimeout(over);
  }, [times]);
  return (
    <span className={hot ? "live changed" : "live"} data-way={way || undefined}>
      {children}
    </span>
  );
}

function wayOf(before: string | number, after: string | number): string {
  if (typeof before !== "number" || typeof after !== "number") return "";
  return after > before ? "▲" : "▼";
}
