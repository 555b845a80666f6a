import { useTranslation } from "react-i18next";
import { type Lot, lotText } from "./lots.ts";

export function LotName({ of }: { of: Lot }) {
  const { t } = useTranslation("app");
  const text = lotText(of);
  return text ? <bdi title={text}>{text}</bdi> : <span className="muted">{t("noLot")}</span>;
}
