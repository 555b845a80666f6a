import type { Holdfast, paths } from "holdfast-client";

/** The answer to a call of any kind. */
export interface Answered {
  data?: unknown;
  error?: unknown;
  response: Response;
}

/** How a write is sent, and who may send it, with fewer rights first. */
export interface Verb<Body> {
  roles: readonly string[];
  /** Its body has secrets: it is not shown, and not kept beyond the page. */
  secret?: boolean;
  send: (api: Holdfast, body: Body, header: { "Idempotency-Key": string }) => Promise<Answered>;
}

export type Verbs<Bodies> = { [Name in keyof Bodies]: Verb<Bodies[Name]> };

/** The JSON that a path takes with POST. */
export type Posted<Path extends keyof paths> = paths[Path] extends {
  post: { requestBody?: { content: { "application/json": infer Body } } };
}
  ? Body
  : never;

/** The same with PUT. */
export type Put<Path extends keyof paths> = paths[Path] extends {
  put: { requestBody?: { content: { "application/json": infer Body } } };
}
  ? Body
  : never;

/** Agents, and those who handle goods. */
export const both = ["agent", "clerk", "manager", "admin"];
export const clerks = ["clerk", "manager", "admin"];
export const managers = ["manager", "admin"];
export const admins = ["admin"];
