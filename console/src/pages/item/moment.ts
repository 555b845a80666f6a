/** A moment so many milliseconds later. */
export function moment(at: string, later: number): string {
  return new Date(Date.parse(at) + later).toISOString();
}

/** The moment of an address, undefined where it is none. */
export function pastOf(at: string | undefined): string | undefined {
  return at === undefined || Number.isNaN(Date.parse(at)) ? undefined : new Date(at).toISOString();
}
