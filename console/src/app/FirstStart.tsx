import { Link } from "@tanstack/react-router";
import { Alert } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useWho } from "../api/queries.ts";

const name = "holdfast.first-start";

function read(): boolean {
  try {
    return sessionStorage.getItem(name) === "read";
  } catch {
    return false; // storage is off
  }
}

/** The key that an empty database begins with is for making others. */
export function FirstStart() {
  const { t } = useTranslation("app");
  const { data } = useWho();
  const [hidden, hide] = useState(read);
  if (hidden || data?.operator !== "bootstrap") return null;
  const close = () => {
    hide(true);
    try {
      sessionStorage.setItem(name, "read");
    } catch {
      // Storage is off: it is hidden for this page.
    }
  };
  return (
    <Alert
      className="frame first-start"
      type="warning"
      title={
        <>
          {t("session.bootstrap")}{" "}
          <Link to="/running" search={{ tab: "keys" }}>
            {t("session.makeKeys")}
          </Link>
        </>
      }
      closable={{ onClose: close, "aria-label": t("session.understood") }}
    />
  );
}
