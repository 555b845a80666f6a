import { Link } from "@tanstack/react-router";
import { Alert, Button } from "antd";
import { useTranslation } from "react-i18next";

export function NoPage() {
  const { t } = useTranslation("app");
  return (
    <div className="frame empty">
      <h1>{t("frame.noPage")}</h1>
      <Link to="/">{t("frame.home")}</Link>
    </div>
  );
}

/** Shown instead of a page that threw. The rest of the console works. */
export function Broken({ error }: { error: unknown }) {
  const { t } = useTranslation("app");
  return (
    <Alert
      className="frame"
      type="error"
      role="alert"
      title={t("frame.broken")}
      description={<small className="muted">{String(error)}</small>}
      action={<Button onClick={() => window.location.reload()}>{t("frame.reload")}</Button>}
    />
  );
}
