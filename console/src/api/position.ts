/** How long reads ask for what was just written. After that every node has it. */
const patience = 10_000;

let last: { position: string; until: number } | undefined;

/** A write was answered with this place in the books: what is read next shows it. */
export function wrote(position: string, now = Date.now()): void {
  if (position) last = { position, until: now + patience };
}

/** The place that a read has to show; undefined when it may show any. */
export function after(now = Date.now()): string | undefined {
  return last && now < last.until ? last.position : undefined;
}

/** The books were restored: the place is of a time that is lost. */
export function forgetPosition(): void {
  last = undefined;
}
