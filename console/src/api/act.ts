import { api } from "./client.ts";
import { carryOut, type Outcome } from "./outcome.ts";
import { type Pending, pendings } from "./pending.ts";
import { wrote } from "./position.ts";
import { queryClient } from "./queries.ts";

/** Sends a write that is kept, and reads again what it may have changed. */
export async function act(kept: Pending): Promise<Outcome> {
  const outcome = await carryOut(api, kept, pendings);
  if (outcome.is === "done") wrote(outcome.position);
  void queryClient.invalidateQueries();
  return outcome;
}
