import { HoldfastError } from "holdfast-client";
import type { TFunction } from "i18next";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { every } from "../api/queries.ts";
import { exact, stamp } from "../format/time.ts";
import { linkOf } from "../live/fresh.ts";
import { useFreshness } from "../live/useLive.ts";

export interface Reading {
  /** The time of the figures, by the server. */
  asOf?: string | undefined;
  /** When they came, in milliseconds; 0 before that. */
  came: number;
  error?: unknown;
  /** How often they are read again, in milliseconds. */
  pace?: number;
  /** Frames bring them while there are any. */
  live?: boolean;
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

/** The time of the figures, and whether they are fresh. */
export function AsOf(reading: Reading) {
  return reading.live ? <LiveAsOf {...reading} /> : <Stamp {...reading} />;
}

function LiveAsOf(reading: Reading) {
  const { t, i18n } = useTranslation("app");
  const freshness = useFreshness();
  const now = useNow(1000);
  if (reading.came === 0) return null;
  const state = linkOf(freshness, now.getTime());
  // Without frames the answers to requests count, as long as there are any.
  if (state.is === "none") return <Stamp {...reading} />;
  const last = new Date(Math.max(reading.came, freshness.came));
  const at = freshness.at && freshness.came >= reading.came ? new Date(freshness.at) : last;
  return (
    <Chip
      at={at}
      now={now}
      fresh={state.is === "live"}
      words={
        state.is === "live"
          ? `● ${t("frame.live")}`
          : t(`frame.${state.is}`, { seconds: state.seconds, time: stamp(last, now, i18n.language) })
      }
    />
  );
}

function Stamp({ asOf, came, error, pace = every }: Reading) {
  const { t } = useTranslation("app");
  const now = useNow(1000);
  if (came === 0) return null;
  const age = now.getTime() - came;
  const fresh = !error && age < 2 * pace + 2_000;
  const at = asOf ? new Date(asOf) : new Date(came);
  return <Chip at={at} now={now} fresh={fresh} words={fresh ? "●" : chip(t, error, age)} />;
}

function Chip({ at, now, fresh, words }: { at: Date; now: Date; fresh: boolean; words: string }) {
  const { t, i18n } = useTranslation("app");
  return (
    <span className={fresh ? "as-of" : "as-of old"} title={exact(at, i18n.language)}>
      <span>{t("frame.asOf", { time: stamp(at, now, i18n.language) })}</span>
      <span className="chip">{words}</span>
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
