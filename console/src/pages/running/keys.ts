import type { components } from "holdfast-client";
import type { PlanLine, Planned, Value } from "../../parts/plan.ts";

export type Key = components["schemas"]["ApiKey"];
type Asked = components["schemas"]["CreateKeyRequest"];
export type Role = NonNullable<Asked["role"]> | "";
export type Scope = Asked["scopes"][number];

export const roles: Role[] = ["viewer", "agent", "clerk", "manager", "admin", "display", "kiosk", ""];
export const scopes: Scope[] = ["read", "internal", "admin", "relay"];

/** A key as it is typed. */
export interface KeyForm {
  name: string;
  role: Role;
  scopes: readonly Scope[];
  places: string;
  channels: string;
}

/** The scopes that somebody with the role needs: a restock, for one, has the scope admin. */
export function scopesFor(role: Role): Scope[] {
  if (role === "viewer" || role === "display") return ["read"];
  if (role === "agent" || role === "kiosk") return ["internal"];
  return role === "" ? [] : ["admin"];
}

/** Ids with commas between them. */
function list(typed: string): string[] {
  return typed
    .split(/[,，]/)
    .map((one) => one.trim())
    .filter(Boolean);
}

const none: Value = { words: "act.none" };

export function planKey(form: KeyForm, known: readonly Key[]): Planned {
  const name = form.name.trim();
  const faults: Record<string, string> = {};
  if (name === "") faults.name = "running:fault.name";
  else if (known.some((key) => key.name === name && !key.revoked_at)) faults.name = "running:fault.taken";
  if (form.scopes.length === 0) faults.scopes = "running:fault.scopes";
  if (Object.keys(faults).length > 0) return { faults };
  const places = list(form.places);
  const channels = list(form.channels);
  const line = (words: string, after: Value): PlanLine => ({ figure: { words }, before: none, after });
  const bound = (ids: string[]): Value => (ids.length > 0 ? { text: ids.join(", ") } : { words: "act.all" });
  return {
    plan: {
      command: {
        operation: "CreateKey",
        body: {
          name,
          scopes: [...form.scopes],
          ...(form.role ? { role: form.role } : {}),
          ...(places.length > 0 ? { locations: places } : {}),
          ...(channels.length > 0 ? { channels } : {}),
        },
      },
      lines: [
        line("running:name", { text: name }),
        line("running:role", form.role ? { words: `role.${form.role}` } : none),
        line("running:scopes", { text: form.scopes.join(", ") }),
        line("running:places", bound(places)),
        line("running:channels", bound(channels)),
      ],
    },
  };
}

export function planRotate(key: Key, known: readonly Key[]): Planned {
  const valid = known.filter(({ name, revoked_at }) => name === key.name && !revoked_at).length;
  return {
    plan: {
      command: { operation: "RotateKey", body: { id: key.id } },
      lines: [
        { of: key.name, figure: { words: "running:validKeys" }, before: { units: valid }, after: { units: valid + 1 } },
      ],
      notes: [{ words: "running:will.rotate", values: {} }],
    },
  };
}

export function planRevoke(key: Key): Planned {
  return {
    plan: {
      command: { operation: "RevokeKey", body: { id: key.id } },
      lines: [
        {
          of: key.name,
          figure: { words: "running:state" },
          before: { words: "running:valid" },
          after: { words: "running:revoked" },
        },
      ],
      notes: [{ words: "running:will.revoke", values: {} }],
    },
  };
}

/** The progress of a person who begins with the bootstrap key. */
export interface Start {
  /** There is another administrator's key. */
  made: boolean;
  /** The reader is signed in with another key. */
  away: boolean;
}

/** Undefined once the bootstrap key is no longer valid. */
export function startOf(known: readonly Key[], me: string): Start | undefined {
  const valid = known.filter(({ revoked_at }) => !revoked_at);
  if (!valid.some(({ name }) => name === "bootstrap")) return undefined;
  const admins = valid.filter(
    ({ name, scopes: of, role }) => name !== "bootstrap" && of.includes("admin") && (!role || role === "admin"),
  );
  return { made: admins.length > 0, away: me !== "bootstrap" };
}
