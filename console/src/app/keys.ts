import { useEffect, useRef } from "react";
import { preferences } from "./preferences.ts";

/** The action of each key. The two keys of a sequence, such as "g i", are pressed one after the other. */
export type Keys = Record<string, (event: KeyboardEvent) => void>;

const stack: { current: Keys }[] = [];
const patience = 1000;
let before = { key: "", at: 0 };

function writing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.role === "combobox")
  );
}

/** Enter on these is their own. */
function acts(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("a, button, [role=dialog]") !== null;
}

/** The name of a key press in a map: "j", "?", "Ctrl-k", "Escape". */
export function nameOf(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey">): string {
  return event.ctrlKey || event.metaKey ? `Ctrl-${event.key.toLowerCase()}` : event.key;
}

function press(event: KeyboardEvent): void {
  if (event.isComposing || event.altKey || event.defaultPrevented) return;
  const name = nameOf(event);
  const single = !name.startsWith("Ctrl-");
  if (single && (writing(event.target) || !preferences().keys)) return;
  if (name === "Enter" && acts(event.target)) return;
  const pair = event.timeStamp - before.at < patience ? `${before.key} ${name}` : "";
  before = { key: name, at: event.timeStamp };
  for (const wanted of [pair, name]) {
    if (wanted === "") continue;
    const act = stack.findLast((keys) => wanted in keys.current)?.current[wanted];
    if (!act) continue;
    before = { key: "", at: 0 };
    event.preventDefault();
    act(event);
    return;
  }
}

/** Keys that work while the component is shown; those of the one shown last come first. */
export function useKeys(keys: Keys): void {
  const held = useRef(keys);
  useEffect(() => {
    held.current = keys;
  });
  useEffect(() => {
    if (stack.length === 0) window.addEventListener("keydown", press);
    stack.push(held);
    return () => {
      stack.splice(stack.indexOf(held), 1);
      if (stack.length === 0) window.removeEventListener("keydown", press);
    };
  }, []);
}
