import { useTranslation } from "react-i18next";
import type { Night } from "./night.ts";

/** The page of a screen that nobody has confirmed yet. */
export function Pairing({ night }: { night: Night }) {
  const { t } = useTranslation("wall");
  const { code, lines } = night;
  return (
    <main className="wall pairing" aria-label={t("title")}>
      <h1>{t("title")}</h1>
      <p className="code">{code ?? "····-····"}</p>
      <p>{t("pairing.how")}</p>
      {lines.pairing.failed > 0 && <p className="alert">▲ {t("pairing.failed")}</p>}
    </main>
  );
}
