import { useSyncExternalStore } from "react";
import type { Scheme } from "../states.ts";

/** The choices of a person for this browser. They are kept here and never in an address. */
export interface Preferences {
  language: "en" | "zh";
  theme: Scheme | "system";
  folded: boolean;
  keys: boolean;
}

const name = "holdfast.preferences";
const listeners = new Set<() => void>();
const darkness = window.matchMedia("(prefers-color-scheme: dark)");

function read(): Preferences {
  const usual: Preferences = {
    language: navigator.language.startsWith("zh") ? "zh" : "en",
    theme: "system",
    folded: false,
    keys: true,
  };
  try {
    return { ...usual, ...(JSON.parse(localStorage.getItem(name) ?? "{}") as Partial<Preferences>) };
  } catch {
    return usual; // kept by another version, or storage is off
  }
}

let current = read();

export function preferences(): Preferences {
  return current;
}

export function prefer(changed: Partial<Preferences>): void {
  current = { ...current, ...changed };
  try {
    localStorage.setItem(name, JSON.stringify(current));
  } catch {
    // Storage is off: the choice holds for this page.
  }
  for (const told of listeners) told();
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  darkness.addEventListener("change", listener);
  return () => {
    listeners.delete(listener);
    darkness.removeEventListener("change", listener);
  };
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, preferences);
}

export function scheme(): Scheme {
  if (current.theme !== "system") return current.theme;
  return darkness.matches ? "dark" : "light";
}

export function useScheme(): Scheme {
  return useSyncExternalStore(subscribe, scheme);
}
