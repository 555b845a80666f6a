import { Alert, Button } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useNow } from "../parts/AsOf.tsx";
import { endsAt, resume, signOut, touch, useSession } from "./session.ts";

/** A warning is shown in the last minutes of a session. Asking for more time is a call that keeps the session. */
const warned = 2 * 60_000;

export function IdleWarning() {
  const { t } = useTranslation("app");
  const state = useSession();
  const now = useNow(1000).getTime();
  useEffect(() => {
    const acts = ["pointerdown", "keydown"] as const;
    for (const act of acts) window.addEventListener(act, touch, { passive: true });
    return () => {
      for (const act of acts) window.removeEventListener(act, touch);
    };
  }, []);
  const left = state.is === "in" ? endsAt(state.session) - now : Number.POSITIVE_INFINITY;
  const over = left <= 0;
  useEffect(() => {
    if (over) void signOut("ended");
  }, [over]);
  if (left > warned || over) return null;
  const minutes = Math.floor(left / 60_000);
  return (
    <Alert
      className="idle"
      type="warning"
      role="alert"
      title={minutes > 0 ? t("session.ending", { minutes }) : t("session.endingSoon")}
      action={<Button onClick={() => void resume()}>{t("session.stay")}</Button>}
    />
  );
}
