// Programs that read addresses drop a blank at the very end, and ids are compared byte for byte. So
// the last blank of an id is written as its escape.
const atEnd = /%((?:25)*)20$/;

/** The id as a parameter of a path. */
export function toSegment(id: string): string {
  return id.endsWith(" ") ? `${id.slice(0, -1)}%20` : id.replace(atEnd, "%25$120");
}

/** The id that a parameter of a path stands for. */
export function fromSegment(segment: string): string {
  return segment.replace(atEnd, (_, more: string) => (more ? `%${more.slice(2)}20` : " "));
}

/** The path of an address that somebody else wrote, whose last blank is a plain escape. */
export function keepBlank(path: string): string {
  return path.replace(/%20$/, "%2520");
}
