import type { Freshness } from "./link.ts";

/** The state of a page's stream. None: there is no stream, and answers that were asked for count. */
export interface Fresh {
  is: "live" | "behind" | "offline" | "unavailable" | "reconnecting" | "none";
  /** How long ago the last frame came; 0: none has come yet. */
  seconds: number;
}

/** A frame comes every two seconds: one that is later than this is missed. */
const late = 4_000;

export function linkOf(
  { link, came }: Pick<Freshness, "link" | "came">,
  now: number,
  online = navigator.onLine,
): Fresh {
  const age = now - came;
  const seconds = came === 0 ? 0 : Math.round(age / 1000);
  switch (link.is) {
    case "live":
      // The stream of another tab is open, and this page has no frame of it yet.
      if (came === 0) return { is: "none", seconds };
      return { is: age < late ? "live" : "behind", seconds };
    case "down":
      if (!online) return { is: "offline", seconds };
      return { is: link.code === "UNAVAILABLE" ? "unavailable" : "reconnecting", seconds };
    default:
      return { is: "none", seconds };
  }
}
