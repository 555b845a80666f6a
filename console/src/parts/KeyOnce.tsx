import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import { Copyable } from "./Copyable.tsx";

/** A secret that the server shows once. */
export function KeyOnce({ secret }: { secret: string | undefined }) {
  const { t } = useTranslation("app");
  if (!secret) return <Alert className="frame" type="warning" role="alert" title={t("once.lost")} />;
  return (
    <div className="frame once">
      <p>
        <strong>{t("once.title")}</strong>
      </p>
      <Copyable text={secret} label={t("once.key")} />
    </div>
  );
}
