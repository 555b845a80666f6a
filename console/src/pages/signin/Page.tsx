import { Alert, Button, Input } from "antd";
import { HoldfastError } from "holdfast-client";
import type { TFunction } from "i18next";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/base.ts";
import { addTexts } from "../../app/i18n.ts";
import { prefer, usePreferences } from "../../app/preferences.ts";
import { type Options, options, resume, type SessionState, signIn } from "../../app/session.ts";
import en from "./texts.en.json";
import zh from "./texts.zh.json";

addTexts("signin", { en, zh });

/** Shown in place of the requested page, whose address stays. */
export function SignIn({ state }: { state: SessionState }) {
  const { t } = useTranslation(["signin", "app"]);
  const { language } = usePreferences();
  const [key, setKey] = useState("");
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [known, setKnown] = useState<Options>({ oidc: false });

  useEffect(() => {
    document.title = `${t("signin:title")} · ${t("app:name")}`;
  }, [t]);
  useEffect(() => {
    options().then(setKnown, () => setKnown({ oidc: false }));
  }, []);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await signIn(key.trim());
    } catch (failed) {
      setError(failed);
    } finally {
      setBusy(false);
    }
  }

  const why = state.is === "out" && state.why !== "none" ? t(`app:session.${state.why}`) : undefined;
  const back = encodeURIComponent(window.location.pathname + window.location.search);
  return (
    <main className="sign-in">
      <form onSubmit={submit}>
        <h1>{t("signin:title")}</h1>
        {why && <Alert type="info" title={why} role="status" />}
        {state.is === "unreachable" && (
          <Alert
            type="warning"
            role="alert"
            title={t(state.error.code === "NOT_FOUND" ? "app:session.noConsole" : "app:session.unreachable")}
            action={<Button onClick={() => void resume()}>{t("app:frame.retry")}</Button>}
          />
        )}
        <label htmlFor="key">{t("signin:key")}</label>
        <Input.Password
          id="key"
          value={key}
          onChange={(event) => setKey(event.target.value)}
          autoComplete="current-password"
          autoFocus
          spellCheck={false}
          status={error ? "error" : ""}
          aria-describedby="key-note"
          placeholder="hf_…"
        />
        <p id="key-note" className={error ? "fault" : "muted"} role={error ? "alert" : undefined}>
          {error ? fault(t, error) : t("signin:note")}
        </p>
        <Button type="primary" htmlType="submit" loading={busy} disabled={key.trim() === ""} block>
          {t("signin:go")}
        </Button>
        {known.oidc && (
          <Button href={`${server}/console/oidc?return=${back}`} block>
            {known.oidc_button ?? t("signin:oidc")}
          </Button>
        )}
        <button
          type="button"
          className="plain language"
          lang={language === "zh" ? "en" : "zh-CN"}
          onClick={() => prefer({ language: language === "zh" ? "en" : "zh" })}
        >
          {t("app:bar.language")}
        </button>
      </form>
    </main>
  );
}

function fault(t: TFunction<["signin", "app"]>, error: unknown): string {
  if (!(error instanceof HoldfastError)) return String(error);
  if (error.code === "UNAUTHENTICATED") return t("signin:refused");
  return t(`app:problem.${error.code}`, { defaultValue: t("app:problem.OTHER", { code: error.code }) });
}
