/** How long reads ask for the latest write. After that every node has it. */
const patience = 10_000;

let last: { position: string; until: number } | undefined;

/** A write was answered with this position in the books: later reads must show it. */
export function wrote(position: string, now = Date.now()): void {
  if (position) last = { position, until: now + patience };
}

/** The position that a read has to show; undefined when it may show any. */
export function after(now = Date.now()): string | undefined {
  return last && now < last.until ? last.position : undefined;
}

/** The books were restored: the position is from a time that is lost. */
export function forgetPosition(): void {
  last = undefined;
}
