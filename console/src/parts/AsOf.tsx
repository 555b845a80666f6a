import { HoldfastError } from "holdfast-client";
import type { TFunction } from "i18next";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { every } from "../api/queries.ts";
import { exact, stamp } from "../format/time.ts";

export interface Reading {
  /** Of when the server says the figures are. */
  asOf?: string | undefined;
  /** When they came, in milliseconds; 0 before that. */
  came: number;
  error?: unknown;
  /** How often they are read again, in milliseconds. */
  pace?: number;
}

/** The time, again and again. */
export function useNow(every: number): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

/** Of when the figures are, and whether they are fresh. */
export function AsOf({ asOf, came, error, pace = every }: Reading) {
  const { t, i18n } = useTranslation("app");
  const now = useNow(1000);
  if (came === 0) return null;
  const at = asOf ? new Date(asOf) : new Date(came);
  const age = now.getTime() - came;
  const fresh = !error && age < 2 * pace + 2_000;
  return (
    <span className={fresh ? "as-of" : "as-of old"} title={exact(at, i18n.language)}>
      <span>{t("frame.asOf", { time: stamp(at, now, i18n.language) })}</span>
      <span className="chip">{fresh ? "●" : chip(t, error, age)}</span>
    </span>
  );
}

function chip(t: TFunction<"app">, error: unknown, age: number): string {
  if (error instanceof HoldfastError) {
    if (error.code === "NETWORK") return t("frame.offline");
    if (error.code === "UNAVAILABLE") return t("frame.unavailable");
  }
  return t("frame.behind", { seconds: Math.round(age / 1000) });
}
