import { newKey } from "holdfast-client";
import { type Command, isSecret } from "./commands.ts";

/** A write that was confirmed, until its outcome is known. */
export interface Pending {
  /** Its Idempotency-Key: every repeat uses it. */
  key: string;
  /** The person who confirmed it. */
  by: string;
  /** When, in milliseconds. */
  at: number;
  command: Command;
}

export type Pendings = ReturnType<typeof createPendings>;

const name = "holdfast.pending";

/**
 * The writes whose outcome this browser tab does not know. They outlive a reload of the page, except those
 * with secrets, which nobody else must find there.
 */
export function createPendings(storage: () => Pick<Storage, "getItem" | "setItem">) {
  const listeners = new Set<() => void>();
  const attended = new Set<string>();
  let kept = read();
  let left = kept;

  function read(): readonly Pending[] {
    try {
      const found: unknown = JSON.parse(storage().getItem(name) ?? "[]");
      return Array.isArray(found) ? (found as Pending[]) : [];
    } catch {
      return []; // storage is off
    }
  }

  function tell(): void {
    left = kept.filter(({ key }) => !attended.has(key));
    for (const told of listeners) told();
  }

  function become(next: readonly Pending[]): void {
    kept = next;
    try {
      storage().setItem(name, JSON.stringify(kept.filter(({ command }) => !isSecret(command))));
    } catch {
      // Storage is off or full: they are kept until the page is left.
    }
    tell();
  }

  return {
    list: () => kept,
    /** The writes that no open form waits for. */
    left: () => left,
    /** A form waits for the outcome, until it calls the returned function. */
    attend(key: string): () => void {
      attended.add(key);
      tell();
      return () => {
        attended.delete(key);
        tell();
      };
    },
    /**
     * Keeps a write before it is sent. A write that is already kept is sent with the same key again, any
     * other with a new key.
     */
    keep(by: string, command: Command): Pending {
      const body = JSON.stringify(command);
      const before = kept.find((one) => one.by === by && JSON.stringify(one.command) === body);
      if (before) return before;
      const pending = { key: newKey(), by, at: Date.now(), command };
      become([...kept, pending]);
      return pending;
    },
    drop(key: string): void {
      become(kept.filter((one) => one.key !== key));
    },
    subscribe(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export const pendings = createPendings(() => sessionStorage);
