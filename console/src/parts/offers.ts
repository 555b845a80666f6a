/** Why an operation cannot be called: the kind of the reason, and the reason in words. */
export interface Denial {
  kind: "unknown" | "rights" | "place" | "state";
  words: string;
}

/** The offer that somebody has pressed. */
export interface Pressed {
  name: string;
  open: boolean;
  /** It was pressed before the person's rights were known: the rights decide later whether it opens. */
  early: boolean;
}

/** The result of a press on an offer that was closed. */
export function press(name: string, denial: Denial | undefined): Pressed {
  const early = denial?.kind === "unknown";
  return { name, open: denial === undefined || early, early };
}

/** A press that came early, once the rights are known: as if it came now. */
export function settled(pressed: Pressed, denial: Denial | undefined): Pressed {
  return pressed.early && denial?.kind !== "unknown" ? press(pressed.name, denial) : pressed;
}

/** Whether the form is shown. An open form stays, whatever the state of its subject. */
export function isShown({ open, early }: Pressed, denial: Denial | undefined): boolean {
  return open && !early && (denial === undefined || denial.kind === "state");
}
