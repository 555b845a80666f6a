import { useSyncExternalStore } from "react";
import { server } from "../app/base.ts";
import { begin, due, type Happening, type Night, rangeOf, type Source, step } from "./night.ts";
import { ownBuild } from "./page.ts";
import { now, read, why } from "./reads.ts";

/** The time between two looks at what is due. */
const beat = 250;

export interface Shown {
  night: Night;
  now: number;
}

let shown: Shown = { night: begin(now(), ownBuild()), now: now() };
const listeners = new Set<() => void>();

function happen(happening: Happening): void {
  become({ night: step(shown.night, happening, now()), now: now() });
}

/** Drawn anew when something has come, and once a second for the clock. */
function become(next: Shown): void {
  const same = next.night === shown.night && Math.floor(next.now / 1000) === Math.floor(shown.now / 1000);
  shown = next;
  if (!same) for (const told of listeners) told();
}

async function ask(source: Source): Promise<void> {
  happen({ is: "asked", source });
  try {
    happen({ is: "answer", answer: await read(source, () => rangeOf(shown.night, now())) });
  } catch (error) {
    const is = why(error);
    if (is === "out") happen({ is });
    else happen(is === "denied" ? { is, source } : { is, source, chance: Math.random() });
  }
  // All of the page was there a moment ago: it is loaded again from the same place.
  if (shown.night.reload) window.location.reload();
}

function look(): void {
  become({ night: shown.night, now: now() });
  for (const source of due(shown.night, now())) void ask(source);
}

/** Keeps the wall until the page is left. */
export function run(): void {
  // The server gives a display its cookie anew: browsers keep none for ever.
  fetch(`${server}/console/session`).catch(() => undefined);
  setInterval(look, beat);
  look();
}

export function useShown(): Shown {
  return useSyncExternalStore(
    (told) => {
      listeners.add(told);
      return () => listeners.delete(told);
    },
    () => shown,
  );
}
