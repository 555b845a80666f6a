import { useTranslation } from "react-i18next";
import { server } from "../../app/base.ts";

/** Leads to a page of the handbook, a path below /docs. */
export function Handbook({ page }: { page: string }) {
  const { t } = useTranslation("running");
  return (
    <a href={`${server}/docs/${page}`} target="_blank" rel="noopener">
      {t("handbook")}
    </a>
  );
}
