import { errorOf, HoldfastError } from "holdfast-client";
import { useSyncExternalStore } from "react";
import { server } from "./base.ts";

/** The server's answer about the session of this browser. */
export interface Session {
  csrf: string;
  expires_at: string;
  idle_seconds: number;
}

export type SessionState =
  | { is: "unknown" }
  | { is: "unreachable"; error: HoldfastError }
  | { is: "out"; why: "none" | "ended" | "left" }
  | { is: "in"; session: Session };

let state: SessionState = { is: "unknown" };
let active = Date.now();
const listeners = new Set<() => void>();

function become(next: SessionState): void {
  state = next;
  for (const told of listeners) told();
}

export function csrf(): string | undefined {
  return state.is === "in" ? state.session.csrf : undefined;
}

/** A call was answered 401: the session is over, whatever state this page has. */
export function ended(): void {
  if (state.is === "in") become({ is: "out", why: "ended" });
}

async function ask(method: string, path: string, body?: object, token?: string): Promise<Response> {
  try {
    return await fetch(`${server}/console/${path}`, {
      method,
      headers: {
        Accept: "application/json",
        ...(body ? { "Content-Type": "application/json" } : {}),
        ...(token ? { "X-Holdfast-CSRF": token } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  } catch (cause) {
    throw new HoldfastError({ code: "NETWORK", detail: "the server did not answer", cause });
  }
}

/** Looks whether this browser has a session. */
export async function resume(): Promise<void> {
  try {
    const answer = await ask("GET", "session");
    if (answer.ok) return become({ is: "in", session: (await answer.json()) as Session });
    if (answer.status === 401) return become({ is: "out", why: "none" });
    throw errorOf(answer, await answer.json().catch(() => undefined));
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    become({ is: "unreachable", error });
  }
}

export async function signIn(key: string): Promise<void> {
  const answer = await ask("POST", "session", { key });
  if (!answer.ok) throw errorOf(answer, await answer.json().catch(() => undefined));
  touch();
  become({ is: "in", session: (await answer.json()) as Session });
}

/**
 * Ends the session, here at once, and on the server as soon as it gets the call. A person who signed in at an
 * identity provider, and leaves, signs out there too.
 */
export async function signOut(why: "left" | "ended" = "left"): Promise<void> {
  const token = csrf();
  become({ is: "out", why });
  const answer = await ask("DELETE", "session", undefined, token).catch(() => undefined);
  if (answer?.status !== 200 || why !== "left") return;
  const { sign_out_url } = (await answer.json()) as { sign_out_url: string };
  window.location.assign(sign_out_url);
}

/** A person did something. Reads that pages make by themselves do not count. */
export function touch(): void {
  active = Date.now();
}

/** The ways to sign in besides a key: at an identity provider, whose button may have a text of its own. */
export interface Options {
  oidc: boolean;
  oidc_button?: string;
}

/** The other ways to sign in. An older server has none. */
export async function options(): Promise<Options> {
  const answer = await ask("GET", "options");
  return answer.ok ? ((await answer.json()) as Options) : { oidc: false };
}

/** When the session ends without further activity. */
export function endsAt(session: Session): number {
  return Math.min(Date.parse(session.expires_at), active + session.idle_seconds * 1000);
}

export function useSession(): SessionState {
  return useSyncExternalStore(
    (told) => {
      listeners.add(told);
      return () => listeners.delete(told);
    },
    () => state,
  );
}
