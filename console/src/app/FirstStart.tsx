import { Alert } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useWho } from "../api/queries.ts";

/** The key that an empty database begins with is for making others. */
export function FirstStart() {
  const { t } = useTranslation("app");
  const { data } = useWho();
  const [hidden, hide] = useState(false);
  if (hidden || data?.operator !== "bootstrap") return null;
  return (
    <Alert
      className="frame"
      type="warning"
      title={t("session.bootstrap")}
      description={
        <pre className="command">
          holdfast keys create --name ann --scopes admin{"\n"}holdfast keys list{"\n"}holdfast keys revoke ID
        </pre>
      }
      closable={{ onClose: () => hide(true), "aria-label": t("session.understood") }}
    />
  );
}
