import { useState } from "react";

function read<T>(name: string): T | undefined {
  try {
    return (JSON.parse(sessionStorage.getItem(name) ?? "null") as T | null) ?? undefined;
  } catch {
    return undefined; // storage is off
  }
}

/** The text that somebody is typing or scanning, kept by this browser tab: phones drop pages that are not looked at. */
export function useDraft<T>(of: string, empty: T): [T, (next: T) => void] {
  const name = `holdfast.draft.${of}`;
  const [draft, setDraft] = useState<T>(() => read<T>(name) ?? empty);
  const keep = (next: T) => {
    setDraft(next);
    try {
      if (next === empty) sessionStorage.removeItem(name);
      else sessionStorage.setItem(name, JSON.stringify(next));
    } catch {
      // Storage is off or full: it is kept until the page is left.
    }
  };
  return [draft, keep];
}
