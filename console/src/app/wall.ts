/** The wait before code that could not be loaded is loaded again. */
const pause = 10_000;

/**
 * Shows the wall, which is no page of the shell: a screen has neither a person nor a mouse. Where it cannot
 * be loaded, the page is loaded again once the server has it: there is no person to do that.
 */
export async function showWall(root: Element): Promise<void> {
  try {
    const { start } = await import("../wall/start.tsx");
    start(root);
  } catch {
    again();
  }
}

function again(): void {
  setTimeout(async () => {
    const answer = await fetch(document.baseURI, { cache: "no-store" }).catch(() => undefined);
    if (answer?.ok) window.location.reload();
    else again();
  }, pause);
}
