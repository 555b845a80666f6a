/**
 * The script that a page of the console begins with: another build has another one. Undefined
 * where the page did not come whole.
 */
export function buildOf(html: string): string | undefined {
  if (!html.trimEnd().endsWith("</html>")) return undefined;
  return /<script[^>]+src="([^"]+)"/.exec(html)?.[1];
}

/** Asks for the console's page, past all that is kept of it. */
export async function askPage(signal?: AbortSignal): Promise<string | undefined> {
  const answer = await fetch(document.baseURI, { cache: "no-store", ...(signal ? { signal } : {}) });
  return answer.ok ? buildOf(await answer.text()) : undefined;
}

/** The build of the page that is open. */
export function ownBuild(): string | undefined {
  return document.querySelector("script[src]")?.getAttribute("src") ?? undefined;
}
