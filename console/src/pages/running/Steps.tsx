import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import type { Start } from "./keys.ts";

/** The way from the bootstrap key to real ones. */
export function Steps({ start: { made, away } }: { start: Start }) {
  const { t } = useTranslation("running");
  const steps: [done: boolean, words: string][] = [
    [made, t("start.make")],
    [away, t("start.sign")],
    [false, t("start.revoke")],
  ];
  return (
    <Alert
      className="frame"
      type="warning"
      title={t("start.title")}
      description={
        <ol className="plain-list">
          {steps.map(([done, words]) => (
            <li key={words}>
              {done ? "✓ " : ""}
              {words}
            </li>
          ))}
        </ol>
      }
    />
  );
}
